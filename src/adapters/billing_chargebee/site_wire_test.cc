#include "adapters/billing_chargebee/site_wire.h"

#include <gtest/gtest.h>

#include "adapters/billing_chargebee/site_api.h"

namespace kl::chargebee {
namespace {

TEST(SiteWireTest, APageIsItsResourcesByNameAndTheNextOffset) {
  auto page = ParsePage(
      R"({"list":[{"item":{"id":"a","metered":false,"price":900,"tags":["x","y"]},"other":{}},
          {"else":{"id":"b"}}],"next_offset":"o1"})",
      "item");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->items.size(), 1u);
  const Attributes& item = page->items[0];
  EXPECT_EQ(At(item, "id"), "a");
  EXPECT_EQ(At(item, "metered"), "false");
  EXPECT_EQ(At(item, "price"), "900");
  EXPECT_EQ(At(item, "tags"), "x,y");
  EXPECT_EQ(At(item, "absent"), "");
  EXPECT_EQ(page->next_offset, "o1");
}

TEST(SiteWireTest, WhatIsNoPageIsInvalid) {
  for (const char* text : {"", "<html>", "[]", "{}", R"({"list":{}})"})
    EXPECT_EQ(ParsePage(text, "item").error().kind, ErrorKind::kInvalid) << text;
  EXPECT_EQ(ParseOne(R"({"customer":{}})", "subscription").error().kind, ErrorKind::kInvalid);
}

TEST(SiteWireTest, AnEventTellsEachEndpointsStatus) {
  auto page = ParsePage(R"({"list":[{"event":{"id":"ev_1","webhook_status":"failed","webhooks":[
      {"id":"whv2_a","webhook_status":"failed"},{"id":"whv2_b","webhook_status":"succeeded"}]}}]})",
                        "event");
  ASSERT_TRUE(page);
  EXPECT_EQ(At(page->items[0], "webhooks.whv2_a"), "failed");
  EXPECT_EQ(At(page->items[0], "webhooks.whv2_b"), "succeeded");
}

TEST(SiteWireTest, TheCatalogVersionIsReadWhereItIsSaid) {
  EXPECT_EQ(ParseCatalogVersion(
                R"({"configurations":[{"domain":"acme"},{"product_catalog_version":"v2"}]})"),
            "v2");
  for (const char* text : {"{}", "no", R"({"configurations":[1,{}]})"})
    EXPECT_EQ(ParseCatalogVersion(text), "") << text;
}

TEST(SiteWireTest, HttpDatesOfTheOneCurrentFormAreRead) {
  const auto at = ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->time_since_epoch(), std::chrono::seconds(784111777));
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT"})
    EXPECT_FALSE(ParseHttpDate(text)) << text;
}

TEST(SiteWireTest, TheAddressFollowsTheSiteUnlessItIsGiven) {
  EXPECT_EQ(ApiUrlOf({.site = "acme-test"}), "https://acme-test.chargebee.com/api/v2");
  EXPECT_EQ(ApiUrlOf({.site = "x", .api_url = "http://h:1/api/v2//"}), "http://h:1/api/v2");
}

}  // namespace
}  // namespace kl::chargebee
