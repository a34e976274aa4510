#include "sim/chargebee/admin.h"

#include "sim/chargebee/simulator_fixture.h"

namespace kl::chargebee_sim {
namespace {

using testing::HasSubstr;

class AdminTest : public SimulatorFixture {
 protected:
  void SetUp() override { Start(); }
  Site& site() { return simulator_->site(); }
};

TEST_F(AdminTest, OneSubscriptionOrMany) {
  Admin("subscriptions", R"({"id":"one","item_price_id":"team-USD-monthly","email":""})");
  EXPECT_EQ(site().FindCustomer(site().FindSubscription("one")->customer_id)->email, "");
  Admin("subscriptions", R"({"count":3,"id":"s{n}","email":"c{n}@example.com"})");
  EXPECT_EQ(site().subscription_count(), 4u);
  ASSERT_NE(site().FindSubscription("s4"), nullptr);
  EXPECT_EQ(site().FindCustomer(site().FindSubscription("s4")->customer_id)->email,
            "c4@example.com");
}

TEST_F(AdminTest, EveryKnobOfASubscription) {
  Admin("subscriptions", R"({"id":"s"})");
  const Subscription& s = *site().FindSubscription("s");
  auto turn = [&](const std::string& call, const std::string& json) {
    Admin("subscriptions/s/" + call, json);
    return s.status;
  };
  turn("plan", R"({"item_price_id":"team-USD-monthly"})");
  EXPECT_EQ(s.items.front().item_price_id, "team-USD-monthly");
  turn("schedule", R"({"item_price_id":"business-USD-monthly","at_in_seconds":3600})");
  EXPECT_TRUE(s.scheduled_change);
  turn("unschedule", "{}");
  EXPECT_FALSE(s.scheduled_change);
  turn("fields", R"({"cf_domain":"by-hand.example.com"})");
  EXPECT_EQ(s.custom_fields.at("cf_domain"), "by-hand.example.com");
  EXPECT_EQ(site().events().back().source, "admin_console");
  turn("entitlement", R"({"feature_id":"volume_size","value":"9Gi"})");
  EXPECT_EQ(s.overrides.at("volume_size").value, "9Gi");
  turn("status", R"({"status":"transferred"})");
  EXPECT_THAT(Api("GET", "/subscriptions/s").body, HasSubstr(R"("status":"transferred")"));
  turn("status", R"({"status":""})");
  EXPECT_EQ(turn("pause", R"({"resume_in_seconds":60})"), SubscriptionStatus::kPaused);
  EXPECT_EQ(turn("resume", "{}"), SubscriptionStatus::kActive);
  EXPECT_EQ(turn("cancel", R"({"when":"end_of_term"})"), SubscriptionStatus::kNonRenewing);
  EXPECT_EQ(turn("keep", "{}"), SubscriptionStatus::kActive);
  EXPECT_EQ(turn("cancel", R"({"reason":"not_paid"})"), SubscriptionStatus::kCancelled);
  EXPECT_EQ(s.cancel_reason, "not_paid");
  EXPECT_EQ(turn("reactivate", "{}"), SubscriptionStatus::kActive);
  turn("delete", "{}");
  EXPECT_TRUE(s.deleted);
}

TEST_F(AdminTest, ARaceIsLostOnce) {
  Admin("subscriptions", R"({"id":"s"})");
  const Subscription& s = *site().FindSubscription("s");
  Admin("subscriptions/s/race", R"({"item_price_id":"team-USD-monthly"})");
  EXPECT_EQ(s.items.front().item_price_id, "starter-USD-monthly");
  net::Response answer =
      Api("POST", "/subscriptions/s/update_for_items", "cf_domain=a.example.com");
  EXPECT_THAT(answer.body, HasSubstr("team-USD-monthly"));
  EXPECT_THAT(answer.body, HasSubstr("a.example.com"));
  Admin("subscriptions/s/plan", R"({"item_price_id":"starter-USD-monthly"})");
  Api("POST", "/subscriptions/s/update_for_items", "cf_domain=b.example.com");
  EXPECT_EQ(s.items.front().item_price_id, "starter-USD-monthly");
}

TEST_F(AdminTest, ARacingScheduleIsDeletedByTheWrite) {
  Admin("subscriptions", R"({"id":"s"})");
  Admin("subscriptions/s/race", R"({"item_price_id":"team-USD-monthly","schedule":true})");
  Api("POST", "/subscriptions/s/update_for_items", "cf_domain=a.example.com");
  EXPECT_FALSE(site().FindSubscription("s")->scheduled_change);
  EXPECT_THAT(Get("/admin/events?type=subscription_scheduled_changes_removed").body,
              HasSubstr("\"id\":\"s\""));
}

TEST_F(AdminTest, TheClockOnlyGoesForward) {
  const Seconds before = site().now();
  Admin("clock/advance", R"({"days":1,"hours":1})");
  EXPECT_GE(site().now(), before + 25 * 3600);
  EXPECT_EQ(
      Send({.method = "POST", .target = "/admin/clock/advance", .body = R"({"days":-1})"}).status,
      400);
}

TEST_F(AdminTest, TheKeyCanBeExchanged) {
  Admin("settings", R"({"api_key":"another"})");
  EXPECT_EQ(Api("GET", "/events").status, 401);
}

TEST_F(AdminTest, AnyEventCanBeMadeUp) {
  Admin("events", R"({"event_type":"something_new","content":{"x":1}})");
  EXPECT_THAT(Api("GET", "/events").body, HasSubstr(R"("content":{"x":1})"));
}

TEST_F(AdminTest, AResetLeavesTheSiteAsOnItsFirstDay) {
  Admin("subscriptions", R"({"count":5})");
  Admin("clock/advance", R"({"days":40})");
  Admin("reset", "{}");
  EXPECT_EQ(site().subscription_count(), 0u);
  EXPECT_TRUE(site().events().empty());
  EXPECT_EQ(site().offset(), Duration(0));
  Admin("subscriptions", R"({"id":"again"})");
  EXPECT_NE(site().FindSubscription("again"), nullptr);
}

TEST_F(AdminTest, NonsenseIsRefused) {
  for (const char* body : {"[]", "{", "text"}) {
    EXPECT_EQ(Send({.method = "POST", .target = "/admin/settings", .body = body}).status, 400);
  }
  EXPECT_EQ(Get("/admin/nothing").status, 404);
  EXPECT_EQ(
      Send({.method = "POST", .target = "/admin/faults/api", .body = R"({"answer":"418"})"}).status,
      400);
}

}  // namespace
}  // namespace kl::chargebee_sim
