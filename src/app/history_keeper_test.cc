#include "app/history_keeper.h"

#include <gtest/gtest.h>

#include "ports/testing/memory_history.h"
#include "ports/testing/sim_loop.h"

namespace kl::app {
namespace {

using std::chrono::days;
using std::chrono::hours;

struct HistoryKeeperTest : ::testing::Test {
  testing::SimLoop loop;
  testing::CallGate gate{loop};
  testing::MemoryHistory history{gate};
  HistoryKeeper keeper{loop, history};

  void Append(const std::string& stream, int count = 1) {
    std::vector<HistoryRecord> records(static_cast<std::size_t>(count));
    for (HistoryRecord& record : records) record = {.stream = stream, .at = loop.Now()};
    ASSERT_TRUE(loop.Run(history.Append(std::move(records))));
  }
  std::size_t Left(const std::string& stream) {
    return loop.Run(history.Read({.stream = stream, .limit = 1000})).value().size();
  }
};

TEST_F(HistoryKeeperTest, EventsAndStepsGoAfterNinetyDaysTheAuditAfterFourHundred) {
  keeper.Start();
  for (const char* stream : {"events", "timeline", "audit"}) Append(stream);
  loop.RunFor(days(89));
  for (const char* stream : {"events", "timeline", "audit"}) EXPECT_EQ(Left(stream), 1u) << stream;
  loop.RunFor(days(2));
  EXPECT_EQ(Left("events"), 0u);
  EXPECT_EQ(Left("timeline"), 0u);
  EXPECT_EQ(Left("audit"), 1u);
  loop.RunFor(days(310));
  EXPECT_EQ(Left("audit"), 0u);
}

TEST_F(HistoryKeeperTest, HoweverManyThereAreAllThatAreOldGo) {
  Append("events", 25'000);
  loop.RunFor(days(91));
  Append("events");
  keeper.Start();
  loop.RunFor(hours(2));
  EXPECT_EQ(Left("events"), 1u);
}

TEST_F(HistoryKeeperTest, WhileTheClockIsOffNothingGoes) {
  keeper.Start();
  Append("events");
  loop.JumpWall(days(3650));
  loop.RunFor(days(3));
  EXPECT_EQ(Left("events"), 1u);
  loop.JumpWall(-days(3650));
  loop.RunFor(days(3));
  EXPECT_EQ(Left("events"), 1u);
  loop.RunFor(days(90));
  EXPECT_EQ(Left("events"), 0u) << "it is right again";
}

TEST_F(HistoryKeeperTest, AFailureIsTriedAgainTheNextDay) {
  Append("events");
  loop.RunFor(days(91));
  gate.fails = 1;
  keeper.Start();
  loop.RunFor(hours(2));
  gate.fails = 0;
  EXPECT_EQ(Left("events"), 1u);
  loop.RunFor(days(1));
  EXPECT_EQ(Left("events"), 0u);
}

}  // namespace
}  // namespace kl::app
