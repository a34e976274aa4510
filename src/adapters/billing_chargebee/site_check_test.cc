// What only a script can be; what a site may lack is tried against the simulator.
#include "adapters/billing_chargebee/site_check.h"

#include "adapters/billing_chargebee/site_peer.h"

namespace kl::chargebee {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNew[] = R"({"configurations":[{"product_catalog_version":"v2"}]})";

class SiteCheckTest : public SitePeer {
 protected:
  SiteCheckTest() {
    Say("GET /configurations", 200, kNew);
    TemplateInfo shop{.type = "shop"};
    shop.plans.emplace("default", Plan());
    expected_.catalogue.templates.push_back(std::move(shop));
    expected_.webhook_url = "https://billing.example.com/chargebee-webhook";
  }

  void Check() {
    SiteCheck check(api(), expected_);
    findings_ = Run(check.Run());
    for (const Finding& each : findings_) {
      EXPECT_THAT(each.detail + each.remedy, Not(HasSubstr("canary"))) << each.item;
    }
  }
  // The first finding of an item.
  Finding Of(const std::string& item) const {
    for (const Finding& each : findings_) {
      if (each.item == item) return each;
    }
    ADD_FAILURE() << "nothing is said of " << item;
    return {};
  }

  SiteExpectation expected_;
  std::vector<Finding> findings_;
};

TEST_F(SiteCheckTest, ASiteThatIsNoneEndsTheCheck) {
  options_.api_url += "/none";
  Refuse("GET /none/configurations", 404, "site_not_found");
  Check();
  EXPECT_EQ(Of("site").verdict, Verdict::kBad);
  EXPECT_THAT(Of("site").remedy, HasSubstr("chargebee_site"));
  EXPECT_EQ(Of("everything else").verdict, Verdict::kSkipped);
  EXPECT_EQ(findings_.size(), 2u);
  EXPECT_EQ(api().calls(), 1);
}

TEST_F(SiteCheckTest, EveryPageOfTheCatalogueIsRead) {
  expected_.catalogue.templates[0].plans.clear();
  for (const char* id : {"a-USD", "b-USD"})
    expected_.catalogue.templates[0].plans.emplace(id, Plan());
  Say("GET /item_prices", 200,
      R"({"list":[{"item_price":{"id":"a-USD","item_id":"a"}}],"next_offset":"[\"1\"]"})");
  Say("GET /item_prices", 200,
      R"({"list":[{"item_price":{"id":"b-USD","item_id":"b"}},
                  {"item_price":{"id":"old-USD","item_id":"b","status":"archived"}},
                  {"item_price":{"id":"extra-USD","item_id":"x","item_type":"addon"}}]})");
  Check();
  EXPECT_EQ(Of("plans").detail, "2 plans sold and served");
  EXPECT_EQ(Sent("GET /item_prices").at(1)["offset"], "[\"1\"]");
}

TEST_F(SiteCheckTest, AListThatNeverEndsIsLeft) {
  Say("GET /item_prices", 200, R"({"list":[],"next_offset":"again"})");
  Check();
  EXPECT_EQ(Of("plans").verdict, Verdict::kBad);
  EXPECT_LT(api().calls(), 120);
}

TEST_F(SiteCheckTest, AScopeThatLacksIsNamedWhereItLacks) {
  Refuse("GET /features", 403, "api_authorization_failed");
  Refuse("GET /webhook_endpoints", 403, "api_authorization_failed");
  Check();
  for (const char* item : {"features", "webhook"}) {
    EXPECT_EQ(Of(item).verdict, Verdict::kBad) << item;
    EXPECT_THAT(Of(item).remedy, HasSubstr("full-access")) << item;
  }
}

TEST_F(SiteCheckTest, AFieldThatASubscriptionCarriesNeedsNoProbe) {
  Say("GET /subscriptions", 200,
      R"({"list":[{"subscription":{"id":"s1","customer_id":"c1","cf_domain":"https://a.b"}}]})");
  Say("POST /portal_sessions", 200, R"({"portal_session":{"id":"p"}})");
  Check();
  EXPECT_EQ(Of("custom field").verdict, Verdict::kGood);
  EXPECT_TRUE(Sent("POST /hosted_pages/checkout_new_for_items").empty());
  EXPECT_EQ(Sent("POST /portal_sessions").at(0)["customer[id]"], "c1");
}

TEST_F(SiteCheckTest, AnotherComplaintThanTheFieldsProvesNothing) {
  Say("GET /item_prices", 200, R"({"list":[{"item_price":{"id":"a-USD","item_id":"a"}}]})");
  Refuse("POST /hosted_pages/checkout_new_for_items", 400, "configuration_incompatible");
  Check();
  EXPECT_EQ(Of("custom field").verdict, Verdict::kHint);
  EXPECT_THAT(Of("custom field").remedy, HasSubstr("--order"));
}

TEST_F(SiteCheckTest, OnlyOurEndpointsDeliveriesCount) {
  Say("GET /webhook_endpoints", 200, R"({"list":[
      {"webhook_endpoint":{"id":"whv2_crm","name":"CRM","url":"https://crm.example.com/"}},
      {"webhook_endpoint":{"id":"whv2_us","name":"KuberLogic","api_version":"v2",
        "url":"https://billing.example.com/chargebee-webhook","enabled_events":[]}}]})");
  Say("GET /events", 200, R"({"list":[{"event":{"id":"ev_1","webhook_status":"failed","webhooks":[
      {"id":"whv2_crm","webhook_status":"failed"},
      {"id":"whv2_us","webhook_status":"succeeded"}]}}]})");
  Check();
  EXPECT_EQ(Of("webhook").verdict, Verdict::kGood);
  EXPECT_EQ(Of("webhook deliveries").verdict, Verdict::kGood);
}

TEST_F(SiteCheckTest, AnEndpointThatIsOffOrOldIsToldSo) {
  for (const auto& [attribute, said] :
       {std::pair(R"("disabled":true,"api_version":"v2")", "switched off"),
        std::pair(R"("api_version":"v1")", "API version v1")}) {
    Say("GET /webhook_endpoints", 200,
        std::string(R"({"list":[{"webhook_endpoint":{"id":"w","name":"KuberLogic",)") + attribute +
            R"(,"url":"https://billing.example.com/chargebee-webhook"}}]})");
  }
  Check();
  EXPECT_THAT(Of("webhook").detail, HasSubstr("switched off"));
  Check();
  EXPECT_THAT(Of("webhook").detail, HasSubstr("API version v1"));
}

TEST_F(SiteCheckTest, AClockIsComparedWithTheSitesOwn) {
  change_ = [](net::Response& answer) {
    answer.headers.Set("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  };
  Check();
  EXPECT_EQ(Of("clock").verdict, Verdict::kBad);
  EXPECT_THAT(Of("clock").detail, HasSubstr("ahead of"));
}

TEST_F(SiteCheckTest, WhatIsRefusedForTheRateIsNotHeldAgainstTheSite) {
  Refuse("GET /item_prices", 429, "api_request_limit_exceeded");
  Check();
  EXPECT_EQ(Of("plans").verdict, Verdict::kSkipped);
  EXPECT_EQ(Of("rate limit").verdict, Verdict::kBad);
}

TEST_F(SiteCheckTest, ALimitAboveATestSitesIsHintedAt) {
  options_.rate_per_minute = 1000;
  Check();
  EXPECT_EQ(Of("rate limit").verdict, Verdict::kHint);
  EXPECT_THAT(Of("rate limit").remedy, HasSubstr("150"));
}

}  // namespace
}  // namespace kl::chargebee
