// What time does.
#include "sim/chargebee/model/due.h"
#include "sim/chargebee/model/site_fixture.h"

namespace kl::chargebee_sim {
namespace {

using enum SubscriptionStatus;
using testing::ElementsAre;
using testing::IsSupersetOf;

class DueTest : public SiteFixture {};

TEST_F(DueTest, NothingIsDueOfOneThatIsOver) {
  Subscription s;
  s.next_billing_at = 10;
  EXPECT_EQ(NextDue(s)->at, 10);
  s.deleted = true;
  EXPECT_FALSE(NextDue(s));
  s.deleted = false;
  s.status = kCancelled;
  EXPECT_FALSE(NextDue(s));
}

TEST_F(DueTest, APauseAtTheEndOfTheTermComesBeforeTheRenewal) {
  Subscription s;
  s.next_billing_at = s.pause_date = 10;
  EXPECT_EQ(NextDue(s)->kind, DueKind::kPause);
}

TEST_F(DueTest, RenewalsFollowTheCalendarHoweverFarTheClockJumps) {
  const Subscription* s = Buy();
  NewEvents();
  site_.Advance(std::chrono::hours(24) * 366);
  EXPECT_EQ(s->status, kActive);
  EXPECT_EQ(*s->current_term_start, kStart + 365 * kDay);
  auto types = NewEvents();
  EXPECT_EQ(std::count(types.begin(), types.end(), "subscription_renewed"), 12);
  Seconds before = 0;
  for (const Event& event : site_.events()) {
    EXPECT_GE(event.occurred_at, before);
    before = event.occurred_at;
  }
}

TEST_F(DueTest, ATrialEndsInAPaidTerm) {
  const Subscription* s = Buy({.trial_end = kStart + kDay});
  EXPECT_EQ(s->status, kInTrial);
  EXPECT_THAT(NewEvents(), ElementsAre("customer_created", "subscription_created"));
  Days(2);
  EXPECT_EQ(s->status, kActive);
  EXPECT_EQ(s->activated_at, kStart + kDay);
  EXPECT_THAT(NewEvents(),
              ElementsAre("subscription_activated", "invoice_generated", "payment_succeeded"));
}

TEST_F(DueTest, ATrialWithoutACardIsCancelled) {
  NewSubscription wanted{.trial_end = kStart + kDay};
  wanted.items.push_back({"starter-USD-monthly"});
  const Subscription* s = *site_.Create(std::move(wanted), api_);
  Days(2);
  EXPECT_EQ(s->status, kCancelled);
  EXPECT_EQ(s->cancel_reason, "no_card");
}

TEST_F(DueTest, ATrialMayBeSetToEndInCancellation) {
  const Subscription* s = Buy({.trial_end = kStart + kDay, .cancel_at_trial_end = true});
  Days(2);
  EXPECT_EQ(s->status, kCancelled);
  EXPECT_EQ(s->cancel_reason, "");
}

TEST_F(DueTest, AFutureSubscriptionStartsOnItsDay) {
  const Subscription* s = Buy({.start_date = kStart + 3 * kDay});
  EXPECT_EQ(s->status, kFuture);
  Days(2);
  EXPECT_EQ(s->status, kFuture);
  NewEvents();
  Days(2);
  EXPECT_EQ(s->status, kActive);
  EXPECT_EQ(s->started_at, kStart + 3 * kDay);
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_started"));
}

TEST_F(DueTest, AFailingCardIsDunnedAndThenCancelled) {
  NewSubscription wanted;
  wanted.customer.card = Card::kFailsAtRenewal;
  const Subscription* s = Buy(std::move(wanted));
  Days(32);
  EXPECT_EQ(s->status, kActive) << "an unpaid invoice must not change the status";
  ASSERT_TRUE(s->dunning);
  EXPECT_THAT(NewEvents(), IsSupersetOf({"subscription_renewed", "payment_failed"}));
  Days(14);
  EXPECT_EQ(s->status, kCancelled);
  EXPECT_EQ(s->cancel_reason, "not_paid");
  EXPECT_EQ(site_.events().back().source, "scheduled_job");
}

TEST_F(DueTest, AnotherCardEndsDunning) {
  NewSubscription wanted;
  wanted.customer.card = Card::kFailsAtRenewal;
  const Subscription* s = Buy(std::move(wanted));
  Days(32);
  NewEvents();
  ASSERT_TRUE(site_.SetCard(s->customer_id, Card::kValid, {"portal"}));
  EXPECT_FALSE(s->dunning);
  EXPECT_THAT(NewEvents(), ElementsAre("customer_changed", "payment_succeeded"));
  Days(60);
  EXPECT_EQ(s->status, kActive);
}

TEST_F(DueTest, ReactivatingAfterDunningKeepsTheTermAndChargesNothing) {
  NewSubscription wanted;
  wanted.customer.card = Card::kFailsAtRenewal;
  const Subscription* s = Buy(std::move(wanted));
  Days(45);
  ASSERT_EQ(s->status, kCancelled);
  const auto term_end = s->current_term_end;
  NewEvents();
  ASSERT_TRUE(site_.Reactivate(s->id, {}, api_));
  EXPECT_EQ(s->current_term_end, term_end);
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_reactivated"));
}

TEST_F(DueTest, AScheduledChangeHappensAtItsTime) {
  const Subscription* s = Buy();
  SubscriptionUpdate change;
  change.items.push_back({"team-USD-monthly"});
  change.changes_scheduled_at = kStart + kDay;
  ASSERT_TRUE(site_.Update(s->id, change, api_));
  EXPECT_TRUE(s->scheduled_change);
  EXPECT_EQ(s->items.front().item_price_id, "starter-USD-monthly");
  NewEvents();
  Days(2);
  EXPECT_FALSE(s->scheduled_change);
  EXPECT_EQ(s->items.front().item_price_id, "team-USD-monthly");
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_changed"));
}

TEST_F(DueTest, RealTimePassesToo) {
  const Subscription* s = Buy({.trial_end = kStart + 10});
  site_.RunDue();
  EXPECT_EQ(s->status, kInTrial);
  time_ += std::chrono::seconds(10);
  site_.RunDue();
  EXPECT_EQ(s->status, kActive);
}

}  // namespace
}  // namespace kl::chargebee_sim
