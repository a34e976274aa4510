#include "sim/chargebee/webhook_sender.h"

#include "sim/chargebee/simulator_fixture.h"

namespace kl::chargebee_sim {
namespace {

using std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(RetryDelayTest, FollowsTheProvidersSchedule) {
  EXPECT_EQ(RetryDelay(1, 1), Duration(minutes(2)));
  EXPECT_EQ(RetryDelay(2, 1), Duration(minutes(6)));
  EXPECT_EQ(RetryDelay(7, 1), Duration(minutes(2 * 24 * 60)));
  EXPECT_EQ(RetryDelay(8, 1), std::nullopt);
  EXPECT_EQ(RetryDelay(1, 0.001), Duration(120));
  Duration sum{0};
  for (int i = 1; i <= 7; ++i) sum += *RetryDelay(i, 1);
  EXPECT_EQ(sum, Duration(minutes(((3 * 24) + 6) * 60 + 38)));  // 3 d 6 h 38 m
}

class WebhookTest : public SimulatorFixture {
 protected:
  void StartWithReceiver(WebhookOptions options = {.retry_scale = 0}) {
    SimulatorOptions all;
    all.webhooks = std::move(options);
    all.endpoints.push_back(
        {.url = Receiver() + "/chargebee-webhook?x=1", .user = "hook", .password = "secret"});
    Start(std::move(all));
  }

  // One event of a customer, so that a test has exactly one delivery to look at.
  const kl::chargebee_sim::Event& EmitOne(const std::string& type = "customer_changed") {
    return simulator_->site().EmitRaw(type, R"({"customer":{"id":"c"}})", {}, {});
  }
};

TEST_F(WebhookTest, TheBareEventIsPostedWithBasicAuth) {
  StartWithReceiver();
  const std::string id = EmitOne().id;
  WaitForDeliveries(1);
  const Delivery& delivery = deliveries_[0];
  EXPECT_EQ(delivery.target, "/chargebee-webhook?x=1");
  EXPECT_EQ(delivery.authorization, "Basic " + Base64("hook:secret"));
  EXPECT_EQ(delivery.event_id, id);
  EXPECT_THAT(delivery.body, HasSubstr(R"("object":"event")"));
  EXPECT_EQ(simulator_->site().FindEvent(id)->webhook_status, "succeeded");
}

TEST_F(WebhookTest, AFailureIsTriedAgainAndToldAbout) {
  StartWithReceiver();
  answers_ = {500};
  const std::string id = EmitOne().id;
  WaitForDeliveries(2);
  EXPECT_THAT(deliveries_[0].body, Not(HasSubstr("\"webhooks\"")));
  EXPECT_THAT(deliveries_[1].body, HasSubstr(R"("webhook_status":"re_scheduled")"));
  EXPECT_THAT(deliveries_[1].body, HasSubstr(R"("webhook_failure_reason":"HTTP status 500")"));
  EXPECT_EQ(deliveries_[0].event_id, deliveries_[1].event_id);
  EXPECT_EQ(simulator_->site().FindEvent(id)->webhook_status, "succeeded");
}

TEST_F(WebhookTest, SevenRetriesAndThenItGivesUp) {
  StartWithReceiver();
  answers_ = std::vector<int>(20, 503);
  const std::string id = EmitOne().id;
  WaitForDeliveries(8);
  EXPECT_EQ(simulator_->site().FindEvent(id)->webhook_status, "failed");
}

TEST_F(WebhookTest, ARedirectIsAFailureAndOtherSuccessesAreNot) {
  StartWithReceiver();
  answers_ = {302, 204};
  EmitOne();
  WaitForDeliveries(2);
  EXPECT_THAT(deliveries_[1].target, Not(HasSubstr("elsewhere")));
}

TEST_F(WebhookTest, NobodyThereIsAFailure) {
  SimulatorOptions options;
  options.webhooks.retry_scale = 0;
  options.endpoints.push_back({.url = "http://127.0.0.1:1/"});
  Start(std::move(options));
  const std::string id = EmitOne().id;
  WaitForDeliveries(0);
  EXPECT_EQ(simulator_->site().FindEvent(id)->webhook_status, "failed");
  EXPECT_EQ(simulator_->webhooks().counters().attempts, 8);
}

TEST_F(WebhookTest, EveryEndpointIsServedWhatItEnabled) {
  StartWithReceiver();
  const std::string base = "http://127.0.0.1:" + std::to_string(receiver_->port());
  auto& endpoints = simulator_->site().endpoints();
  endpoints.push_back({.id = "b", .url = base + "/b", .enabled_events = {"customer_changed"}});
  endpoints.push_back({.id = "c", .url = base + "/c", .disabled = true});
  EmitOne("customer_changed");
  EmitOne("invoice_updated");
  WaitForDeliveries(3);
  std::vector<std::string> seen;
  for (const auto& one : deliveries_) seen.push_back(one.target + " " + one.type);
  EXPECT_THAT(
      seen, UnorderedElementsAre("/chargebee-webhook?x=1 customer_changed",
                                 "/chargebee-webhook?x=1 invoice_updated", "/b customer_changed"));
}

TEST_F(WebhookTest, DroppedEventsAreInTheLogOnly) {
  StartWithReceiver();
  Admin("faults/webhooks", R"({"drop":2})");
  for (const char* type : {"one", "two", "three"}) EmitOne(type);
  WaitForDeliveries(1);
  EXPECT_THAT(DeliveredTypes(), ElementsAre("three"));
  EXPECT_EQ(simulator_->site().events().size(), 3u);
}

TEST_F(WebhookTest, DuplicatesCarryTheSameId) {
  StartWithReceiver();
  Admin("faults/webhooks", R"({"copies":5})");
  const std::string id = EmitOne().id;
  WaitForDeliveries(5);
  for (const auto& one : deliveries_) EXPECT_EQ(one.event_id, id);
}

TEST_F(WebhookTest, ReorderedEventsArriveLastFirst) {
  StartWithReceiver();
  Admin("faults/webhooks", R"({"reorder":3})");
  for (const char* type : {"one", "two"}) EmitOne(type);
  EXPECT_EQ(simulator_->webhooks().pending(), 2u);
  EmitOne("three");
  WaitForDeliveries(3);
  EXPECT_THAT(DeliveredTypes(), ElementsAre("three", "two", "one"));
}

TEST_F(WebhookTest, ClearingTheFaultReleasesWhatWasHeld) {
  StartWithReceiver();
  Admin("faults/webhooks", R"({"reorder":9})");
  for (const char* type : {"one", "two"}) EmitOne(type);
  Admin("faults/clear", "{}");
  WaitForDeliveries(2);
  EXPECT_THAT(DeliveredTypes(), ElementsAre("two", "one"));
}

TEST_F(WebhookTest, DelayedEventsArriveLater) {
  StartWithReceiver();
  Admin("faults/webhooks", R"({"delay_ms":50})");
  const MonoTime before = loop_.Monotonic();
  EmitOne();
  WaitForDeliveries(1);
  EXPECT_GE(loop_.Monotonic() - before, Duration(50));
}

TEST_F(WebhookTest, AnEventCanBeSentAgainByHand) {
  StartWithReceiver();
  const std::string id = EmitOne().id;
  WaitForDeliveries(1);
  Admin("events/" + id + "/resend", "{}");
  WaitForDeliveries(2);
  EXPECT_EQ(deliveries_[1].event_id, id);
}

TEST_F(WebhookTest, ThousandOrdersAreAllDelivered) {
  StartWithReceiver();
  Admin("subscriptions", R"({"count":1000})");
  WaitForDeliveries(4000);
  EXPECT_THAT(DeliveredTypes(), Contains("subscription_created").Times(1000));
}

}  // namespace
}  // namespace kl::chargebee_sim
