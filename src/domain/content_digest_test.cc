#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "domain/canonical.h"
#include "domain/derive.h"

namespace kl {
namespace {

BillingSubscription Basic() {
  BillingSubscription s;
  s.key = {"acme", "site", "id"};
  s.customer_id = "c1";
  s.customer_email = "a@example.com";
  s.raw_status = "active";
  s.state = BillingState::kActive;
  s.items = {{"basic-USD", "basic", true, 1}, {"seats-USD", "seats", false, 2}};
  s.fields = {{"cf_a", "1"}};
  return s;
}

const std::vector<Entitlement> kFeatures = {{"users", "5"}, {"volume_size", "2Gi"}};

std::string Changed(const std::function<void(BillingSubscription&)>& change) {
  auto subscription = Basic();
  change(subscription);
  return ContentDigest(subscription, kFeatures);
}

TEST(ContentDigestTest, EverythingADecisionDependsOnMatters) {
  std::set<std::string> seen = {ContentDigest(Basic(), kFeatures)};
  const std::vector<std::function<void(BillingSubscription&)>> changes = {
      [](auto& s) { s.key.provider = "other"; },
      [](auto& s) { s.key.site = "other"; },
      [](auto& s) { s.key.id = "ID"; },
      [](auto& s) { s.customer_id = "c2"; },
      [](auto& s) { s.customer_email = "b@example.com"; },
      [](auto& s) { s.raw_status = "non_renewing"; },
      [](auto& s) { s.state = BillingState::kEnding; },
      [](auto& s) { s.items[0].price_id = "pro-USD"; },
      [](auto& s) { s.items[0].item_id = "pro"; },
      [](auto& s) { s.items[0].is_plan = false; },
      [](auto& s) { s.items[1].quantity = 3; },
      [](auto& s) { s.items.pop_back(); },
      [](auto& s) { s.scheduled_changes = true; },
      [](auto& s) { s.ends_at = WallTime(); },
      [](auto& s) { s.ends_at = WallTime(Duration(1)); },
      [](auto& s) { s.fields["cf_a"] = "2"; },
      [](auto& s) { s.fields["cf_b"] = ""; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_TRUE(seen.insert(Changed(changes[i])).second) << "change " << i;
  }
  const std::vector<std::vector<Entitlement>> features = {
      {},
      {{"users", "5"}},
      {{"users", "6"}, {"volume_size", "2Gi"}},
      {{"users", "5", false}, {"volume_size", "2Gi"}},
      {{"user", "5"}, {"volume_size", "2Gi"}}};
  for (const auto& list : features) {
    EXPECT_TRUE(seen.insert(ContentDigest(Basic(), list)).second) << list.size();
  }
}

TEST(ContentDigestTest, VersionAndDomainAreNoContent) {
  const std::string digest = ContentDigest(Basic(), kFeatures);
  EXPECT_EQ(Changed([](auto& s) { s.version = 99; }), digest);
  EXPECT_EQ(Changed([](auto& s) { s.domain = "https://a.example.com"; }), digest);
}

TEST(ContentDigestTest, OrderOfItemsAndEntitlementsIsNoContent) {
  const std::string digest = ContentDigest(Basic(), kFeatures);
  EXPECT_EQ(Changed([](auto& s) { std::swap(s.items[0], s.items[1]); }), digest);
  EXPECT_EQ(ContentDigest(Basic(), {kFeatures[1], kFeatures[0]}), digest);
}

TEST(CanonicalTest, PartsThatJoinAlikeAreToldApart) {
  EXPECT_NE(Canonical().Text("ab").Text("c").Digest(), Canonical().Text("a").Text("bc").Digest());
  EXPECT_NE(Canonical().Text("1:a").Digest(), Canonical().Text("1").Text("a").Digest());
  EXPECT_NE(Canonical().Texts(std::vector<std::string>{}).Digest(),
            Canonical().Texts(std::vector<std::string>{""}).Digest());
  EXPECT_NE(Canonical().Maybe(std::nullopt).Digest(), Canonical().Maybe("").Digest());
}

}  // namespace
}  // namespace kl
