#include "tests/bench/assembly.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace kl::bench {

void Must(const Status& status, const char* doing) {
  if (status) return;
  std::fprintf(stderr, "bench: %s: %s\n", doing, status.error().message.c_str());
  std::exit(1);
}

std::string EventBody(const std::string& event_id, const std::string& subscription_id) {
  return R"({"id":")" + event_id +
         R"(","occurred_at":1767225600,"source":"hosted_page","object":"event","api_version":"v2",)"
         R"("event_type":"subscription_created","webhook_status":"scheduled","content":{"subscription":{"id":")" +
         subscription_id +
         R"(","customer_id":"AzZlzTSI7x16Ufzr","status":"active","currency_code":"USD","billing_period":1,)"
         R"("billing_period_unit":"month","created_at":1767225600,"resource_version":1767225600123,)"
         R"("has_scheduled_changes":false,"deleted":false,"object":"subscription","subscription_items":)"
         R"([{"item_price_id":"starter-USD-monthly","item_type":"plan","quantity":1,"object":"subscription_item"}]},)"
         R"("customer":{"id":"AzZlzTSI7x16Ufzr","email":"jane@example.com","object":"customer"}}})";
}

Assembly::Assembly(net::IoLoop& loop, AssemblyOptions options)
    : loop_(loop), options_(std::move(options)), calls_(loop) {}

Task<void> Assembly::Start() {
  auto database = sqlite::Database::Open(loop_, {.path = options_.directory + "/kuberlogic.db",
                                                 .key_path = options_.directory + "/key",
                                                 .secrets_dir = options_.directory + "/secrets"});
  Must(database ? Status{} : Status(std::unexpected(database.error())), "database");
  database_ = std::move(*database);
  testing::FakeEngineOptions quick{.start_min = Duration(1), .start_max = Duration(5)};
  engine_ = std::make_unique<testing::FakeEngine>(calls_, quick);
  gateway_ = std::make_unique<testing::FakeGateway>(calls_);
  outside_ = std::make_unique<testing::FakeOutside>(calls_, *gateway_, *engine_);
  chargebee::Options billing{
      .site = "bench-test",
      .api_key = SecretString("test_simulator_key"),
      .api_url = options_.api_url.empty() ? "http://127.0.0.1:1/api/v2" : options_.api_url,
      .webhook_user = "kuberlogic",
      .webhook_password = SecretString("bench"),
      .rate_per_minute = 0};
  webhook_ = std::make_unique<chargebee::ChargebeeIntake>(billing);
  provider_ = std::make_unique<chargebee::Chargebee>(loop_, billing);
  timeline_ = std::make_unique<app::Timeline>(loop_, database_->history());
  templates_ = std::make_unique<app::StoredTemplates>(database_->templates());
  marks_ = std::make_unique<app::SiteMarks>(database_->sites(), "chargebee", "bench-test");
  intake_ = std::make_unique<app::IntakeService>(loop_, *webhook_, database_->hints(),
                                                 database_->history());
  Random& random = SystemRandom();
  subscriptions_ = std::make_unique<app::SubscriptionLoop>(app::SubscriptionLoop::Deps{
      loop_, random, records(), database_->hints(), *provider_, *provider_,
      database_->watch_services(), *templates_, *marks_, *timeline_, settings_});
  feed_ = std::make_unique<app::FeedLoop>(app::FeedLoop::Deps{loop_, random, *provider_, *provider_,
                                                              database_->hints(), *intake_,
                                                              records(), *marks_, settings_});
  services_ = std::make_unique<app::ServiceLoop>(
      app::ServiceLoop::Deps{loop_, random, records(), database_->watch_services(), *templates_,
                             *engine_, *engine_, *gateway_, *outside_, *timeline_, settings_});

  Must(co_await templates_->Load(), "templates");
  std::ifstream file(options_.template_path);
  std::stringstream text;
  text << file.rdbuf();
  auto installed = co_await templates_->Install("docker-compose", text.str());
  Must(installed ? Status{} : Status(std::unexpected(installed.error())), "template");
  services_->Start();
  std::vector<Found> nothing_found;
  subscriptions_->Start(nothing_found);
  if (options_.with_feed) feed_->Start();
}

}  // namespace kl::bench
