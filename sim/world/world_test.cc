#include "sim/world/world.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace kl::world {
namespace {

struct Worlds : ::testing::Test {
  void SetUp() override { InitLogging(LogLevel::kOff, LogFormat::kText); }
  void TearDown() override { InitLogging(LogLevel::kWarn, LogFormat::kText); }

  static WorldResult Live(std::uint64_t seed, Plant plant = Plant::kNone) {
    return World({.seed = seed, .subscriptions = 20, .years = 1, .plant = plant}).Run();
  }
};

TEST_F(Worlds, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const WorldResult one = Live(seed);
    const WorldResult two = Live(seed);
    EXPECT_EQ(one.digest, two.digest) << "seed " << seed;
    EXPECT_EQ(one.steps, two.steps) << "seed " << seed;
  }
}

TEST_F(Worlds, AnotherSeedGivesAnotherRun) { EXPECT_NE(Live(1).digest, Live(2).digest); }

TEST_F(Worlds, EveryPromiseIsKeptInSmallWorlds) {
  int kills = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    const WorldResult result = Live(seed);
    kills += result.kills;
    EXPECT_GT(result.instances, 0) << "seed " << seed;
    if (!result.failure) continue;
    ADD_FAILURE() << "seed " << seed << ", invariant " << result.failure->invariant << ": "
                  << result.failure->message << "\n"
                  << result.failure->last_steps;
  }
  EXPECT_GT(kills, 25) << "the program must die now and then, or nothing is shown";
}

TEST_F(Worlds, AFailureNamesItsInvariantAndItsLastSteps) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const WorldResult result = Live(seed, Plant::kCheckThenCreate);
    if (!result.failure) continue;
    EXPECT_FALSE(result.failure->invariant.empty());
    EXPECT_FALSE(result.failure->message.empty());
    EXPECT_EQ(std::ranges::count(result.failure->last_steps, '\n'), 40);
    return;
  }
  ADD_FAILURE() << "a second instance for a subscription went unnoticed";
}

}  // namespace
}  // namespace kl::world
