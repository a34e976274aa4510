// The state machine as a table: every operation from every status.
#include <functional>

#include "sim/chargebee/model/site_fixture.h"

namespace kl::chargebee_sim {
namespace {

using enum SubscriptionStatus;
using testing::ElementsAre;

class LifecycleTest : public SiteFixture {
 protected:
  // A fresh subscription in the wanted status.
  std::string In(SubscriptionStatus status) {
    NewSubscription wanted;
    if (status == kFuture) wanted.start_date = site_.now() + 5 * kDay;
    if (status == kInTrial) wanted.trial_end = site_.now() + 5 * kDay;
    const std::string id = Buy(std::move(wanted))->id;
    if (status == kNonRenewing) {
      (void)site_.Cancel(id, {.when = Cancellation::When::kEndOfTerm}, api_);
    }
    if (status == kPaused) (void)site_.Pause(id, {}, api_);
    if (status == kCancelled) (void)site_.Cancel(id, {}, api_);
    EXPECT_EQ(site_.FindSubscription(id)->status, status);
    NewEvents();
    return id;
  }
};

struct Step {
  SubscriptionStatus from;
  std::optional<SubscriptionStatus> to;  // nothing = 409
};

struct Operation {
  const char* name;
  const char* event;
  std::function<Site::Updated(Site&, const std::string&)> run;
  std::vector<Step> steps;
};

const Origin kBy;

std::vector<Operation> Table() {
  return {
      {"cancel now",
       "subscription_cancelled",
       [](Site& s, const std::string& id) { return s.Cancel(id, {}, kBy); },
       {{kFuture, kCancelled},
        {kInTrial, kCancelled},
        {kActive, kCancelled},
        {kNonRenewing, kCancelled},
        {kPaused, kCancelled},
        {kCancelled, {}}}},
      {"cancel at end of term",
       "subscription_cancellation_scheduled",
       [](Site& s, const std::string& id) {
         return s.Cancel(id, {.when = Cancellation::When::kEndOfTerm}, kBy);
       },
       {{kFuture, {}},
        {kInTrial, kInTrial},
        {kActive, kNonRenewing},
        {kNonRenewing, {}},
        {kPaused, {}},
        {kCancelled, {}}}},
      {"remove the cancellation",
       "subscription_scheduled_cancellation_removed",
       [](Site& s, const std::string& id) { return s.RemoveScheduledCancellation(id, kBy); },
       {{kFuture, {}},
        {kInTrial, {}},
        {kActive, {}},
        {kNonRenewing, kActive},
        {kPaused, {}},
        {kCancelled, {}}}},
      {"pause",
       "subscription_paused",
       [](Site& s, const std::string& id) { return s.Pause(id, {}, kBy); },
       {{kFuture, {}},
        {kInTrial, {}},
        {kActive, kPaused},
        {kNonRenewing, {}},
        {kPaused, {}},
        {kCancelled, {}}}},
      {"resume",
       "subscription_resumed",
       [](Site& s, const std::string& id) { return s.Resume(id, {}, kBy); },
       {{kFuture, {}},
        {kInTrial, {}},
        {kActive, {}},
        {kNonRenewing, {}},
        {kPaused, kActive},
        {kCancelled, {}}}},
      {"reactivate",
       "subscription_reactivated",
       [](Site& s, const std::string& id) { return s.Reactivate(id, {}, kBy); },
       {{kFuture, {}},
        {kInTrial, {}},
        {kActive, {}},
        {kNonRenewing, {}},
        {kPaused, {}},
        {kCancelled, kActive}}},
      {"delete",
       "subscription_deleted",
       [](Site& s, const std::string& id) { return s.Delete(id, kBy); },
       {{kFuture, kFuture},
        {kInTrial, kInTrial},
        {kActive, kActive},
        {kNonRenewing, kNonRenewing},
        {kPaused, kPaused},
        {kCancelled, kCancelled}}},
  };
}

TEST_F(LifecycleTest, EveryOperationFromEveryStatus) {
  for (const Operation& operation : Table()) {
    ASSERT_EQ(operation.steps.size(), 6u) << operation.name;
    for (const Step& step : operation.steps) {
      SCOPED_TRACE(std::string(operation.name) + " from " + std::string(StatusName(step.from)));
      const std::string id = In(step.from);
      const auto version = site_.FindSubscription(id)->resource_version;
      auto done = operation.run(site_, id);
      const Subscription& after = *site_.FindSubscription(id);
      if (!step.to) {
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, "invalid_state_for_request");
        EXPECT_EQ(after.status, step.from);
        EXPECT_EQ(after.resource_version, version) << "a refused call changed something";
        EXPECT_THAT(NewEvents(), ElementsAre());
        continue;
      }
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_EQ(after.status, *step.to);
      EXPECT_GT(after.resource_version, version);
      EXPECT_THAT(NewEvents(), ElementsAre(operation.event));
    }
  }
}

TEST_F(LifecycleTest, ADeletedSubscriptionIsFoundByNoOperation) {
  const std::string id = In(kActive);
  ASSERT_TRUE(site_.Delete(id, api_));
  for (const Operation& operation : Table()) {
    auto done = operation.run(site_, id);
    ASSERT_FALSE(done) << operation.name;
    EXPECT_EQ(done.error().status, 404) << operation.name;
  }
}

TEST_F(LifecycleTest, CancellingAtTheEndKeepsItRunningUntilThen) {
  const std::string id = In(kNonRenewing);
  const Subscription& s = *site_.FindSubscription(id);
  EXPECT_EQ(s.cancelled_at, s.current_term_end);
  EXPECT_FALSE(s.next_billing_at);
  Days(32);
  EXPECT_EQ(s.status, kCancelled);
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_cancelled"));
}

TEST_F(LifecycleTest, ACancelledTrialRunsToItsEnd) {
  const std::string id = In(kInTrial);
  ASSERT_TRUE(site_.Cancel(id, {.when = Cancellation::When::kEndOfTerm}, api_));
  const Subscription& s = *site_.FindSubscription(id);
  EXPECT_EQ(s.cancelled_at, s.trial_end);
  Days(6);
  EXPECT_EQ(s.status, kCancelled);
}

TEST_F(LifecycleTest, ATrialMayEndBeforeItsEnd) {
  const std::string id = In(kInTrial);
  ASSERT_TRUE(site_.Cancel(id, {.when = Cancellation::When::kAt, .at = site_.now() + kDay}, api_));
  Days(2);
  EXPECT_EQ(site_.FindSubscription(id)->status, kCancelled);
}

TEST_F(LifecycleTest, APauseMayBePlannedAndEndsByItself) {
  const std::string id = In(kActive);
  ASSERT_TRUE(site_.Pause(id,
                          {.when = PauseRequest::When::kAt,
                           .at = site_.now() + kDay,
                           .resume_at = site_.now() + 3 * kDay},
                          api_));
  const Subscription& s = *site_.FindSubscription(id);
  EXPECT_EQ(s.status, kActive);
  Days(2);
  EXPECT_EQ(s.status, kPaused);
  Days(2);
  EXPECT_EQ(s.status, kActive);
  EXPECT_FALSE(s.pause_date);
  EXPECT_EQ(s.next_billing_at, s.current_term_end) << "a pause inside the term charged again";
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_pause_scheduled", "subscription_paused",
                                       "subscription_resumed"));
}

TEST_F(LifecycleTest, TimesInThePastAreRefused) {
  const std::string id = In(kActive);
  auto cancelled = site_.Cancel(id, {.when = Cancellation::When::kAt, .at = 5}, api_);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().param, "cancel_at");
  auto paused = site_.Pause(id, {.when = PauseRequest::When::kNow, .resume_at = 5}, api_);
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().param, "resume_date");
}

TEST_F(LifecycleTest, ReactivatingMayBeginATrial) {
  const std::string id = In(kCancelled);
  ASSERT_TRUE(site_.Reactivate(id, site_.now() + kDay, api_));
  EXPECT_EQ(site_.FindSubscription(id)->status, kInTrial);
  EXPECT_FALSE(site_.FindSubscription(id)->cancelled_at);
}

}  // namespace
}  // namespace kl::chargebee_sim
