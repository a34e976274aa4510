// The one place that picks adapters and wires them to the use cases.
//
// Order of members = order of construction; destruction runs backwards: first the loops stop
// asking, then the adapters go, the database last.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/billing_chargebee/chargebee.h"
#include "adapters/billing_chargebee/intake.h"
#include "adapters/engine_docker/engine_docker.h"
#include "adapters/gateway_caddy/gateway.h"
#include "adapters/machine_linux/machine.h"
#include "adapters/store_sqlite/database.h"
#include "api/api.h"
#include "app/explain/explain.h"
#include "app/history_keeper.h"
#include "app/services/credentials.h"
#include "app/services/services.h"
#include "cmd/config.h"
#include "cmd/public_certificates.h"
#include "net/http.h"
#include "ports/volumes.h"

namespace kl::cmd {

class Installation {
 public:
  explicit Installation(net::IoLoop& loop) : loop_(loop) {}

  // Opens the state, finds engine and gateway, loads templates. kInvalid / kUnavailable with the
  // remedy.
  Status Open(const Config& config);
  // Starts the loops; listens. Everything that needs the loop running.
  Task<Status> Start();

  const std::string& webhook_address() const { return webhook_address_; }
  const std::string& api_address() const { return api_address_; }

 private:
  Status OpenState(const Config& config);
  Status OpenEngine(const Config& config);
  Status LookAtMachine(const Config& config);
  Status OpenGateway(const Config& config);
  Status OpenBilling(const Config& config);
  Status Listen(const Config& config);
  void MakeLoops();
  Task<Status> LoadTemplates();
  Task<void> StartLoops();
  app::Records records();

  net::IoLoop& loop_;
  Config config_;
  app::Settings settings_;
  SecretString token_;
  std::string webhook_address_, api_address_;

  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<Volumes> volumes_;
  std::unique_ptr<DockerEngine> engine_;
  std::unique_ptr<LinuxMachine> machine_;
  std::unique_ptr<CaddyGateway> gateway_;
  std::unique_ptr<PublicCertificates> certificates_;  // null unless tls is acme
  std::unique_ptr<chargebee::ChargebeeIntake> webhook_;
  std::unique_ptr<chargebee::Chargebee> provider_;

  std::unique_ptr<app::Timeline> timeline_;
  std::unique_ptr<app::HistoryKeeper> history_keeper_;
  std::unique_ptr<app::StoredTemplates> templates_;
  std::unique_ptr<app::SiteMarks> marks_;
  std::unique_ptr<app::IntakeService> intake_;
  std::unique_ptr<app::SubscriptionLoop> subscriptions_;
  std::unique_ptr<app::FeedLoop> feed_;
  std::unique_ptr<app::ServiceLoop> services_;
  std::unique_ptr<app::Services> verbs_;
  std::unique_ptr<app::Credentials> credentials_;
  std::unique_ptr<app::Explainer> explainer_;
  std::unique_ptr<api::Api> api_;

  std::unique_ptr<net::HttpServer> webhook_server_;
  std::unique_ptr<net::HttpServer> api_server_;
  std::unique_ptr<TaskScope> scope_;
};

}  // namespace kl::cmd
