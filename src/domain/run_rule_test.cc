#include "domain/run_rule.h"

#include <gtest/gtest.h>

#include <map>

#include "domain/objects.h"

namespace kl {
namespace {

TEST(RunRuleTest, EveryStateHasItsVerdict) {
  const std::map<BillingState, RunVerdict> table = {
      {BillingState::kTrial, RunVerdict::kRun},
      {BillingState::kActive, RunVerdict::kRun},
      {BillingState::kEnding, RunVerdict::kRun},
      {BillingState::kPaused, RunVerdict::kStop},
      {BillingState::kCancelled, RunVerdict::kStop},
      {BillingState::kDeleted, RunVerdict::kStop},
      {BillingState::kFuture, RunVerdict::kNoChange},
      {BillingState::kTransferred, RunVerdict::kNoChange},
      {BillingState::kUnknown, RunVerdict::kNoChange},
  };
  for (const auto& [state, verdict] : table) {
    EXPECT_EQ(DecideRun(state), verdict) << BillingStateName(state);
  }
  EXPECT_EQ(table.size(), static_cast<std::size_t>(BillingState::kDeleted) + 1) << "all states";
}

TEST(RunRuleTest, AStateThatWasNotReadStopsNothing) {
  EXPECT_EQ(DecideRun(BillingSubscription{}.state), RunVerdict::kNoChange);
  EXPECT_EQ(DecideRun(static_cast<BillingState>(99)), RunVerdict::kNoChange);
}

TEST(StateNamesTest, EveryNameReadsBack) {
  for (int i = 0; i <= static_cast<int>(BillingState::kDeleted); ++i) {
    const auto state = static_cast<BillingState>(i);
    EXPECT_EQ(ParseBillingState(BillingStateName(state)), state);
  }
  for (int i = 0; i <= static_cast<int>(PublicationState::kNeedsPerson); ++i) {
    const auto state = static_cast<PublicationState>(i);
    EXPECT_EQ(ParsePublicationState(PublicationStateName(state)), state);
  }
  for (int i = 0; i <= static_cast<int>(SuspensionReason::kMigration); ++i) {
    const auto reason = static_cast<SuspensionReason>(i);
    EXPECT_EQ(ParseSuspensionReason(SuspensionReasonName(reason)), reason);
  }
}

TEST(StateNamesTest, OtherWordsAreNone) {
  for (const char* word : {"", "Active", "active ", "in_trial", "none?"}) {
    EXPECT_EQ(ParseBillingState(word), std::nullopt) << word;
    EXPECT_EQ(ParsePublicationState(word), std::nullopt) << word;
    EXPECT_EQ(ParseSuspensionReason(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace kl
