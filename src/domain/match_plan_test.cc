#include <gtest/gtest.h>

#include "domain/derive.h"

namespace kl {
namespace {

TemplateInfo Template(std::string type, std::vector<std::string> plans) {
  TemplateInfo info{.type = std::move(type)};
  for (auto& plan : plans) info.plans.emplace(std::move(plan), Plan());
  return info;
}

BillingSubscription With(std::vector<BillingItem> items) {
  BillingSubscription subscription;
  subscription.items = std::move(items);
  return subscription;
}

BillingItem PlanItem(std::string price, std::string item = "") {
  return {std::move(price), std::move(item), true, 1};
}
BillingItem Addon(std::string price, std::string item = "") {
  return {std::move(price), std::move(item), false, 1};
}

// "type/plan", or "none".
std::string Match(const BillingSubscription& subscription,
                  const std::vector<TemplateInfo>& templates) {
  const auto match = MatchPlan(subscription, templates);
  return match ? match->type + "/" + match->plan : "none";
}

TEST(MatchPlanTest, TheItemPriceIdNamesThePlan) {
  const std::vector templates = {Template("shop", {"basic-USD"}), Template("blog", {"pro-USD"})};
  EXPECT_EQ(Match(With({PlanItem("basic-USD", "basic")}), templates), "shop/basic-USD");
  EXPECT_EQ(Match(With({PlanItem("pro-USD", "pro")}), templates), "blog/pro-USD");
}

TEST(MatchPlanTest, TheItemIdNamesThePlanOfAllItsPrices) {
  const std::vector templates = {Template("shop", {"basic"})};
  EXPECT_EQ(Match(With({PlanItem("basic-USD-monthly", "basic")}), templates), "shop/basic");
  EXPECT_EQ(Match(With({PlanItem("basic-EUR-yearly", "basic")}), templates), "shop/basic");
}

TEST(MatchPlanTest, ThePriceBeatsTheItemAlsoAcrossTemplates) {
  EXPECT_EQ(
      Match(With({PlanItem("basic-USD", "basic")}), {Template("shop", {"basic", "basic-USD"})}),
      "shop/basic-USD");
  EXPECT_EQ(Match(With({PlanItem("basic-USD", "basic")}),
                  {Template("shop", {"basic"}), Template("blog", {"basic-USD"})}),
            "blog/basic-USD");
}

TEST(MatchPlanTest, DefaultServesAllOthersAndOnlyThem) {
  const std::vector templates = {Template("shop", {"default", "pro"})};
  EXPECT_EQ(Match(With({PlanItem("basic-USD", "basic")}), templates), "shop/default");
  EXPECT_EQ(Match(With({PlanItem("pro-USD", "pro")}), templates), "shop/pro");
  EXPECT_EQ(Match(With({}), templates), "shop/default");
}

TEST(MatchPlanTest, DefaultOfOneTemplateDoesNotBeatAPlanOfAnother) {
  EXPECT_EQ(Match(With({PlanItem("x", "pro")}),
                  {Template("blog", {"default"}), Template("shop", {"pro"})}),
            "shop/pro");
}

TEST(MatchPlanTest, WithOneTemplateAndNoPlansEverySubscriptionIsOurs) {
  EXPECT_EQ(Match(With({PlanItem("anything")}), {Template("shop", {})}), "shop/");
  EXPECT_EQ(Match(With({}), {Template("shop", {})}), "shop/");
}

TEST(MatchPlanTest, WithTwoTemplatesThatHoldsNoMore) {
  const std::vector templates = {Template("shop", {}), Template("blog", {})};
  EXPECT_EQ(Match(With({PlanItem("anything")}), templates), "none");
  EXPECT_EQ(Match(With({PlanItem("anything")}), {Template("shop", {}), Template("blog", {"pro"})}),
            "none");
}

TEST(MatchPlanTest, APlanThatNobodyNamesIsUnmatched) {
  EXPECT_EQ(Match(With({PlanItem("basic-USD", "basic")}), {Template("shop", {"pro"})}), "none");
  EXPECT_EQ(Match(With({}), {Template("shop", {"pro"})}), "none");
  EXPECT_EQ(Match(With({PlanItem("pro")}), {}), "none");
}

TEST(MatchPlanTest, AnAddonIsNoPlan) {
  const std::vector templates = {Template("shop", {"basic", "seats"})};
  EXPECT_EQ(Match(With({Addon("seats-USD", "seats"), PlanItem("basic-USD", "basic")}), templates),
            "shop/basic");
  EXPECT_EQ(Match(With({Addon("seats-USD", "seats"), PlanItem("other")}), templates), "none");
}

TEST(MatchPlanTest, WhereTheProviderMarksNoPlanAnyItemMayBeIt) {
  const std::vector templates = {Template("shop", {"basic"})};
  EXPECT_EQ(Match(With({Addon("x"), Addon("basic")}), templates), "shop/basic");
}

TEST(MatchPlanTest, IdsDifferInCaseAndAnEmptyItemIdIsNoKey) {
  EXPECT_EQ(Match(With({PlanItem("Basic")}), {Template("shop", {"basic"})}), "none");
  EXPECT_EQ(Match(With({PlanItem("x", "")}), {Template("shop", {"", "pro"})}), "none");
}

TEST(MatchPlanTest, AnItemNamedDefaultIsNoWayAroundTheIds) {
  EXPECT_EQ(
      Match(With({PlanItem("default"), PlanItem("pro")}), {Template("shop", {"default", "pro"})}),
      "shop/pro");
}

TEST(PlansDistinctTest, OnePlanInTwoTemplatesIsRefusedWithBothNames) {
  const auto status =
      CheckPlansDistinct({Template("shop", {"basic"}), Template("blog", {"basic"})});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(status.error().field, "x-kuberlogic-plans.basic");
  EXPECT_NE(status.error().message.find("'shop'"), std::string::npos);
  EXPECT_NE(status.error().message.find("'blog'"), std::string::npos);
}

TEST(PlansDistinctTest, TwoDefaultsAreOnePlanToo) {
  EXPECT_FALSE(CheckPlansDistinct({Template("shop", {"default"}), Template("blog", {"default"})}));
}

TEST(PlansDistinctTest, DifferentPlansAreFine) {
  EXPECT_TRUE(CheckPlansDistinct({Template("shop", {"basic"}), Template("blog", {"pro"})}));
  EXPECT_TRUE(CheckPlansDistinct({Template("shop", {}), Template("blog", {})}));
  EXPECT_TRUE(CheckPlansDistinct({}));
}

}  // namespace
}  // namespace kl
