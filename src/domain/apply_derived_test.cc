#include <gtest/gtest.h>

#include "domain/derive.h"

namespace kl {
namespace {

Quantity Q(const char* text) { return Quantity::Parse(text).value(); }

struct ApplyDerivedTest : ::testing::Test {
  Derived before;
  Derived now;
  Service::Spec spec;

  ApplyDerivedTest() {
    before.plan = "basic";
    before.limits = {.cpu = Q("500m"), .memory = Q("512Mi"), .storage = Q("2Gi")};
    before.version = "6.1";
    before.parameters = {{"users", Value(5)}, {"theme", Value("light")}};
    EXPECT_TRUE(ApplyDerived(std::nullopt, before, spec));
    now = before;
  }
  bool Apply() { return ApplyDerived(before, now, spec); }
};

TEST_F(ApplyDerivedTest, TheFirstTimeEverythingIsWritten) {
  EXPECT_EQ(spec.plan, "basic");
  EXPECT_EQ(spec.limits, before.limits);
  EXPECT_EQ(spec.version, "6.1");
  EXPECT_EQ(spec.advanced, before.parameters);
}

TEST_F(ApplyDerivedTest, NothingNewChangesNothing) {
  const auto written = spec;
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec, written);
}

TEST_F(ApplyDerivedTest, AChangedFieldIsWritten) {
  now.plan = "pro";
  now.limits = {.cpu = Q("2"), .memory = Q("4Gi"), .storage = Q("20Gi")};
  now.version = "7";
  now.parameters["users"] = Value(50);
  EXPECT_TRUE(Apply());
  EXPECT_EQ(spec.plan, "pro");
  EXPECT_EQ(spec.limits, now.limits);
  EXPECT_EQ(spec.version, "7");
  EXPECT_EQ(spec.advanced.at("users"), Value(50));
  EXPECT_EQ(spec.advanced.at("theme"), Value("light"));
}

TEST_F(ApplyDerivedTest, AnOperatorsValueStandsWhileTheDerivedOneDoesNotMove) {
  spec.limits.cpu = Q("4");
  spec.version = "6.2";
  spec.advanced["users"] = Value(99);
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec.limits.cpu, Q("4"));
  EXPECT_EQ(spec.version, "6.2");
  EXPECT_EQ(spec.advanced.at("users"), Value(99));
}

TEST_F(ApplyDerivedTest, OnlyTheFieldThatMovedIsWritten) {
  spec.limits.memory = Q("9Gi");
  now.limits.cpu = Q("2");
  EXPECT_TRUE(Apply());
  EXPECT_EQ(spec.limits.cpu, Q("2"));
  EXPECT_EQ(spec.limits.memory, Q("9Gi"));
}

TEST_F(ApplyDerivedTest, AnOverriddenFieldIsNeverWritten) {
  spec.overridden = {"limits.cpu", "version", "advanced.users", "limits.storage", "plan"};
  const auto written = spec;
  now.plan = "pro";
  now.limits.cpu = Q("2");
  now.limits.storage = Q("20Gi");
  now.version = "7";
  now.parameters["users"] = Value(50);
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec, written);
}

TEST_F(ApplyDerivedTest, OverridingAllParametersHoldsEachOfThem) {
  spec.overridden = {"advanced"};
  now.parameters["users"] = Value(50);
  now.parameters["new"] = Value(1);
  EXPECT_FALSE(Apply());
}

TEST_F(ApplyDerivedTest, StorageGrowsAndNeverShrinks) {
  now.limits.storage = Q("1Gi");
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec.limits.storage, Q("2Gi"));
  now.limits.storage = std::nullopt;
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec.limits.storage, Q("2Gi"));
  now.limits.storage = Q("3Gi");
  EXPECT_TRUE(Apply());
  EXPECT_EQ(spec.limits.storage, Q("3Gi"));
}

TEST_F(ApplyDerivedTest, StorageDoesNotShrinkBelowWhatAnOperatorGrew) {
  spec.limits.storage = Q("50Gi");
  now.limits.storage = Q("20Gi");
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec.limits.storage, Q("50Gi"));
}

TEST_F(ApplyDerivedTest, TheFirstTimeStorageDoesNotShrinkEither) {
  spec.limits.storage = Q("50Gi");
  EXPECT_FALSE(ApplyDerived(std::nullopt, before, spec));
}

TEST_F(ApplyDerivedTest, ALimitThatIsGoneIsTakenAway) {
  now.limits.cpu = std::nullopt;
  now.version = std::nullopt;
  EXPECT_TRUE(Apply());
  EXPECT_EQ(spec.limits.cpu, std::nullopt);
  EXPECT_EQ(spec.version, std::nullopt);
}

TEST_F(ApplyDerivedTest, AParameterThatIsGoneIsRemovedUnlessOverridden) {
  now.parameters.erase("users");
  now.parameters.erase("theme");
  spec.overridden = {"advanced.theme"};
  EXPECT_TRUE(Apply());
  EXPECT_FALSE(spec.advanced.contains("users"));
  EXPECT_TRUE(spec.advanced.contains("theme"));
}

TEST_F(ApplyDerivedTest, ParametersOfTheOperatorAreNotRemoved) {
  spec.advanced["mine"] = Value(1);
  now.parameters["users"] = Value(6);
  EXPECT_TRUE(Apply());
  EXPECT_EQ(spec.advanced.at("mine"), Value(1));
}

TEST_F(ApplyDerivedTest, TheSameFigureInOtherWordsIsNoChange) {
  now.limits.cpu = Q("0.5");
  now.limits.memory = Q("524288Ki");
  EXPECT_FALSE(Apply());
  EXPECT_EQ(spec.limits.cpu->text(), "500m");
}

TEST_F(ApplyDerivedTest, AValueTheOperatorSetAlreadyIsNoChange) {
  spec.limits.cpu = Q("2");
  now.limits.cpu = Q("2");
  EXPECT_FALSE(Apply());
}

TEST_F(ApplyDerivedTest, ApplyingTwiceIsApplyingOnce) {
  now.limits.cpu = Q("2");
  now.parameters["users"] = Value(6);
  EXPECT_TRUE(Apply());
  EXPECT_FALSE(Apply());
}

}  // namespace
}  // namespace kl
