#include "domain/derive.h"

#include <gtest/gtest.h>

namespace kl {
namespace {

Quantity Q(const char* text) { return Quantity::Parse(text).value(); }

struct DeriveTest : ::testing::Test {
  TemplateInfo info{.type = "shop", .has_volumes = true};
  BillingSubscription subscription;
  std::vector<Entitlement> entitlements;
  Mapping mapping = DefaultMapping();
  PlanMatch match{"shop", "basic"};

  DeriveTest() {
    info.parameters["users"] = {
        .type = ParameterType::kInteger, .default_value = Value(5), .min = 1, .max = 100};
    info.parameters["theme"] = {
        .type = ParameterType::kEnum, .default_value = Value("light"), .values = {"light", "dark"}};
    info.parameters["note"] = {.type = ParameterType::kString};
    Plan& basic = info.plans["basic"];
    basic.limits = {.cpu = Q("500m"), .memory = Q("512Mi"), .storage = Q("2Gi")};
    basic.version = "6.1";
    basic.parameters = {{"users", Value(10)}};
    info.plans["seats"].parameters = {{"users", Value(50)}};
    info.plans["disk-USD"].limits.storage = Q("20Gi");
    info.plans["default"].parameters = {{"users", Value(1)}};
  }
  Result<Derived> Run() { return Derive(subscription, entitlements, info, match, mapping); }
  Derived Good() {
    auto derived = Run();
    EXPECT_TRUE(derived) << derived.error().message;
    return derived.value_or(Derived());
  }
  Error Bad() {
    auto derived = Run();
    EXPECT_FALSE(derived);
    return derived ? Error() : derived.error();
  }
};

TEST_F(DeriveTest, PlanGivesLimitsVersionAndParameters) {
  const Derived derived = Good();
  EXPECT_EQ(derived.plan, "basic");
  EXPECT_EQ(derived.limits, info.plans["basic"].limits);
  EXPECT_EQ(derived.version, "6.1");
  EXPECT_EQ(derived.parameters.at("users"), Value(10));
}

TEST_F(DeriveTest, DefaultsFillWhatThePlanLeavesOut) {
  const Derived derived = Good();
  EXPECT_EQ(derived.parameters.at("theme"), Value("light"));
  EXPECT_FALSE(derived.parameters.contains("note")) << "no default, no value";
}

TEST_F(DeriveTest, WithoutPlansOnlyDefaultsAndEntitlementsCount) {
  info.plans.clear();
  match.plan.clear();
  entitlements = {{"volume_size", "3Gi"}};
  const Derived derived = Good();
  EXPECT_EQ(derived.limits, Limits{.storage = Q("3Gi")});
  EXPECT_EQ(derived.parameters.at("users"), Value(5));
  EXPECT_EQ(derived.version, std::nullopt);
}

TEST_F(DeriveTest, AnAddonIsStrongerThanThePlan) {
  subscription.items = {{"basic", "", true, 1}, {"seats-USD", "seats", false, 1}};
  EXPECT_EQ(Good().parameters.at("users"), Value(50));
  EXPECT_EQ(Good().limits.cpu, Q("500m"));
}

TEST_F(DeriveTest, ASecondPlanIsNoAddon) {
  subscription.items = {{"basic", "", true, 1}, {"seats", "", true, 1}};
  EXPECT_EQ(Good().parameters.at("users"), Value(10));
}

TEST_F(DeriveTest, AnAddonsPriceBeatsItsItem) {
  info.plans["seats-USD"].parameters = {{"users", Value(60)}};
  subscription.items = {{"seats-USD", "seats", false, 1}};
  EXPECT_EQ(Good().parameters.at("users"), Value(60));
}

TEST_F(DeriveTest, AnAddonMayGiveLimits) {
  subscription.items = {{"disk-USD", "disk", false, 1}};
  EXPECT_EQ(Good().limits.storage, Q("20Gi"));
  EXPECT_EQ(Good().limits.memory, Q("512Mi"));
}

TEST_F(DeriveTest, UnknownAddonsAndTheDefaultPlanAddNothing) {
  subscription.items = {{"hosting", "default", false, 1}, {"default", "", false, 1}};
  EXPECT_EQ(Good().parameters.at("users"), Value(10));
}

TEST_F(DeriveTest, TheOrderOfAddonsMakesNoDifference) {
  info.plans["more"].parameters = {{"users", Value(70)}};
  subscription.items = {{"seats", "", false, 1}, {"more", "", false, 1}};
  const Derived one = Good();
  std::swap(subscription.items[0], subscription.items[1]);
  EXPECT_EQ(Good(), one);
}

TEST_F(DeriveTest, AnEntitlementIsStrongerThanPlanAndAddon) {
  subscription.items = {{"seats", "", false, 1}};
  entitlements = {{"users", "77"}, {"volume_size", "9Gi"}};
  const Derived derived = Good();
  EXPECT_EQ(derived.parameters.at("users"), Value(77));
  EXPECT_EQ(derived.limits.storage, Q("9Gi"));
}

TEST_F(DeriveTest, ADisabledEntitlementIsAsIfAbsent) {
  entitlements = {{"users", "77", false}, {"volume_size", "nonsense", false}};
  EXPECT_EQ(Good().parameters.at("users"), Value(10));
}

TEST_F(DeriveTest, AFeatureWithoutARuleBecomesAParameter) {
  entitlements = {{"api_access", "true"}, {"max.things", "4"}};
  const Derived derived = Good();
  EXPECT_EQ(derived.parameters.at("api_access"), Value("true")) << "not declared: stays text";
  EXPECT_EQ(derived.parameters.at("max.things"), Value("4"));
}

TEST_F(DeriveTest, TheMappingReachesEveryDerivedField) {
  mapping = {{"c", "limits.cpu"}, {"m", "limits.memory"},  {"s", "limits.storage"},
             {"v", "version"},    {"u", "advanced.users"}, {"t", "parameters.theme"}};
  entitlements = {{"c", "2"}, {"m", "1Gi"}, {"s", "5Gi"}, {"v", "7"}, {"u", "3"}, {"t", "dark"}};
  const Derived derived = Good();
  EXPECT_EQ(derived.limits, (Limits{Q("2"), Q("1Gi"), Q("5Gi")}));
  EXPECT_EQ(derived.version, "7");
  EXPECT_EQ(derived.parameters.at("users"), Value(3));
  EXPECT_EQ(derived.parameters.at("theme"), Value("dark"));
}

TEST_F(DeriveTest, WhatDoesNotConvertIsInvalidWithTheFeaturesName) {
  for (const Entitlement& entitlement :
       {Entitlement{"volume_size", "unlimited"}, Entitlement{"volume_size", "-1"},
        Entitlement{"users", "many"}, Entitlement{"users", "5.5"}, Entitlement{"users", ""},
        Entitlement{"theme", "pink"}}) {
    entitlements = {entitlement};
    const Error error = Bad();
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_EQ(error.field, entitlement.feature) << entitlement.value;
    EXPECT_NE(error.message.find(entitlement.feature), std::string::npos) << error.message;
  }
}

TEST_F(DeriveTest, AMappingToAFieldThatIsNotDerivedIsInvalid) {
  for (const char* dst : {"limits.gpu", "domain", "subscription", "advanced.", "", "status"}) {
    mapping = {{"f", dst}};
    entitlements = {{"f", "1"}};
    EXPECT_EQ(Bad().field, "f") << dst;
  }
}

TEST_F(DeriveTest, ValuesOutOfBoundsAreInvalidWhereverTheyComeFrom) {
  entitlements = {{"users", "101"}};
  EXPECT_EQ(Bad().field, "users");
  entitlements = {{"users", "0"}};
  EXPECT_EQ(Bad().field, "users");
  entitlements.clear();
  info.plans["basic"].parameters["users"] = Value(1000);
  EXPECT_EQ(Bad().field, "parameters.users");
  info.plans["basic"].parameters["users"] = Value("ten");
  EXPECT_EQ(Bad().field, "parameters.users");
}

TEST_F(DeriveTest, TheSameInputGivesTheSameResult) {
  entitlements = {{"a", "1"}, {"b", "2"}};
  const Derived one = Good();
  std::swap(entitlements[0], entitlements[1]);
  EXPECT_EQ(Good(), one);
}

struct NeedsEntitlementsTest : DeriveTest {
  bool Needs(bool mapping_is_explicit = false) const {
    return NeedsEntitlements(info, mapping, mapping_is_explicit);
  }
  NeedsEntitlementsTest() {
    info.parameters.clear();  // plans give everything that is left
  }
};

TEST_F(NeedsEntitlementsTest, PlansThatCarryTheSizesNeedNone) {
  EXPECT_FALSE(Needs());
  info.parameters["users"] = {.type = ParameterType::kInteger};
  EXPECT_FALSE(Needs()) << "a plan gives it";
}

TEST_F(NeedsEntitlementsTest, AParameterThatNoPlanGivesNeedsThem) {
  info.parameters["theme"] = {.default_value = Value("light")};
  EXPECT_TRUE(Needs());
}

TEST_F(NeedsEntitlementsTest, AnExplicitMappingNeedsThem) {
  EXPECT_TRUE(Needs(true));
  mapping.clear();
  EXPECT_FALSE(Needs(true));
}

TEST_F(NeedsEntitlementsTest, TheDefaultMappingCountsOnlyWhereNoPlanGivesStorage) {
  info.plans.clear();
  EXPECT_TRUE(Needs());
  info.has_volumes = false;
  EXPECT_FALSE(Needs()) << "no volume, no size";
}

TEST_F(NeedsEntitlementsTest, WithoutThemNothingDerivedChanges) {
  // The rule is only as good as this: where it says no, features that the template knows of are
  // given by plans.
  ASSERT_FALSE(Needs());
  const Derived without = Good();
  EXPECT_EQ(without.limits.storage, Q("2Gi"));
}

}  // namespace
}  // namespace kl
