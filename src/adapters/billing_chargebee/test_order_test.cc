#include "adapters/billing_chargebee/test_order.h"

#include "adapters/billing_chargebee/site_peer.h"

namespace kl::chargebee {
namespace {

using ::testing::HasSubstr;

class TestOrderTest : public SitePeer {
 protected:
  Result<PlacedOrder> Place() { return Run(PlaceTestOrder(api(), "pro-USD", "a@example.com")); }
  void SellPro() { Say("GET /item_prices/pro-USD", 200, R"({"item_price":{"id":"pro-USD"}})"); }
};

TEST_F(TestOrderTest, ACustomerWhoPaysByInvoiceSubscribes) {
  SellPro();
  Say("POST /customers", 200, R"({"customer":{"id":"c1"}})");
  Say("POST /customers/c1/subscription_for_items", 200,
      R"({"subscription":{"id":"s1","status":"active"}})");
  auto order = Place();
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(order->subscription_id, "s1");
  EXPECT_EQ(order->status, "active");
  EXPECT_EQ(Sent("POST /customers").at(0)["email"], "a@example.com");
  auto wish = Sent("POST /customers/c1/subscription_for_items").at(0);
  EXPECT_EQ(wish["auto_collection"], "off");
  EXPECT_EQ(wish["subscription_items[item_price_id][0]"], "pro-USD");
}

TEST_F(TestOrderTest, ALiveSiteIsNeverOrderedAt) {
  options_.site = "acme";
  EXPECT_EQ(Place().error().kind, ErrorKind::kDenied);
  EXPECT_EQ(api().calls(), 0);
}

TEST_F(TestOrderTest, APlanNobodySellsLeavesNoCustomerBehind) {
  Refuse("GET /item_prices/pro-USD", 404, "resource_not_found");
  auto order = Place();
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(order.error().message, HasSubstr("pro-USD"));
  EXPECT_TRUE(Sent("POST /customers").empty());
}

TEST_F(TestOrderTest, AnOrderTellsItsDomainOnceItHasOne) {
  Say("GET /subscriptions/s1", 200, R"({"subscription":{"id":"s1","status":"active"}})");
  Say("GET /subscriptions/s1", 200,
      R"({"subscription":{"id":"s1","status":"active","cf_domain":"https://a.b"}})");
  EXPECT_EQ(Run(ReadOrder(api(), "s1"))->domain, "");
  EXPECT_EQ(Run(ReadOrder(api(), "s1"))->domain, "https://a.b");
}

TEST_F(TestOrderTest, ItIsCancelledAtOnce) {
  Say("POST /subscriptions/s1/cancel_for_items", 200, R"({"subscription":{"id":"s1"}})");
  EXPECT_TRUE(Run(CancelOrder(api(), "s1")));
  EXPECT_EQ(Sent("POST /subscriptions/s1/cancel_for_items").at(0)["cancel_option"], "immediately");
  Refuse("POST /subscriptions/s2/cancel_for_items", 429, "api_request_limit_exceeded");
  EXPECT_EQ(Run(CancelOrder(api(), "s2")).error().kind, ErrorKind::kRateLimited);
}

}  // namespace
}  // namespace kl::chargebee
