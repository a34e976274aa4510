#include "sim/chargebee/model/catalog.h"

#include <gmock/gmock.h>

namespace kl::chargebee_sim {
namespace {

constexpr std::string_view kCatalog = R"({
  "family": "apps", "title": "Shop",
  "items": [{"id": "basic", "name": "Basic", "highlights": ["one", "two"]},
            {"id": "extra", "type": "addon"}],
  "item_prices": [{"id": "basic-EUR-yearly", "item_id": "basic", "currency": "EUR", "price": 10000,
                   "period_unit": "year", "trial_days": 14},
                  {"id": "extra-EUR", "item_id": "extra", "currency": "EUR", "price": 500}],
  "features": [{"id": "seats", "name": "Seats", "type": "quantity", "unit": "seats"}],
  "entitlements": [{"entity_id": "basic", "feature_id": "seats", "value": "5"},
                   {"entity_id": "basic-EUR-yearly", "feature_id": "seats", "value": "7"}]})";

std::string SeatsOf(const Catalog& catalog, const Subscription& subscription, Seconds now = 0) {
  auto all = catalog.EntitlementsOf(subscription, now);
  return all.empty() ? "none" : all.front().value;
}

TEST(CatalogTest, TheDefaultSellsThreePlansWithStorage) {
  const Catalog catalog = DefaultCatalog();
  for (const char* id : {"starter-USD-monthly", "team-USD-monthly", "business-USD-monthly"}) {
    ASSERT_NE(catalog.FindPrice(id), nullptr) << id;
    Subscription subscription;
    subscription.items.push_back({id});
    EXPECT_EQ(catalog.EntitlementsOf(subscription, 0).front().feature->id, "volume_size") << id;
  }
}

TEST(CatalogTest, ReadsAFile) {
  auto catalog = ParseCatalog(kCatalog);
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(catalog->title, "Shop");
  EXPECT_EQ(catalog->FindPrice("basic-EUR-yearly")->trial_days, 14);
  EXPECT_EQ(catalog->FindItem("basic")->highlights.size(), 2u);
  EXPECT_EQ(catalog->ItemOfPrice("extra-EUR")->type, "addon");
}

TEST(CatalogTest, APriceWinsOverItsItemAndAnOverrideOverBoth) {
  const Catalog catalog = *ParseCatalog(kCatalog);
  Subscription subscription;
  subscription.items.push_back({"basic-EUR-yearly"});
  EXPECT_EQ(SeatsOf(catalog, subscription), "7");
  subscription.overrides["seats"] = {"9", true, 100};
  EXPECT_EQ(SeatsOf(catalog, subscription, 99), "9");
  EXPECT_EQ(SeatsOf(catalog, subscription, 100), "7") << "an expired override still counted";
  subscription.items = {{"extra-EUR"}};
  subscription.overrides.clear();
  EXPECT_EQ(SeatsOf(catalog, subscription), "none");
}

TEST(CatalogTest, RefusesWhatDoesNotFitTogether) {
  for (const char* bad :
       {"no json", "[]", "{}", R"({"item_prices":[{"id":"p","item_id":"missing"}]})",
        R"({"items":[{"id":"i"}],"item_prices":[{"id":"p","item_id":"i"}],
            "entitlements":[{"entity_id":"i","feature_id":"missing","value":"1"}]})"}) {
    auto catalog = ParseCatalog(bad);
    ASSERT_FALSE(catalog) << bad;
    EXPECT_EQ(catalog.error().kind, ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace kl::chargebee_sim
