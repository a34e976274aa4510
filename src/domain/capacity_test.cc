#include "domain/capacity.h"

#include <gtest/gtest.h>

#include "domain/app_spec.h"

namespace kl {
namespace {

constexpr std::int64_t kMi = 1 << 20;

Capacity::Place At(int second, std::string name) {
  return {WallTime(std::chrono::seconds(second)), std::move(name)};
}
Amounts Memory(std::int64_t mi) { return {.memory_bytes = mi * kMi}; }

struct CapacityTest : ::testing::Test {
  Capacity capacity{{.cpu_millis = 4000, .memory_bytes = 256 * kMi, .storage_bytes = kUnlimited}};
};

TEST_F(CapacityTest, WhatFitsIsPromised) {
  EXPECT_FALSE(capacity.Ask(At(1, "a"), Memory(100)));
  EXPECT_FALSE(capacity.Ask(At(2, "b"), Memory(156)));
  EXPECT_EQ(capacity.promised(), Memory(256));
  EXPECT_EQ(capacity.waiting(), 0U);
}

TEST_F(CapacityTest, WhatDoesNotFitWaitsAndSaysWhatIsMissing) {
  capacity.Insist("a", Memory(200));
  const auto shortage = capacity.Ask(At(2, "b"), Memory(64));
  ASSERT_TRUE(shortage);
  EXPECT_EQ(shortage->resource, "memory");
  EXPECT_EQ(shortage->needed, 64 * kMi);
  EXPECT_EQ(shortage->left, 56 * kMi);
  EXPECT_FALSE(shortage->behind);
  EXPECT_EQ(shortage->message, "needs 64Mi of memory, 56Mi of 256Mi is not promised to others");
  EXPECT_EQ(capacity.waiting(), 1U);
  EXPECT_EQ(capacity.promised(), Memory(200));
}

TEST_F(CapacityTest, FirstInFirstOut) {
  capacity.Insist("a", Memory(250));
  ASSERT_TRUE(capacity.Ask(At(3, "late"), Memory(64)));
  ASSERT_TRUE(capacity.Ask(At(2, "early"), Memory(200)));
  capacity.TurnsCome();
  capacity.Drop("a");
  EXPECT_EQ(capacity.TurnsCome(), std::vector<std::string>{"early"});
  const auto overtaking = capacity.Ask(At(3, "late"), Memory(64));
  ASSERT_TRUE(overtaking);
  EXPECT_TRUE(overtaking->behind);
  EXPECT_FALSE(capacity.Ask(At(2, "early"), Memory(200)));
  EXPECT_TRUE(capacity.TurnsCome().empty()) << "56Mi are left";
  capacity.Drop("early");
  EXPECT_EQ(capacity.TurnsCome(), std::vector<std::string>{"late"});
  EXPECT_TRUE(capacity.TurnsCome().empty()) << "nothing has changed since";
}

TEST_F(CapacityTest, WhoDelaysNobodyMayStartEarlier) {
  capacity.Insist("a", {.cpu_millis = 4000, .memory_bytes = 100 * kMi});
  ASSERT_TRUE(capacity.Ask(At(1, "cpu"), {.cpu_millis = 100, .memory_bytes = 100 * kMi}));
  EXPECT_FALSE(capacity.Ask(At(2, "small"), Memory(56)));
  EXPECT_TRUE(capacity.Ask(At(3, "too much"), Memory(1)));
}

TEST_F(CapacityTest, WhatCanNeverFitHoldsNobodyUp) {
  const auto shortage = capacity.Ask(At(1, "whale"), Memory(257));
  ASSERT_TRUE(shortage);
  EXPECT_TRUE(shortage->never);
  EXPECT_FALSE(capacity.Ask(At(2, "b"), Memory(256)));
  EXPECT_EQ(capacity.waiting(), 1U);
  capacity.Drop("b");
  EXPECT_TRUE(capacity.TurnsCome().empty());
}

TEST_F(CapacityTest, GrowthAsksForTheDifference) {
  capacity.Insist("a", Memory(128));
  capacity.Insist("b", Memory(64));
  EXPECT_FALSE(capacity.Ask(At(1, "a"), Memory(192)));
  const auto shortage = capacity.Ask(At(1, "b"), Memory(128));
  ASSERT_TRUE(shortage);
  EXPECT_EQ(shortage->needed, 64 * kMi);
  EXPECT_EQ(capacity.promised(), Memory(256)) << "what it has it keeps";
  EXPECT_FALSE(capacity.Ask(At(1, "a"), Memory(100)));
  EXPECT_EQ(capacity.TurnsCome(), std::vector<std::string>{"b"});
}

TEST_F(CapacityTest, WhatNeedsNothingMoreIsAdmittedThoughMoreIsPromisedThanThereIs) {
  capacity.Insist("a", Memory(1000));
  EXPECT_FALSE(capacity.Ask(At(1, "a"), Memory(1000)));
  EXPECT_FALSE(capacity.Ask(At(2, "unlimited"), {}));
  EXPECT_TRUE(capacity.Ask(At(3, "b"), Memory(1)));
  EXPECT_EQ(capacity.RoomFor(Memory(1)), 0);
}

TEST_F(CapacityTest, ExpectedOnesKeepTheirPlace) {
  capacity.Expect(At(1, "early"), Memory(200));
  const auto shortage = capacity.Ask(At(2, "late"), Memory(100));
  ASSERT_TRUE(shortage);
  EXPECT_TRUE(shortage->behind);
  capacity.Leave("early");
  EXPECT_EQ(capacity.TurnsCome(), std::vector<std::string>{"late"});
}

TEST_F(CapacityTest, RoomIsWhatIsLeftAfterWhoWaits) {
  EXPECT_EQ(capacity.RoomFor(Memory(64)), 4);
  EXPECT_EQ(capacity.RoomFor({.cpu_millis = 1500, .memory_bytes = 64 * kMi}), 2);
  EXPECT_EQ(capacity.RoomFor({.storage_bytes = 1 << 30}), std::nullopt);
  capacity.Insist("a", Memory(150));
  EXPECT_EQ(capacity.RoomFor(Memory(64)), 1);
  ASSERT_TRUE(capacity.Ask(At(1, "b"), Memory(110)));
  EXPECT_EQ(capacity.RoomFor(Memory(1)), 0);
}

TEST_F(CapacityTest, AWarningComesBeforeItIsFull) {
  EXPECT_FALSE(IsNearlyFull(1000, 799, 80));
  EXPECT_TRUE(IsNearlyFull(1000, 800, 80));
  EXPECT_FALSE(IsNearlyFull(kUnlimited, 1LL << 50, 80));
}

TEST(Amounts, AreTheSumOfTheMembersLimits) {
  AppSpec spec;
  spec.storage_bytes = 5;
  spec.members = {{.cpu_millis = 250, .memory_bytes = 10},
                  {.memory_bytes = 20, .cpu_reserved_millis = 100, .memory_reserved_bytes = 7},
                  {.memory_reserved_bytes = 3}};
  EXPECT_EQ(AmountsOf(spec), (Amounts{.cpu_millis = 350, .memory_bytes = 33, .storage_bytes = 5}));
}

TEST(Amounts, AreShownForAPerson) {
  EXPECT_EQ(Show(kResources[0], 1500), "1500m");
  EXPECT_EQ(Show(kResources[1], 64 * kMi + 5), "64Mi");
  EXPECT_EQ(Show(kResources[1], -3 * kMi), "-3Mi");
  EXPECT_EQ(Show(kResources[2], kUnlimited), "unlimited");
}

}  // namespace
}  // namespace kl
