#include "domain/conditions.h"

#include <gtest/gtest.h>

namespace kl {
namespace {

constexpr WallTime kThen{std::chrono::hours(1)};
constexpr WallTime kNow{std::chrono::hours(2)};

struct ConditionsTest : ::testing::Test {
  std::vector<Condition> conditions = {{"Ready", false, "Starting", "pulling", kThen},
                                       {"Paused", true, "Suspended", "", kThen}};
  const Condition& ready() const { return *FindCondition(conditions, "Ready"); }
};

TEST_F(ConditionsTest, ANewTypeIsAdded) {
  EXPECT_TRUE(SetCondition(conditions, {"Matched", true, "MatchedPlan", "", kNow}));
  EXPECT_EQ(conditions.size(), 3u);
  EXPECT_EQ(FindCondition(conditions, "Matched")->since, kNow);
}

TEST_F(ConditionsTest, AnEqualOneChangesNothing) {
  const auto before = conditions;
  EXPECT_FALSE(SetCondition(conditions, {"Ready", false, "Starting", "pulling", kNow}));
  EXPECT_EQ(conditions, before);
}

TEST_F(ConditionsTest, AnotherMessageKeepsTheTime) {
  EXPECT_TRUE(SetCondition(conditions, {"Ready", false, "Starting", "starting", kNow}));
  EXPECT_EQ(ready().message, "starting");
  EXPECT_EQ(ready().since, kThen);
}

TEST_F(ConditionsTest, AnotherReasonOrStatusMovesTheTime) {
  EXPECT_TRUE(SetCondition(conditions, {"Ready", false, "Unhealthy", "pulling", kNow}));
  EXPECT_EQ(ready().since, kNow);
  const WallTime later = kNow + std::chrono::hours(1);
  EXPECT_TRUE(SetCondition(conditions, {"Ready", true, "Unhealthy", "pulling", later}));
  EXPECT_EQ(ready().since, later);
  EXPECT_TRUE(ready().status);
  EXPECT_EQ(conditions.size(), 2u);
}

TEST_F(ConditionsTest, RemovalSaysWhetherItWasThere) {
  EXPECT_TRUE(RemoveCondition(conditions, "Ready"));
  EXPECT_FALSE(RemoveCondition(conditions, "Ready"));
  EXPECT_EQ(FindCondition(conditions, "Ready"), nullptr);
  EXPECT_NE(FindCondition(conditions, "Paused"), nullptr);
}

}  // namespace
}  // namespace kl
