#include "domain/catalogue.h"

#include <gtest/gtest.h>

namespace kl {
namespace {

TemplateInfo Shop(std::vector<std::string> plans, bool with_storage = true) {
  TemplateInfo info{.type = "shop", .has_volumes = true};
  for (auto& id : plans) {
    Plan plan;
    if (with_storage) plan.limits.storage = *Quantity::Parse("1Gi");
    info.plans.emplace(std::move(id), plan);
  }
  return info;
}

Expectation Expect(TemplateInfo info) {
  return {.templates = {std::move(info)}, .mapping = DefaultMapping()};
}

// "item:verdict", one after the other.
std::string Said(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& finding : findings) {
    if (!all.empty()) all += ", ";
    all += finding.item + ":" + std::string(VerdictName(finding.verdict));
    EXPECT_FALSE(finding.detail.empty()) << finding.item;
    const bool fine = finding.verdict == Verdict::kGood || finding.verdict == Verdict::kSkipped;
    EXPECT_EQ(finding.remedy.empty(), fine) << finding.item;
  }
  return all;
}

TEST(ComparePlansTest, PlansSoldAndServedAreOneGoodLine) {
  const Catalogue sold{.plans = {{"a-USD", "a"}, {"b-USD", "b"}}};
  EXPECT_EQ(Said(ComparePlans(sold, Expect(Shop({"a-USD", "b-USD"})))), "plans:good");
}

TEST(ComparePlansTest, AnItemIsNoPlanUnlessOrdersNameIt) {
  Catalogue sold{.plans = {{"a-USD", "a"}, {"b-USD", "b"}}};
  const Expectation expected = Expect(Shop({"a-USD", "b"}));
  EXPECT_EQ(Said(ComparePlans(sold, expected)), "plan b:bad, plan b-USD:bad");
  sold.orders_name_items = true;
  EXPECT_EQ(Said(ComparePlans(sold, expected)), "plans:good");
}

TEST(ComparePlansTest, APlanNobodySellsIsNamed) {
  const Catalogue sold{.plans = {{"a-USD", "a"}}};
  EXPECT_EQ(Said(ComparePlans(sold, Expect(Shop({"a-USD", "pro-USD"})))), "plan pro-USD:bad");
}

TEST(ComparePlansTest, APlanNobodyServesIsNamedUnlessItIsIgnored) {
  const Catalogue sold{.plans = {{"a-USD", "a"}, {"other-USD", "other"}}};
  Expectation expected = Expect(Shop({"a-USD"}));
  EXPECT_EQ(Said(ComparePlans(sold, expected)), "plan other-USD:bad");
  expected.ignored_plans = {"other-USD"};
  EXPECT_EQ(Said(ComparePlans(sold, expected)), "plans:good");
  expected.ignored_plans = {"other"};
  EXPECT_EQ(Said(ComparePlans(sold, expected)), "plan other-USD:bad");
}

TEST(ComparePlansTest, DefaultServesWhatNobodyNamesAndNeedNotBeSold) {
  const Catalogue sold{.plans = {{"a-USD", "a"}}};
  EXPECT_EQ(Said(ComparePlans(sold, Expect(Shop({"default"})))), "plans:good");
}

TEST(ComparePlansTest, AnEmptyCatalogueIsSaid) {
  EXPECT_EQ(Said(ComparePlans({}, Expect(Shop({"default"})))), "plans:bad");
}

TEST(ComparePlansTest, WithoutATemplateNothingIsHeldAgainstThePlans) {
  const Catalogue sold{.plans = {{"a-USD", "a"}}};
  EXPECT_EQ(Said(ComparePlans(sold, {})), "plans:skipped");
  EXPECT_EQ(Said(CompareFeatures(sold, {})), "features:skipped");
}

TEST(ComparePlansTest, OnePlanInTwoTemplatesIsSaid) {
  Expectation expected = Expect(Shop({"a-USD"}));
  expected.templates.push_back(Shop({"a-USD"}));
  expected.templates[1].type = "blog";
  const Catalogue sold{.plans = {{"a-USD", "a"}}};
  EXPECT_EQ(ComparePlans(sold, expected).front().verdict, Verdict::kBad);
}

TEST(CompareFeaturesTest, PlansThatGiveEverySizeNeedNone) {
  EXPECT_EQ(Said(CompareFeatures({}, Expect(Shop({"a-USD"})))), "features:good");
}

TEST(CompareFeaturesTest, AMissingADraftAndAValuelessFeatureAreTold) {
  const Expectation expected = Expect(Shop({"a-USD"}, false));
  Catalogue sold{.plans = {{"a-USD", "a"}}};
  EXPECT_EQ(Said(CompareFeatures(sold, expected)), "feature volume_size:bad");
  sold.features = {{"volume_size", false}};
  EXPECT_NE(CompareFeatures(sold, expected).front().remedy.find("publish"), std::string::npos);
  sold.features = {{"volume_size", true}};
  EXPECT_NE(CompareFeatures(sold, expected).front().detail.find("a-USD"), std::string::npos);
  for (const char* entity : {"a", "a-USD"}) {
    sold.entitlements = {{entity, "volume_size", "5Gi"}};
    EXPECT_EQ(Said(CompareFeatures(sold, expected)), "feature volume_size:good");
  }
}

TEST(CompareFeaturesTest, AValueThatIsNoSizeIsToldWithItsPlan) {
  const Expectation expected = Expect(Shop({"a-USD"}, false));
  Catalogue sold{.plans = {{"a-USD", "a"}}, .features = {{"volume_size", true}}};
  for (const char* value : {"5", "5 GB", "large"}) {
    sold.entitlements = {{"a-USD", "volume_size", value}};
    const auto findings = CompareFeatures(sold, expected);
    EXPECT_EQ(Said(findings), "feature volume_size:bad") << value;
    EXPECT_NE(findings.front().detail.find(std::string("'") + value + "' of a-USD"),
              std::string::npos)
        << findings.front().detail;
  }
}

TEST(CompareFeaturesTest, AnExplicitMappingNeedsEachOfItsFeatures) {
  Expectation expected = Expect(Shop({"a-USD"}));
  expected.mapping = {{"seats", "parameters.seats"}};
  expected.mapping_is_explicit = true;
  EXPECT_EQ(Said(CompareFeatures({.plans = {{"a-USD", "a"}}}, expected)), "feature seats:bad");
}

}  // namespace
}  // namespace kl
