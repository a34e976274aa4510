// The program as shipped, but for engine and gateway, which are the in-memory twins: real store,
// real provider adapter, real loops. What is measured is the control plane, not containers.
#pragma once

#include <memory>
#include <string>

#include "adapters/billing_chargebee/chargebee.h"
#include "adapters/billing_chargebee/intake.h"
#include "adapters/store_sqlite/database.h"
#include "app/explain/explain.h"
#include "app/services/services.h"
#include "net/http.h"
#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"

namespace kl::bench {

struct AssemblyOptions {
  std::string directory;  // of the database
  std::string api_url;    // of the simulator; empty: a provider that is never called
  std::string template_path = "examples/tiny/app.yaml";
  bool with_feed = false;  // event cursor and sweep
};

class Assembly {
 public:
  Assembly(net::IoLoop& loop, AssemblyOptions options);
  // Opens the database and installs the template. Ends the program with a message when it cannot.
  Task<void> Start();

  app::Records records() {
    return {database_->subscriptions(), database_->services(), database_->names(),
            database_->templates(),     database_->sites(),    database_->secrets()};
  }
  app::IntakeService& intake() { return *intake_; }
  app::SubscriptionLoop& subscriptions() { return *subscriptions_; }
  app::ServiceLoop& services() { return *services_; }
  app::StoredTemplates& templates() { return *templates_; }
  chargebee::Chargebee& provider() { return *provider_; }
  testing::FakeEngine& engine() { return *engine_; }
  sqlite::Database& database() { return *database_; }

 private:
  net::IoLoop& loop_;
  AssemblyOptions options_;
  app::Settings settings_;
  testing::CallGate calls_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<testing::FakeEngine> engine_;
  std::unique_ptr<testing::FakeGateway> gateway_;
  std::unique_ptr<testing::FakeOutside> outside_;
  std::unique_ptr<chargebee::ChargebeeIntake> webhook_;
  std::unique_ptr<chargebee::Chargebee> provider_;
  std::unique_ptr<app::Timeline> timeline_;
  std::unique_ptr<app::StoredTemplates> templates_;
  std::unique_ptr<app::SiteMarks> marks_;
  std::unique_ptr<app::IntakeService> intake_;
  std::unique_ptr<app::SubscriptionLoop> subscriptions_;
  std::unique_ptr<app::FeedLoop> feed_;
  std::unique_ptr<app::ServiceLoop> services_;
};

// One event as the provider sends it.
std::string EventBody(const std::string& event_id, const std::string& subscription_id);
// Ends the program with the message unless ok.
void Must(const Status& status, const char* doing);

}  // namespace kl::bench
