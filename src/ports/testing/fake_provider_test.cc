#include "ports/testing/fake_provider.h"

#include <gtest/gtest.h>

#include "ports/testing/sim_loop.h"

namespace kl::testing {
namespace {

using std::chrono::minutes;

struct ProviderTest : ::testing::Test {
  SimLoop loop;
  CallGate gate{loop};
  FakeProvider provider{gate};

  ProviderTest() { Create("a"); }
  void Create(const std::string& id) {
    provider.Create({.key = {.id = id}, .customer_id = "c1", .state = BillingState::kActive});
  }
  void Pause(const std::string& id) {
    provider.Change(id, "subscription_paused",
                    [](BillingSubscription& s) { s.state = BillingState::kPaused; });
  }
  auto Read(const std::string& id) {
    std::vector<std::string> ids = {id};
    return loop.Run(provider.Read(std::move(ids), CallPriority::kHint));
  }
  auto Publish(const std::string& value, const std::string& key) {
    return loop.Run(provider.PublishDomain("a", value, key));
  }
  int Effective(const std::string& value) const {
    const auto it = provider.effective_writes().find({"a", value});
    return it == provider.effective_writes().end() ? 0 : it->second;
  }
};

TEST_F(ProviderTest, ChangesAreReadAndVersionsGrow) {
  const auto before = Read("a");
  ASSERT_TRUE(before);
  Pause("a");
  const auto after = Read("a");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->found.at(0).state, BillingState::kPaused);
  EXPECT_GT(after->found.at(0).version, before->found.at(0).version);
}

TEST_F(ProviderTest, UnknownIdsAreAbsentAndIdsDifferInCase) {
  const auto read = Read("A");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->found.empty());
  EXPECT_EQ(read->absent, std::vector<std::string>{"A"});
}

TEST_F(ProviderTest, ADeletedOneIsAbsentInListsAndConfirmedDeleted) {
  provider.Delete("a");
  EXPECT_EQ(Read("a")->absent.size(), 1u);
  EXPECT_TRUE(loop.Run(provider.Sweep(""))->subscriptions.empty());
  const auto confirmed = loop.Run(provider.Confirm("a"));
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->found.at(0).state, BillingState::kDeleted);
  EXPECT_EQ(loop.Run(provider.OfCustomer("c1")).value(), std::vector<std::string>{"a"});
}

TEST_F(ProviderTest, AListLagsForAWhileAndASingleReadDoesNot) {
  Pause("a");
  provider.faults.lag = 1;
  for (int i = 0; i < 20; ++i) {
    const auto read = Read("a");
    ASSERT_TRUE(read);
    for (const auto& shown : read->found) EXPECT_EQ(shown.state, BillingState::kActive);
  }
  EXPECT_EQ(loop.Run(provider.Confirm("a"))->found.at(0).state, BillingState::kPaused);
  loop.RunFor(minutes(1));
  EXPECT_EQ(Read("a")->found.at(0).state, BillingState::kPaused);
}

TEST_F(ProviderTest, EveryChangeIsAnEventWithItsVersion) {
  std::vector<std::string> types;
  provider.on_event = [&](const ParsedEvent& event) {
    types.push_back(event.type);
    EXPECT_EQ(event.hints.at(0).version, provider.Truth("a")->version);
  };
  Pause("a");
  provider.SetEntitlements("a", {{"seats", "5"}});
  EXPECT_EQ(types,
            (std::vector<std::string>{"subscription_paused", "subscription_entitlements_updated"}));
  EXPECT_TRUE(provider.events().back().hints.at(0).entitlements);
}

TEST_F(ProviderTest, TheCursorGoesThroughAllEventsInPages) {
  FakeProvider small(gate, {.page = 2});
  for (const char* id : {"a", "b", "c", "d", "e"}) small.Create({.key = {.id = id}});
  std::vector<std::string> ids;
  std::string cursor;
  bool more = true;
  while (more) {
    const auto page = loop.Run(small.Changes(cursor));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->events.size(), page->bodies.size());
    for (const auto& event : page->events) ids.push_back(event.id);
    cursor = page->cursor;
    more = page->more;
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"ev_1", "ev_2", "ev_3", "ev_4", "ev_5"}));
  small.Create({.key = {.id = "f"}});
  EXPECT_EQ(loop.Run(small.Changes(cursor))->events.size(), 1u);
}

TEST_F(ProviderTest, TheSweepEndsAfterAFullPass) {
  FakeProvider small(gate, {.page = 2});
  for (const char* id : {"a", "b", "c"}) small.Create({.key = {.id = id}});
  const auto first = loop.Run(small.Sweep(""));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->subscriptions.size(), 2u);
  const auto second = loop.Run(small.Sweep(first->cursor));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->subscriptions.size(), 1u);
  EXPECT_EQ(second->cursor, "");
}

TEST_F(ProviderTest, AWriteIsCountedOnceHoweverOftenItIsRetried) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Publish("https://x", "key"));
  EXPECT_EQ(Effective("https://x"), 1);
  EXPECT_EQ(provider.events().size(), 2u) << "its echo comes once";
  EXPECT_TRUE(Publish("https://x", "other key"));
  EXPECT_EQ(Effective("https://x"), 1);
  EXPECT_EQ(provider.redundant_writes(), 1);
}

TEST_F(ProviderTest, ALostAnswerWasAWriteAllTheSame) {
  gate.answer_lost = 1;
  EXPECT_FALSE(Publish("https://x", "key"));
  EXPECT_EQ(Effective("https://x"), 1);
  EXPECT_EQ(provider.Truth("a")->domain, "https://x");
}

TEST_F(ProviderTest, AnAnnouncementBeforeTheHostAnsweredIsCounted) {
  bool answered = false;
  provider.has_answered = [&](const std::string&) { return answered; };
  EXPECT_TRUE(Publish("https://x", "1"));
  EXPECT_EQ(provider.early_announcements(), 1);
  answered = true;
  EXPECT_TRUE(Publish("https://y", "2"));
  EXPECT_EQ(provider.early_announcements(), 1);
}

TEST_F(ProviderTest, AWriteDeletesWhatWasScheduled) {
  provider.Schedule("a", [](BillingSubscription& s) { s.state = BillingState::kPaused; });
  EXPECT_TRUE(Read("a")->found.at(0).scheduled_changes);
  const auto written = Publish("https://x", "1");
  ASSERT_TRUE(written);
  EXPECT_FALSE(written->after.scheduled_changes);
  EXPECT_EQ(provider.lost_schedules(), 1);
  provider.ApplyScheduled("a");
  EXPECT_EQ(provider.Truth("a")->state, BillingState::kActive);
}

TEST_F(ProviderTest, AScheduledChangeHappensWhenItsTimeComes) {
  provider.Schedule("a", [](BillingSubscription& s) { s.state = BillingState::kPaused; });
  provider.ApplyScheduled("a");
  EXPECT_EQ(provider.Truth("a")->state, BillingState::kPaused);
  EXPECT_FALSE(Read("a")->found.at(0).scheduled_changes);
}

TEST_F(ProviderTest, FaultsAreTheKindsTheyWouldBe) {
  const auto kind = [&] { return Read("a").error().kind; };
  provider.faults = {.unavailable = 1};
  EXPECT_EQ(kind(), ErrorKind::kUnavailable);
  provider.faults = {.rate_limited = 1};
  EXPECT_EQ(kind(), ErrorKind::kRateLimited);
  provider.faults = {.down = true};
  EXPECT_EQ(kind(), ErrorKind::kUnavailable);
  provider.faults = {.wrong_key = true};
  EXPECT_EQ(kind(), ErrorKind::kUnauthenticated);
  provider.faults = {.field_missing = true};
  EXPECT_EQ(Publish("https://x", "1").error().field, "domain");
}

TEST_F(ProviderTest, AnotherSiteKnowsNothingAndAnEmptyListIsNoError) {
  provider.faults = {.other_site = true};
  EXPECT_EQ(Read("a")->absent.size(), 1u);
  EXPECT_TRUE(loop.Run(provider.Confirm("a"))->found.empty());
  EXPECT_TRUE(loop.Run(provider.Changes("0"))->events.empty());
  provider.faults = {.empty_list = 1};
  EXPECT_EQ(Read("a")->absent.size(), 1u);
  EXPECT_FALSE(loop.Run(provider.Confirm("a"))->found.empty());
}

TEST_F(ProviderTest, CallsAreCounted) {
  Read("a");
  Read("a");
  loop.Run(provider.Confirm("a"));
  EXPECT_EQ(provider.calls("read"), 2);
  EXPECT_EQ(provider.calls(), 3);
}

TEST_F(ProviderTest, TheIntakeKnowsTheProvidersEvents) {
  const FakeIntake intake(provider);
  const auto& event = provider.events().back();
  const auto parsed = intake.Parse(FakeIntake::BodyOf(event));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, event.id);
  EXPECT_EQ(parsed->hints.at(0).id, "a");
  EXPECT_FALSE(intake.Parse("{}"));
  EXPECT_FALSE(intake.Parse(R"({"id":"ev_99"})"));
  EXPECT_TRUE(intake.Verify(FakeIntake::Headers(), "/fake-webhook", ""));
  EXPECT_FALSE(intake.Verify({}, "/fake-webhook", ""));
}

}  // namespace
}  // namespace kl::testing
