#include "net/io_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "net/deadline.h"
#include "net/run_task.h"

namespace kl::net {
namespace {

using std::chrono::milliseconds;

TEST(IoLoopTest, PostedWorkRunsInOrderAfterTheCaller) {
  IoLoop loop;
  std::vector<int> order;
  loop.Post([&] {
    loop.Post([&] { order.push_back(3); });
    order.push_back(1);
  });
  loop.Post([&] {
    order.push_back(2);
    loop.Post([&] { loop.Stop(); });
  });
  EXPECT_TRUE(order.empty());
  loop.Run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(IoLoopTest, TimersFireInOrderOfTimeThenOfCreation) {
  IoLoop loop;
  std::vector<int> order;
  const MonoTime now = loop.Monotonic();
  loop.CallAt(now + milliseconds(20), [&] { loop.Stop(); });
  loop.CallAt(now + milliseconds(10), [&] { order.push_back(3); });
  loop.CallAt(now, [&] { order.push_back(1); });
  loop.CallAt(now, [&] { order.push_back(2); });
  loop.Run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_GE(loop.Monotonic(), now + milliseconds(20));
}

TEST(IoLoopTest, CancelledTimersDoNotFireEvenFromATimerOfTheSameInstant) {
  IoLoop loop;
  bool fired = false;
  const MonoTime now = loop.Monotonic();
  Loop::TimerId second = 0;
  loop.CallAt(now, [&] { loop.CancelTimer(second); });
  second = loop.CallAt(now, [&] { fired = true; });
  const Loop::TimerId never = loop.CallAt(now + milliseconds(1), [&] { fired = true; });
  loop.CancelTimer(never);
  loop.CancelTimer(never);
  loop.CancelTimer(123456);
  loop.CallAt(now + milliseconds(5), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(fired);
}

TEST(IoLoopTest, StopsAndIsPostedToFromOtherThreads) {
  IoLoop loop;
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        loop.Post([&] {
          if (++ran == 4000) loop.Stop();
        });
      }
    });
  }
  loop.Run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, 4000);
}

TEST(IoLoopTest, SignalsArriveAsCalls) {
  IoLoop loop;
  std::vector<int> seen;
  loop.OnSignal([&](int number) {
    seen.push_back(number);
    if (seen.size() == 2) return loop.Stop();
    std::raise(SIGTERM);
  });
  std::raise(SIGHUP);
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{SIGHUP, SIGTERM}));
}

TEST(DeadlineTest, FiresOnceAtTheLastTimeSet) {
  IoLoop loop;
  int expired = 0;
  const MonoTime start = loop.Monotonic();
  Deadline deadline(loop, [&] {
    ++expired;
    loop.Stop();
  });
  deadline.Set(milliseconds(5));
  deadline.Set(milliseconds(30));  // away: the timer is left where it is
  loop.Run();
  EXPECT_EQ(expired, 1);
  EXPECT_GE(loop.Monotonic() - start, milliseconds(30));
  deadline.Set(std::chrono::hours(1));
  deadline.Set(milliseconds(1));  // nearer
  loop.Run();
  EXPECT_EQ(expired, 2);
}

TEST(DeadlineTest, LiftedOrDestroyedDoesNotFire) {
  IoLoop loop;
  int expired = 0;
  Deadline lifted(loop, [&] { ++expired; });
  lifted.Set(milliseconds(1));
  lifted.Lift();
  {
    Deadline gone(loop, [&] { ++expired; });
    gone.Set(milliseconds(1));
  }
  loop.CallAt(loop.Monotonic() + milliseconds(10), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_EQ(expired, 0);
}

TEST(RunTaskTest, ReturnsTheValueAndTheLoopCanRunAgain) {
  IoLoop loop;
  auto later = [](IoLoop& loop, int value) -> Task<int> {
    co_await Sleep(loop, milliseconds(1));
    co_return value;
  };
  EXPECT_EQ(RunTask(loop, [&] { return later(loop, 1); }), 1);
  EXPECT_EQ(RunTask(loop, [&] { return later(loop, 2); }), 2);
}

}  // namespace
}  // namespace kl::net
