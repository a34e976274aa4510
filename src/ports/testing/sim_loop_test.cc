#include "ports/testing/sim_loop.h"

#include <gtest/gtest.h>

namespace kl::testing {
namespace {

using std::chrono::hours;

TEST(SimLoopTest, PostedCallbacksRunInOrderAfterTheCallerReturned) {
  SimLoop loop;
  std::string order;
  loop.Post([&] {
    loop.Post([&] { order += 'c'; });
    order += 'a';
  });
  loop.Post([&] { order += 'b'; });
  EXPECT_EQ(order, "");
  EXPECT_TRUE(loop.RunUntilIdle());
  EXPECT_EQ(order, "abc");
}

TEST(SimLoopTest, TimersRunInOrderOfTimeAndEqualOnesInOrderOfCreation) {
  SimLoop loop;
  std::string order;
  const MonoTime now = loop.Monotonic();
  loop.CallAt(now + hours(2), [&] { order += 'c'; });
  loop.CallAt(now + hours(1), [&] { order += 'a'; });
  loop.CallAt(now + hours(1), [&] { order += 'b'; });
  EXPECT_TRUE(loop.RunUntilIdle());
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(loop.Monotonic(), now + hours(2));
}

TEST(SimLoopTest, ACancelledTimerDoesNotRunAndLetsNoTimePass) {
  SimLoop loop;
  const MonoTime now = loop.Monotonic();
  const auto id = loop.CallAt(now + hours(1), [] { FAIL(); });
  EXPECT_NE(id, 0u);
  loop.CancelTimer(id);
  loop.CancelTimer(id);
  EXPECT_TRUE(loop.RunUntilIdle());
  EXPECT_EQ(loop.Monotonic(), now);
  EXPECT_TRUE(loop.idle());
}

TEST(SimLoopTest, ATimerMayCancelItself) {
  SimLoop loop;
  Loop::TimerId id = 0;
  int runs = 0;
  id = loop.CallAt(loop.Monotonic(), [&] {
    loop.CancelTimer(id);
    ++runs;
  });
  EXPECT_TRUE(loop.RunUntilIdle());
  EXPECT_EQ(runs, 1);
}

TEST(SimLoopTest, ThousandsOfCancelledTimersAreForgotten) {
  SimLoop loop;
  int runs = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto id = loop.CallAt(loop.Monotonic() + hours(1000), [&] { ++runs; });
    if (i % 1000 != 0) loop.CancelTimer(id);
  }
  EXPECT_TRUE(loop.RunUntilIdle());
  EXPECT_EQ(runs, 100);
}

TEST(SimLoopTest, RunUntilStopsAtTheTimeAndRunsWhatIsDueThen) {
  SimLoop loop;
  const MonoTime now = loop.Monotonic();
  std::string order;
  loop.CallAt(now + hours(1), [&] { order += 'a'; });
  loop.CallAt(now + hours(3), [&] { order += 'b'; });
  loop.RunUntil(now + hours(1));
  EXPECT_EQ(order, "a");
  loop.RunFor(hours(1));
  EXPECT_EQ(order, "a");
  EXPECT_EQ(loop.Monotonic(), now + hours(2));
  loop.RunFor(hours(1));
  EXPECT_EQ(order, "ab");
}

TEST(SimLoopTest, WallTimeFollowsAndMayJumpAlone) {
  SimLoop loop;
  const WallTime wall = loop.Now();
  const MonoTime mono = loop.Monotonic();
  loop.RunFor(hours(1));
  EXPECT_EQ(loop.Now(), wall + hours(1));
  loop.JumpWall(-hours(5));
  EXPECT_EQ(loop.Now(), wall - hours(4));
  EXPECT_EQ(loop.Monotonic(), mono + hours(1));
}

TEST(SimLoopTest, RunReturnsTheTasksValue) {
  SimLoop loop;
  struct Sleeper {
    static Task<int> Run(Loop& loop) {
      co_await Sleep(loop, hours(24 * 365));
      co_return 7;
    }
  };
  EXPECT_EQ(loop.Run(Sleeper::Run(loop)), 7);
}

std::string Shuffled(std::uint64_t seed) {
  SimLoop loop(SimLoopOptions{.shuffle_seed = seed});
  std::string order;
  for (char c = 'a'; c <= 'z'; ++c) loop.Post([&order, c] { order += c; });
  loop.RunReady();
  return order;
}

TEST(SimLoopTest, AShuffledLoopRunsEverythingOnceAndTheSameSeedTheSameWay) {
  std::string order = Shuffled(3);
  EXPECT_EQ(order, Shuffled(3));
  EXPECT_NE(order, Shuffled(4));
  EXPECT_NE(order, Shuffled(0));
  std::ranges::sort(order);
  EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
}

TEST(SimLoopTest, ItSaysWhenItGaveUp) {
  SimLoop loop;
  struct Ticker {
    static Task<void> Run(Loop& loop) {
      while (true) co_await Sleep(loop, hours(1));
    }
  };
  TaskScope scope(loop);
  scope.Spawn(Ticker::Run(loop));
  EXPECT_FALSE(loop.RunUntilIdle(1000));
}

}  // namespace
}  // namespace kl::testing
