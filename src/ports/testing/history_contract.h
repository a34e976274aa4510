// What every History must do. See contract.h for the Backend; it names history().
#pragma once

#include "ports/history.h"
#include "ports/testing/contract.h"

namespace kl::testing {

template <class Backend>
class HistoryContract : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;

  HistoryRecord Record(std::string stream, std::string id, std::string subject = "s") {
    return {.stream = std::move(stream),
            .id = std::move(id),
            .subject = std::move(subject),
            .kind = "k",
            .at = backend_.loop().Now(),
            .trace = "t",
            .body = R"({"a":1})"};
  }
  void Append(std::vector<HistoryRecord> records) {
    const auto appended = backend_.Run(backend_.history().Append(std::move(records)));
    EXPECT_TRUE(appended) << MessageOf(appended);
  }
  std::vector<HistoryRecord> Read(HistoryQuery query) {
    auto records = backend_.Run(backend_.history().Read(std::move(query)));
    EXPECT_TRUE(records) << MessageOf(records);
    return records.value_or(std::vector<HistoryRecord>());
  }
  Names Ids(HistoryQuery query) {
    Names ids;
    for (const auto& record : Read(std::move(query))) ids.push_back(record.id);
    return ids;
  }

  Backend backend_;
};

TYPED_TEST_SUITE_P(HistoryContract);

TYPED_TEST_P(HistoryContract, RecordsAreReadNewestFirst) {
  this->Append({this->Record("events", "1"), this->Record("events", "2")});
  this->Append({this->Record("events", "3")});
  EXPECT_EQ(this->Ids({.stream = "events"}), (typename TestFixture::Names{"3", "2", "1"}));
}

TYPED_TEST_P(HistoryContract, ARecordComesBackAsItWasAppended) {
  const auto record = this->Record("events", "1");
  this->Append({record});
  const auto read = this->Read({.stream = "events"});
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].stream, "events");
  EXPECT_EQ(read[0].subject, "s");
  EXPECT_EQ(read[0].kind, "k");
  EXPECT_EQ(read[0].at, record.at);
  EXPECT_EQ(read[0].trace, "t");
  EXPECT_EQ(read[0].body, record.body);
  EXPECT_FALSE(read[0].cursor.empty());
}

TYPED_TEST_P(HistoryContract, AKnownIdIsKeptOnceAsItWasFirst) {
  auto second = this->Record("events", "1");
  second.body = "second";
  this->Append({this->Record("events", "1")});
  this->Append({second, this->Record("events", "2")});
  const auto read = this->Read({.stream = "events", .id = "1"});
  ASSERT_EQ(read.size(), 1u);
  EXPECT_NE(read[0].body, "second");
  EXPECT_EQ(this->Read({.stream = "events"}).size(), 2u);
}

TYPED_TEST_P(HistoryContract, RecordsWithoutIdAreAlwaysNew) {
  this->Append({this->Record("timeline", ""), this->Record("timeline", "")});
  EXPECT_EQ(this->Read({.stream = "timeline"}).size(), 2u);
}

TYPED_TEST_P(HistoryContract, StreamsAreApart) {
  this->Append({this->Record("events", "1"), this->Record("audit", "1")});
  EXPECT_EQ(this->Read({.stream = "events"}).size(), 1u);
  EXPECT_EQ(this->Read({.stream = "audit"}).size(), 1u);
  EXPECT_TRUE(this->Read({.stream = "timeline"}).empty());
}

TYPED_TEST_P(HistoryContract, ReadsBySubjectAndById) {
  this->Append({this->Record("events", "1", "a"), this->Record("events", "2", "b"),
                this->Record("events", "3", "a")});
  using Names = typename TestFixture::Names;
  EXPECT_EQ(this->Ids({.stream = "events", .subject = "a"}), (Names{"3", "1"}));
  EXPECT_EQ(this->Ids({.stream = "events", .id = "2"}), (Names{"2"}));
  EXPECT_EQ(this->Ids({.stream = "events", .subject = "a", .id = "2"}), Names{});
}

TYPED_TEST_P(HistoryContract, PagesGoOnBeforeTheCursorAlsoWhileRecordsArrive) {
  for (int i = 1; i <= 5; ++i) this->Append({this->Record("events", std::to_string(i))});
  const auto first = this->Read({.stream = "events", .limit = 2});
  ASSERT_EQ(first.size(), 2u);
  this->Append({this->Record("events", "6")});
  EXPECT_EQ(this->Ids({.stream = "events", .before = first.back().cursor, .limit = 2}),
            (typename TestFixture::Names{"3", "2"}));
}

TYPED_TEST_P(HistoryContract, ALimitOutOfBoundsIsInvalid) {
  for (const int limit : {0, -1, 1001}) {
    const auto read = this->backend_.Run(
        this->backend_.history().Read(HistoryQuery{.stream = "events", .limit = limit}));
    EXPECT_EQ(KindOf(read), ErrorKind::kInvalid) << limit;
  }
}

TYPED_TEST_P(HistoryContract, PruneDropsWhatIsOlderAndNothingElse) {
  auto old = this->Record("events", "old");
  old.at -= std::chrono::hours(2);
  auto other = this->Record("audit", "old");
  other.at -= std::chrono::hours(2);
  this->Append({old, other, this->Record("events", "new")});
  const auto limit = this->backend_.loop().Now() - std::chrono::hours(1);
  const auto dropped = this->backend_.Run(this->backend_.history().Prune("events", limit));
  KL_ASSERT_OK(dropped);
  EXPECT_EQ(*dropped, 1);
  EXPECT_EQ(this->Ids({.stream = "events"}), (typename TestFixture::Names{"new"}));
  EXPECT_EQ(this->Read({.stream = "audit"}).size(), 1u);
}

TYPED_TEST_P(HistoryContract, RecordsSurviveARestart) {
  this->Append({this->Record("events", "1")});
  this->backend_.Reopen();
  this->Append({this->Record("events", "1"), this->Record("events", "2")});
  EXPECT_EQ(this->Ids({.stream = "events"}), (typename TestFixture::Names{"2", "1"}));
}

REGISTER_TYPED_TEST_SUITE_P(HistoryContract, RecordsAreReadNewestFirst,
                            ARecordComesBackAsItWasAppended, AKnownIdIsKeptOnceAsItWasFirst,
                            RecordsWithoutIdAreAlwaysNew, StreamsAreApart, ReadsBySubjectAndById,
                            PagesGoOnBeforeTheCursorAlsoWhileRecordsArrive,
                            ALimitOutOfBoundsIsInvalid, PruneDropsWhatIsOlderAndNothingElse,
                            RecordsSurviveARestart);

}  // namespace kl::testing
