#include "adapters/store_sqlite/history_table.h"

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

class HistoryTableTest : public testing::DatabaseTest {
 protected:
  void SetUp() override { Open(); }

  static HistoryRecord Event(const std::string& id, const std::string& subject = "sub") {
    return {.stream = "events",
            .id = id,
            .subject = subject,
            .kind = "changed",
            .at = WallTime(Duration(1'000)),
            .trace = "t",
            .body = "{\"id\":\"" + id + "\"}"};
  }
  void Append(std::vector<HistoryRecord> records) {
    Must(db().history().Append(std::move(records)));
  }
  std::vector<HistoryRecord> Read(HistoryQuery query = {}) {
    if (query.stream.empty()) query.stream = "events";
    return Must(db().history().Read(std::move(query)));
  }
  static std::vector<std::string> Ids(const std::vector<HistoryRecord>& records) {
    std::vector<std::string> ids;
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
  }
  using Strings = std::vector<std::string>;
};

TEST_F(HistoryTableTest, AllFieldsComeBackNewestFirst) {
  Append({Event("one"), Event("two")});
  Open();
  const auto records = Read();
  ASSERT_EQ(Ids(records), (Strings{"two", "one"}));
  EXPECT_EQ(records[1].stream, "events");
  EXPECT_EQ(records[1].subject, "sub");
  EXPECT_EQ(records[1].kind, "changed");
  EXPECT_EQ(records[1].at, WallTime(Duration(1'000)));
  EXPECT_EQ(records[1].trace, "t");
  EXPECT_EQ(records[1].body, "{\"id\":\"one\"}");
  EXPECT_FALSE(records[1].cursor.empty());
}

TEST_F(HistoryTableTest, AKnownIdIsKeptOnceAndAsItWasFirst) {
  Append({Event("one", "first")});
  Append({Event("one", "second"), Event("one", "third")});
  EXPECT_EQ(Read().size(), 1U);
  Append({Event("one", "fourth")});
  Open();
  const auto records = Read();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].subject, "first");
  EXPECT_TRUE(Read({.subject = "second"}).empty());
}

TEST_F(HistoryTableTest, AnIdIsOfItsStream) {
  HistoryRecord other = Event("one");
  other.stream = "audit";
  Append({Event("one"), other});
  EXPECT_EQ(Read().size(), 1U);
  EXPECT_EQ(Read({.stream = "audit"}).size(), 1U);
}

TEST_F(HistoryTableTest, RecordsWithoutAnIdAreAlwaysNew) {
  Append({Event(""), Event(""), Event("")});
  EXPECT_EQ(Read().size(), 3U);
}

TEST_F(HistoryTableTest, QueriesBySubjectAndId) {
  Append({Event("one", "a"), Event("two", "b"), Event("three", "a")});
  EXPECT_EQ(Ids(Read({.subject = "a"})), (Strings{"three", "one"}));
  EXPECT_EQ(Ids(Read({.id = "two"})), (Strings{"two"}));
  EXPECT_EQ(Ids(Read({.subject = "b", .id = "two"})), (Strings{"two"}));
  EXPECT_TRUE(Read({.subject = "a", .id = "two"}).empty());
}

TEST_F(HistoryTableTest, PagesFollowEachOtherWhileRecordsArrive) {
  for (int i = 0; i < 10; ++i) Append({Event("old-" + std::to_string(i), i % 2 ? "odd" : "even")});
  const auto first = Read({.subject = "even", .limit = 3});
  ASSERT_EQ(Ids(first), (Strings{"old-8", "old-6", "old-4"}));
  Append({Event("new", "even")});
  const auto second = Read({.subject = "even", .before = first.back().cursor, .limit = 3});
  EXPECT_EQ(Ids(second), (Strings{"old-2", "old-0"}));
}

TEST_F(HistoryTableTest, BadQueriesAreNamed) {
  const auto limit = Await(db().history().Read({.stream = "events", .limit = 0}));
  EXPECT_EQ(limit.error().field, "limit");
  const auto before = Await(db().history().Read({.stream = "events", .before = "x"}));
  EXPECT_EQ(before.error().field, "before");
}

TEST_F(HistoryTableTest, PruneDropsTheOldOfOneStream) {
  HistoryRecord young = Event("young");
  young.at = WallTime(Duration(5'000));
  HistoryRecord audit = Event("old");
  audit.stream = "audit";
  Append({Event("old"), young, audit});
  EXPECT_EQ(Must(db().history().Prune("events", WallTime(Duration(2'000)))), 1);
  EXPECT_EQ(Ids(Read()), (Strings{"young"}));
  EXPECT_EQ(Read({.stream = "audit"}).size(), 1U);
  EXPECT_TRUE(Read({.subject = "sub", .id = "old"}).empty());
  // What is forgotten may come again.
  Append({Event("old")});
  EXPECT_EQ(Ids(Read()), (Strings{"old", "young"}));
}

TEST_F(HistoryTableTest, PruneIsBoundedPerCall) {
  std::vector<HistoryRecord> many;
  for (int i = 0; i < 12'000; ++i) many.push_back(Event(std::to_string(i)));
  Append(std::move(many));
  EXPECT_EQ(Must(db().history().Prune("events", WallTime(Duration(2'000)))), 10'000);
  EXPECT_EQ(Must(db().history().Prune("events", WallTime(Duration(2'000)))), 2'000);
  EXPECT_EQ(Must(db().history().Prune("events", WallTime(Duration(2'000)))), 0);
  EXPECT_TRUE(Read().empty());
}

TEST_F(HistoryTableTest, ManyRecordsAreIndexedInBatches) {
  for (int round = 0; round < 3; ++round) {
    std::vector<HistoryRecord> many;
    // Every round repeats the ids of the one before.
    for (int i = 0; i < 3'000; ++i) {
      many.push_back(Event("ev-" + std::to_string(round * 1'500 + i), std::to_string(i % 7)));
    }
    Append(std::move(many));
  }
  std::set<std::string> seen;
  std::string before;
  while (true) {
    const auto page = Read({.before = before, .limit = 1'000});
    if (page.empty()) break;
    for (const auto& record : page) EXPECT_TRUE(seen.insert(record.id).second) << record.id;
    before = page.back().cursor;
  }
  EXPECT_EQ(seen.size(), 6'000U);
}

}  // namespace
}  // namespace kl::sqlite
