#include "adapters/store_sqlite/hint_table.h"

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

class HintTableTest : public testing::DatabaseTest {
 protected:
  void SetUp() override { Open(); }

  static Hint About(const std::string& id, std::int64_t version = 0, std::string event = "") {
    return {.kind = HintKind::kSubscription,
            .provider = "stub",
            .site = "acme",
            .id = id,
            .version = version,
            .event_id = event,
            .event_type = event.empty() ? "" : "changed",
            .occurred = WallTime(Duration(version)),
            .trace = "trace-" + event};
  }
  void Add(std::vector<Hint> hints) { Must(db().hints().Add(std::move(hints))); }
  std::vector<PendingHint> Pending(std::string after = "", int limit = 100) {
    return Must(db().hints().Pending(std::move(after), limit));
  }
};

TEST_F(HintTableTest, AnAddedHintIsPendingUntilDone) {
  Add({About("one", 7, "ev_1")});
  auto pending = Pending();
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].hint.id, "one");
  EXPECT_EQ(pending[0].hint.version, 7);
  EXPECT_EQ(pending[0].hint.trace, "trace-ev_1");
  EXPECT_EQ(pending[0].events, (decltype(pending[0].events){{"ev_1", "changed"}}));
  Must(db().hints().Done(pending[0].ticket));
  EXPECT_TRUE(Pending().empty());
}

TEST_F(HintTableTest, AllFieldsComeBackAfterARestart) {
  Hint hint = About("a/b:c'\"", 9, "ev_9");
  hint.kind = HintKind::kCustomer;
  hint.entitlements = true;
  Add({hint});
  Open();
  const auto pending = Pending();
  ASSERT_EQ(pending.size(), 1U);
  const Hint& read = pending[0].hint;
  EXPECT_EQ(read.kind, HintKind::kCustomer);
  EXPECT_EQ(read.provider, "stub");
  EXPECT_EQ(read.site, "acme");
  EXPECT_EQ(read.id, hint.id);
  EXPECT_TRUE(read.entitlements);
  EXPECT_EQ(read.event_id, "ev_9");
  EXPECT_EQ(read.event_type, "changed");
  EXPECT_EQ(read.occurred, hint.occurred);
  Must(db().hints().Done(pending[0].ticket));
  EXPECT_TRUE(Pending().empty());
}

TEST_F(HintTableTest, HintsOfOneKeyAreMerged) {
  Hint entitlements = About("one", 3, "ev_3");
  entitlements.entitlements = true;
  Add({About("one", 5, "ev_1"), About("two", 1, "ev_2")});
  Add({entitlements});
  const auto pending = Pending();
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[0].hint.id, "two") << "the other key's newest hint came later";
  EXPECT_EQ(pending[1].hint.id, "one");
  EXPECT_EQ(pending[1].hint.version, 5);
  EXPECT_TRUE(pending[1].hint.entitlements);
  EXPECT_EQ(pending[1].hint.trace, "trace-ev_1");
  EXPECT_EQ(pending[1].events.size(), 2U);
}

TEST_F(HintTableTest, IdsThatDifferInCaseAreDifferent) {
  Add({About("sub"), About("SUB")});
  EXPECT_EQ(Pending().size(), 2U);
}

TEST_F(HintTableTest, OnlyTheLastTenEventsAreNamed) {
  for (int i = 1; i <= 12; ++i) Add({About("one", i, "ev_" + std::to_string(i))});
  const auto pending = Pending();
  ASSERT_EQ(pending.size(), 1U);
  ASSERT_EQ(pending[0].events.size(), 10U);
  EXPECT_EQ(pending[0].events.front().first, "ev_3");
  EXPECT_EQ(pending[0].events.back().first, "ev_12");
}

TEST_F(HintTableTest, WhatArrivesAfterTheTicketStays) {
  Add({About("one", 1, "ev_1")});
  const auto before = Pending();
  Add({About("one", 2, "ev_2")});
  Must(db().hints().Done(before[0].ticket));
  const auto after = Pending();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].hint.version, 2);
  EXPECT_EQ(after[0].events, (decltype(after[0].events){{"ev_2", "changed"}}));
}

TEST_F(HintTableTest, AnOldTicketNeverCoversANewHint) {
  Add({About("one", 1)});
  const auto pending = Pending();
  Must(db().hints().Done(pending[0].ticket));
  Open();
  Add({About("one", 2)});
  Must(db().hints().Done(pending[0].ticket));
  EXPECT_EQ(Pending().size(), 1U);
}

TEST_F(HintTableTest, UnknownTicketsAreNoError) {
  for (const char* ticket : {"", "nonsense", "1:2", "1:2:0:a", "x:1:0:a/b/c"}) {
    EXPECT_TRUE(Await(db().hints().Done(ticket))) << ticket;
  }
}

TEST_F(HintTableTest, PagesFollowEachOther) {
  for (int i = 0; i < 25; ++i) Add({About("id-" + std::to_string(i)), About("id-0")});
  std::vector<std::string> seen;
  std::string after;
  while (true) {
    const auto page = Pending(after, 10);
    for (const auto& hint : page) seen.push_back(hint.hint.id);
    if (page.size() < 10) break;
    after = page.back().ticket;
  }
  ASSERT_EQ(seen.size(), 25U);
  for (int i = 0; i < 25; ++i) {
    // id-0 was hinted at last.
    EXPECT_EQ(seen[static_cast<std::size_t>(i)], "id-" + std::to_string((i + 1) % 25));
  }
}

TEST_F(HintTableTest, AHintAboutEverythingNeedsNoId) {
  Add({{.kind = HintKind::kEverything, .provider = "stub", .site = "acme"}});
  const auto pending = Pending();
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].hint.kind, HintKind::kEverything);
  Must(db().hints().Done(pending[0].ticket));
  EXPECT_TRUE(Pending().empty());
}

Task<void> AddUnheard(Hints& hints, Hint hint) {
  std::vector<Hint> one(1, std::move(hint));
  (void)co_await hints.Add(std::move(one));
}
Task<void> AwaitHint(Hints& hints, bool& woken) {
  co_await hints.Wait();
  woken = true;
}

TEST_F(HintTableTest, WaitIsWokenByAnAddition) {
  Await(db().hints().Wait());  // the first may wake for nothing
  TaskScope scope(loop_);
  bool woken = false;
  scope.Spawn(AwaitHint(db().hints(), woken));
  EXPECT_TRUE(Pending().empty());
  EXPECT_FALSE(woken);
  Add({About("one")});
  EXPECT_TRUE(Pending().size() == 1);
  EXPECT_TRUE(woken);
}

TEST_F(HintTableTest, AHintWhoseSenderWentAwayIsKeptAndWakes) {
  Await(db().hints().Wait());
  {
    TaskScope scope(loop_);
    scope.Spawn(AddUnheard(db().hints(), About("one")));
    Pending();  // lets the spawned task hand its hint over
  }
  Await(db().hints().Wait());
  EXPECT_EQ(Pending().size(), 1U);
}

}  // namespace
}  // namespace kl::sqlite
