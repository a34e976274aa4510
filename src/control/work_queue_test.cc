#include "control/work_queue.h"

#include <gtest/gtest.h>

#include "net/run_task.h"

namespace kl {
namespace {

class WorkQueueTest : public testing::Test {
 protected:
  net::IoLoop loop_;
  SeededRandom random_{1};
  Event event_{loop_};
};

TEST_F(WorkQueueTest, KeyAddedWhileRunningRunsAgainAndNeverTwiceAtOnce) {
  int runs = 0, at_once = 0, most = 0;
  Event go(loop_);
  WorkQueue queue(loop_, random_, {}, [&](std::string) -> Task<Outcome> {
    most = std::max(most, ++at_once);
    ++runs;
    event_.Set();
    co_await go.Wait();
    --at_once;
    co_return Outcome::Done();
  });
  net::RunTask(loop_, [&]() -> Task<void> {
    queue.Add("a");
    co_await event_.Wait();
    queue.Add("a");
    queue.Add("a");
    go.Set();
    co_await event_.Wait();
    go.Set();
    while (queue.running() > 0) co_await Sleep(loop_, Duration(1));
  });
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(most, 1);
}

TEST_F(WorkQueueTest, FailingKeyDoesNotDelayAnother) {
  WorkQueue queue(loop_, random_, {.workers = 1}, [&](std::string key) -> Task<Outcome> {
    if (key == "bad") co_return Outcome::Retry(std::chrono::hours(1));
    event_.Set();
    co_return Outcome::Done();
  });
  const bool done = net::RunTask(loop_, [&]() -> Task<bool> {
    queue.Add("bad");
    queue.Add("good");
    const bool set = co_await event_.WaitFor(std::chrono::seconds(10));
    co_return set;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(queue.Failures("bad"), 1);
  ASSERT_TRUE(queue.NextAt("bad"));
  EXPECT_GT(*queue.NextAt("bad"), loop_.Monotonic() + std::chrono::minutes(50));
}

TEST_F(WorkQueueTest, AddOvertakesTheBackoffAndSuccessForgetsIt) {
  int runs = 0;
  WorkQueue queue(loop_, random_, {}, [&](std::string) -> Task<Outcome> {
    event_.Set();
    co_return ++runs == 1 ? Outcome::Retry(std::chrono::hours(1)) : Outcome::Done();
  });
  net::RunTask(loop_, [&]() -> Task<void> {
    queue.Add("a");
    co_await event_.Wait();
    queue.Add("a");
    co_await event_.Wait();
    while (queue.running() > 0) co_await Sleep(loop_, Duration(1));
  });
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(queue.Failures("a"), 0);
  EXPECT_FALSE(queue.NextAt("a"));
}

TEST_F(WorkQueueTest, AgainRunsAfterTheDelay) {
  std::vector<MonoTime> runs;
  WorkQueue queue(loop_, random_, {}, [&](std::string) -> Task<Outcome> {
    runs.push_back(loop_.Monotonic());
    event_.Set();
    co_return runs.size() == 1 ? Outcome::Again(Duration(20)) : Outcome::Done();
  });
  net::RunTask(loop_, [&]() -> Task<void> {
    queue.Add("a");
    co_await event_.Wait();
    co_await event_.Wait();
  });
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_GE(runs[1] - runs[0], Duration(20));
}

TEST(Backoff, DoublesUpToItsMaximumAndKeepsAtLeastHalf) {
  SeededRandom random(7);
  const BackoffPolicy policy{Duration(100), Duration(1000)};
  const int expected[] = {100, 200, 400, 800, 1000, 1000};
  for (int failures = 1; failures <= 6; ++failures) {
    const auto delay = BackoffDelay(policy, failures, random).count();
    EXPECT_GE(delay, expected[failures - 1] / 2);
    EXPECT_LE(delay, expected[failures - 1]);
  }
  EXPECT_LE(BackoffDelay(policy, 1000, random).count(), 1000);
}

}  // namespace
}  // namespace kl
