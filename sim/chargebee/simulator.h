// A running simulator: the site's model behind HTTP. Serves the API (/api/v2), the storefront,
// checkout, portal, outbox and event pages, and the admin API (/admin) by which tests and
// demonstrations turn the knobs. Loop's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/random.h"
#include "net/http.h"
#include "sim/chargebee/model/faults.h"
#include "sim/chargebee/model/idempotency.h"
#include "sim/chargebee/model/rate_limit.h"
#include "sim/chargebee/model/site.h"
#include "sim/chargebee/webhook_sender.h"

namespace kl::chargebee_sim {

struct SimulatorOptions {
  std::string listen = "127.0.0.1:0";
  std::string public_url;  // of links; "" = http://<listen address>
  std::string api_key = "test_simulator_key";
  std::string api_key_name = "full_access_key_v1";  // `user` of events the API causes
  bool api_key_writes = true;                       // false: a read-only key, every POST is 403
  int rate_limit = 150;                             // calls a minute, as a test site; 0 = off
  SiteOptions site;
  WebhookOptions webhooks;
  std::vector<WebhookEndpoint> endpoints;
};

// Calls by route ("GET /subscriptions/{id}") and by status.
struct ApiCounters {
  std::map<std::string, std::int64_t> by_route;
  std::map<int, std::int64_t> by_status;
  std::int64_t total = 0;
};

class Simulator {
 public:
  // kUnavailable when the address is taken.
  static Result<std::unique_ptr<Simulator>> Start(net::IoLoop& loop, SimulatorOptions options,
                                                  Random& random = SystemRandom());

  Simulator(net::IoLoop& loop, SimulatorOptions options, Random& random);
  Simulator(const Simulator&) = delete;
  ~Simulator();

  std::uint16_t port() const { return server_->port(); }
  const std::string& url() const { return url_; }
  std::string api_url() const { return url_ + "/api/v2"; }

  net::IoLoop& loop() { return loop_; }
  SimulatorOptions& options() { return options_; }
  Site& site() { return site_; }
  Site& other_site() { return other_site_; }
  WebhookSender& webhooks() { return webhooks_; }
  ApiFaults& api_faults() { return api_faults_; }
  ReadFaults& read_faults() { return read_faults_; }
  std::map<std::string, Race>& races() { return races_; }  // by subscription, each happens once
  RateLimit& rate_limit() { return rate_limit_; }
  bool& retry_after_header() { return retry_after_header_; }
  IdempotencyStore& idempotency() { return idempotency_; }
  ApiCounters& counters() { return counters_; }

  // Everything that was counted, sent or broken is forgotten; customers and subscriptions stay.
  void ResetCounters();

 private:
  Task<net::Response> Handle(net::Request request);
  void ArmTimer();

  net::IoLoop& loop_;
  SimulatorOptions options_;
  std::string url_;
  Site site_;
  Site other_site_;
  WebhookSender webhooks_;
  ApiFaults api_faults_;
  ReadFaults read_faults_;
  std::map<std::string, Race> races_;
  RateLimit rate_limit_;
  bool retry_after_header_ = true;
  IdempotencyStore idempotency_;
  ApiCounters counters_;
  Loop::TimerId timer_ = 0;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace kl::chargebee_sim
