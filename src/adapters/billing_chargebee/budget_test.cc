#include "adapters/billing_chargebee/budget.h"

#include <gtest/gtest.h>

#include "ports/testing/sim_loop.h"

namespace kl::chargebee {
namespace {

using namespace std::chrono_literals;

class BudgetTest : public ::testing::Test {
 protected:
  static Task<void> Take(BudgetTest& test, Budget& budget, CallPriority priority) {
    co_await budget.Take(priority);
    test.served_.emplace_back(priority, test.loop_.Monotonic() - test.begun_);
  }
  void Ask(Budget& budget, CallPriority priority, int times = 1) {
    for (int i = 0; i < times; ++i) scope_.Spawn(Take(*this, budget, priority));
  }
  std::size_t ServedAfter(Duration time) {
    loop_.RunUntil(begun_ + time);
    return served_.size();
  }

  kl::testing::SimLoop loop_;
  MonoTime begun_ = loop_.Monotonic();
  std::vector<std::pair<CallPriority, Duration>> served_;
  TaskScope scope_{loop_};
};

TEST_F(BudgetTest, NoMoreThanTheRateInAnyMinute) {
  Budget budget(loop_, 10);
  Ask(budget, CallPriority::kHint, 25);
  EXPECT_EQ(ServedAfter(59s), 10u);
  EXPECT_EQ(budget.waiting(), 15u);
  EXPECT_EQ(ServedAfter(61s), 20u);
  EXPECT_EQ(ServedAfter(121s), 25u);
  EXPECT_EQ(budget.waiting(), 0u);
}

TEST_F(BudgetTest, TheWindowSlides) {
  Budget budget(loop_, 4);
  Ask(budget, CallPriority::kHint, 2);
  EXPECT_EQ(ServedAfter(40s), 2u);
  Ask(budget, CallPriority::kHint, 4);
  EXPECT_EQ(ServedAfter(59s), 4u);
  EXPECT_EQ(ServedAfter(61s), 6u);
}

TEST_F(BudgetTest, TheMoreUrgentGoesFirstWhoeverCameFirst) {
  Budget budget(loop_, 4);
  Ask(budget, CallPriority::kHint, 4);
  ServedAfter(1s);
  const CallPriority late[] = {CallPriority::kSweep,        CallPriority::kCursor,
                               CallPriority::kEntitlements, CallPriority::kHint,
                               CallPriority::kNewOrder,     CallPriority::kWriteBack};
  for (CallPriority priority : late) Ask(budget, priority);
  ServedAfter(200s);
  ASSERT_EQ(served_.size(), 10u);
  for (std::size_t i = 4; i < 10; ++i) EXPECT_EQ(served_[i].first, late[9 - i]) << i;
}

TEST_F(BudgetTest, SweepsGetAtMostAQuarterAndDoNotBlockOthers) {
  Budget budget(loop_, 20);
  Ask(budget, CallPriority::kSweep, 12);
  EXPECT_EQ(ServedAfter(1s), 5u);
  Ask(budget, CallPriority::kCursor, 15);
  EXPECT_EQ(ServedAfter(2s), 20u);
  EXPECT_EQ(ServedAfter(61s), 25u);
}

TEST_F(BudgetTest, AtTheSmallestRateASweepStillGoesOn) {
  Budget budget(loop_, 2);
  Ask(budget, CallPriority::kSweep, 2);
  EXPECT_EQ(ServedAfter(1s), 1u);
  EXPECT_EQ(ServedAfter(61s), 2u);
}

TEST_F(BudgetTest, ARefusalStopsEverythingForAsLongAsItSays) {
  Budget budget(loop_, 100);
  Ask(budget, CallPriority::kHint, 50);
  EXPECT_EQ(ServedAfter(1s), 50u);
  budget.Refused(30s);
  Ask(budget, CallPriority::kWriteBack);
  EXPECT_EQ(ServedAfter(30s), 50u);
  EXPECT_EQ(ServedAfter(62s), 51u);
}

// Somebody else used up the site's limit: an order waits for what the refusal says, not longer.
TEST_F(BudgetTest, ARefusalOfFewCallsDelaysNoLongerThanItSays) {
  Budget budget(loop_, 100);
  Ask(budget, CallPriority::kHint, 2);
  ServedAfter(1s);
  budget.Refused(5s);
  Ask(budget, CallPriority::kNewOrder);
  EXPECT_EQ(ServedAfter(5900ms), 2u);
  EXPECT_EQ(ServedAfter(6100ms), 3u);
}

TEST_F(BudgetTest, QuietTimeRaisesTheRateToo) {
  Budget budget(loop_, 150);
  Ask(budget, CallPriority::kHint, 100);
  ServedAfter(1s);
  budget.Refused(5s);
  ServedAfter(3600s);
  Ask(budget, CallPriority::kHint);
  ServedAfter(3601s);
  EXPECT_EQ(budget.rate(), 150);
}

TEST_F(BudgetTest, ARefusalTeachesALowerRateAndMinutesWithoutOneRaiseItAgain) {
  Budget budget(loop_, 150);
  Ask(budget, CallPriority::kHint, 100);
  EXPECT_EQ(ServedAfter(1s), 100u);
  budget.Refused(5s);
  EXPECT_EQ(budget.rate(), 90);
  for (int minute = 1; minute <= 3; ++minute) {
    Ask(budget, CallPriority::kHint);
    ServedAfter(1s + minute * 70s);
  }
  EXPECT_GT(budget.rate(), 90);
  for (int minute = 4; minute <= 30; ++minute) {
    Ask(budget, CallPriority::kHint);
    ServedAfter(1s + minute * 70s);
  }
  EXPECT_EQ(budget.rate(), 150);
}

TEST_F(BudgetTest, RefusalsNeverBringTheRateToNothing) {
  Budget budget(loop_, 150);
  for (int i = 0; i < 50; ++i) budget.Refused(0s);
  EXPECT_EQ(budget.rate(), 10);
}

TEST_F(BudgetTest, WithoutALimitNobodyWaitsButForARefusal) {
  Budget budget(loop_, 0);
  Ask(budget, CallPriority::kSweep, 500);
  EXPECT_EQ(ServedAfter(0s), 500u);
  budget.Refused(10s);
  Ask(budget, CallPriority::kHint);
  EXPECT_EQ(ServedAfter(9s), 500u);
  EXPECT_EQ(ServedAfter(11s), 501u);
  EXPECT_EQ(budget.rate(), 0);
}

TEST_F(BudgetTest, AWaiterThatWentAwayDoesNoHarm) {
  Budget budget(loop_, 1);
  Ask(budget, CallPriority::kHint);
  ServedAfter(1s);
  {
    TaskScope gone(loop_);
    gone.Spawn(Take(*this, budget, CallPriority::kHint));
    loop_.RunReady();
  }
  Ask(budget, CallPriority::kHint);
  EXPECT_EQ(ServedAfter(130s), 2u);
}

}  // namespace
}  // namespace kl::chargebee
