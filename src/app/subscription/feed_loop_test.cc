#include "app/subscription/feed_loop.h"

#include "app/app_fixture.h"

namespace kl::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct FeedTest : AppFixture {
  IntakeService intake{loop, webhook, hints, history};
  std::unique_ptr<FeedLoop> feed;

  void Start() {
    feed = std::make_unique<FeedLoop>(
        FeedLoop::Deps{loop, random, provider, provider, hints, intake, records, marks, settings});
    feed->Start();
    loop.RunReady();
  }
  void Deliver() {
    ASSERT_TRUE(loop.Run(intake.Receive(testing::FakeIntake::Headers(), intake.Path(),
                                        testing::FakeIntake::BodyOf(provider.events().back()))));
  }
  void PutAllAway() {
    for (const PendingHint& hint : Waiting()) ASSERT_TRUE(loop.Run(hints.Done(hint.ticket)));
  }
  // The record as the subscription loop leaves it after it decided on what is there now.
  void DecideOn(const std::string& id) {
    Subscription record = RecordOf(id);
    if (const auto kept = subscriptions.objects().find(record.meta.name);
        kept != subscriptions.objects().end()) {
      record = kept->second;
    }
    record.status.observed = *provider.Truth(id);
    record.status.observed_digest = ContentDigest(*provider.Truth(id), {});
    if (record.meta.version == 0) {
      ASSERT_TRUE(loop.Run(subscriptions.PutSpec(record)));
    } else {
      ASSERT_TRUE(loop.Run(subscriptions.PutStatus(record)));
    }
  }
  // Hints a sweep left for ids, after one that was asked for.
  std::vector<std::string> SweptUp() {
    PutAllAway();
    feed->SweepNow();
    loop.RunReady();
    std::vector<std::string> ids;
    for (const PendingHint& hint : Waiting()) ids.push_back(hint.hint.id);
    return ids;
  }
  Site::Status Mark() const { return sites.objects().begin()->second.status; }
};

TEST_F(FeedTest, WithoutWebhooksEveryEventIsFoundWithinThePollInterval) {
  Start();
  Buy("Sub1");
  loop.RunFor(settings.poll_without_webhook);
  ASSERT_EQ(Waiting().size(), 1u);
  EXPECT_EQ(Waiting().front().hint.id, "Sub1");
  EXPECT_EQ(Kept("events").size(), 1u);
}

TEST_F(FeedTest, EventsFoundByPollingDoNotSlowThePollingDown) {
  Start();
  Buy("Sub1");
  loop.RunFor(settings.poll_without_webhook);
  ASSERT_EQ(Kept("events").size(), 1u);
  Buy("Sub2");
  loop.RunFor(settings.poll_without_webhook);
  EXPECT_EQ(Kept("events").size(), 2u) << "no webhook ever came";
}

TEST_F(FeedTest, WhileWebhooksComeThePollingIsSlowAndFastAgainAfterAnHour) {
  Start();
  Buy("Sub1");
  Deliver();
  loop.RunFor(settings.poll_without_webhook);
  const int before = provider.calls("changes");
  loop.RunFor(minutes(50));
  EXPECT_LE(provider.calls("changes") - before, 50 / 5 + 1);
  loop.RunFor(minutes(20));
  const int after = provider.calls("changes");
  loop.RunFor(minutes(10));
  EXPECT_GE(provider.calls("changes") - after, 10 * 60 / 15 - 1);
}

TEST_F(FeedTest, AnEventThatCameAsWebhookTooIsKeptOnce) {
  Start();
  Buy("Sub1");
  Deliver();
  loop.RunFor(minutes(10));
  EXPECT_EQ(Mark().events_cursor, "1");
  EXPECT_EQ(Kept("events").size(), 1u);
}

TEST_F(FeedTest, PagesAreReadWithoutWaitingBetween) {
  Start();
  for (int i = 0; i < 250; ++i) Buy("sub" + std::to_string(i));
  loop.RunFor(settings.poll_without_webhook);
  EXPECT_EQ(Mark().events_cursor, "250");
  EXPECT_EQ(hints.size(), 250u);
}

TEST_F(FeedTest, TheCursorMovesOnlyAfterTheEventsAreDurable) {
  int checked = 0;
  gate.hook = [&](std::string_view call, testing::CallGate::Moment moment) {
    if (moment == testing::CallGate::Moment::kAfter && call == "store.put_status") {
      const std::string cursor = sites.objects().begin()->second.status.events_cursor;
      const std::size_t events = cursor.empty() ? 0 : std::stoul(cursor);
      EXPECT_GE(hints.size(), events);
      checked += events > 0;
    }
    return true;
  };
  Start();
  for (int i = 0; i < 150; ++i) Buy("sub" + std::to_string(i));
  loop.RunFor(settings.poll_without_webhook);
  gate.hook = nullptr;
  EXPECT_GE(checked, 2);
}

// Invariant 4 for the polled: killed anywhere, the next process reads again what is not durable.
TEST_F(FeedTest, KilledBetweenAnyTwoCallsNoEventIsLost) {
  for (int calls = 1; calls < 60; ++calls) {
    const std::string id = "sub" + std::to_string(calls);
    Buy(id);
    int left = calls;
    gate.hook = [&left](std::string_view, testing::CallGate::Moment) { return --left > 0; };
    Start();
    loop.RunFor(settings.poll_without_webhook);
    feed.reset();
    gate.hook = nullptr;
    Start();
    loop.RunFor(settings.poll_without_webhook);
    EXPECT_TRUE(hints.Waits({.kind = HintKind::kSubscription,
                             .provider = provider.Name(),
                             .site = provider.SiteName(),
                             .id = id}))
        << "killed at call " << calls;
    feed.reset();
    PutAllAway();
  }
}

TEST_F(FeedTest, AFailureIsShownAndThePollingGoesOnWhenItIsOver) {
  Start();
  provider.faults.down = true;
  Buy("Sub1");
  loop.RunFor(minutes(2));
  ASSERT_TRUE(feed->last_error());
  EXPECT_EQ(feed->last_error()->kind, ErrorKind::kUnavailable);
  provider.faults.down = false;
  loop.RunFor(minutes(20));
  EXPECT_FALSE(feed->last_error());
  EXPECT_EQ(Kept("events").size(), 1u);
}

TEST_F(FeedTest, AFailingProviderIsAskedEverMoreRarely) {
  provider.faults.down = true;
  Start();
  loop.RunFor(hours(1));
  const int first = provider.calls("changes");
  EXPECT_LT(first, 60 * 60 / 15);
  EXPECT_GT(first, 5) << "it does not give up";
}

TEST_F(FeedTest, AJumpOfTheWallClockIsTold) {
  for (const Duration jump : {Duration(hours(24 * 365 * 10)), Duration(-hours(3))}) {
    Start();
    loop.RunFor(minutes(5));
    EXPECT_FALSE(feed->clock_jumped());
    loop.JumpWall(jump);
    loop.RunFor(minutes(5));
    EXPECT_TRUE(feed->clock_jumped());
    feed.reset();
  }
}

TEST_F(FeedTest, ASmallCorrectionOfTheClockIsNoJump) {
  Start();
  loop.JumpWall(minutes(30));
  loop.RunFor(minutes(10));
  loop.JumpWall(-minutes(30));
  loop.RunFor(hours(5));
  EXPECT_FALSE(feed->clock_jumped());
}

TEST_F(FeedTest, TheSweepFindsWhatHasNoRecord) {
  Buy("Sub1");
  Start();
  EXPECT_EQ(SweptUp(), (std::vector<std::string>{"Sub1"}));
  EXPECT_TRUE(Mark().swept_at);
}

TEST_F(FeedTest, TheSweepComparesContentAndNotTheVersion) {
  Buy("Sub1");
  Buy("Sub2");
  DecideOn("Sub1");
  DecideOn("Sub2");
  Start();
  EXPECT_TRUE(SweptUp().empty());
  // Another version of the same content is no difference ...
  provider.Change("Sub1", "subscription_changed", [](BillingSubscription&) {});
  EXPECT_TRUE(SweptUp().empty());
  // ... and other content under the version that was decided on is one.
  Subscription record = Stored("Sub2");
  record.status.observed_digest =
      ContentDigest(BillingSubscription{.key = record.spec.key, .raw_status = "in_trial"}, {});
  ASSERT_TRUE(loop.Run(subscriptions.PutStatus(record)));
  EXPECT_EQ(SweptUp(), (std::vector<std::string>{"Sub2"}));
}

TEST_F(FeedTest, AStateThatNoEventToldOfIsSweptUp) {
  Buy("Sub1");
  DecideOn("Sub1");
  Start();
  provider.Change("Sub1", "subscription_cancelled",
                  [](BillingSubscription& s) { s.state = BillingState::kCancelled; });
  EXPECT_EQ(SweptUp(), (std::vector<std::string>{"Sub1"}));
}

TEST_F(FeedTest, AnEmptySweepLeavesNoHint) {
  Buy("Sub1");
  DecideOn("Sub1");
  Start();
  provider.faults.empty_list = 1;
  EXPECT_TRUE(SweptUp().empty());
}

TEST_F(FeedTest, AnInterruptedSweepGoesOnWhereItWas) {
  for (int i = 100; i < 350; ++i) Buy("sub" + std::to_string(i));
  int sweeps = 0;
  gate.hook = [&](std::string_view call, testing::CallGate::Moment moment) {
    if (moment == testing::CallGate::Moment::kBefore && call == "provider.sweep") {
      provider.faults.down = ++sweeps == 2;
    }
    return true;
  };
  Start();
  EXPECT_EQ(Mark().sweep_cursor, "sub199");
  EXPECT_FALSE(Mark().swept_at);
  loop.RunFor(minutes(10));
  gate.hook = nullptr;
  EXPECT_TRUE(Mark().swept_at);
  EXPECT_EQ(Mark().sweep_cursor, "");
  EXPECT_EQ(sweeps, 4) << "no page is read twice but the one that failed";
}

TEST_F(FeedTest, TheSweepComesAgainEveryDay) {
  Start();
  loop.RunFor(settings.sweep_every * 3 + minutes(1));
  EXPECT_EQ(provider.calls("sweep"), 4);
}

}  // namespace
}  // namespace kl::app
