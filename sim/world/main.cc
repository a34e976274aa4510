// kuberlogic-world: lives through many worlds and says which seeds broke a promise.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "sim/world/world.h"

namespace kl::world {
namespace {

struct Flags {
  std::uint64_t seeds = 1000;
  std::uint64_t first_seed = 1;
  std::optional<std::uint64_t> seed;
  int subscriptions = 50;
  int years = 3;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  bool trace = false;
  bool planted = false;
  std::string plant;
};

constexpr Plant kPlants[] = {Plant::kCheckThenCreate, Plant::kVersionWithoutContent,
                             Plant::kAnswerBeforeCommit, Plant::kAbsenceIsDeletion,
                             Plant::kStopBeforePull};

struct Totals {
  std::uint64_t worlds = 0, steps = 0, calls = 0, kills = 0, instances = 0, events = 0;
  std::optional<std::uint64_t> failed_seed;  // the smallest
  WorldFailure failure;
};

WorldOptions OptionsOf(const Flags& flags, std::uint64_t seed, Plant plant) {
  return {.seed = seed,
          .subscriptions = flags.subscriptions,
          .years = flags.years,
          .trace = flags.trace,
          .plant = plant};
}

// Worlds are apart from each other: any number of threads, one world each. Stops at a failure.
Totals RunAll(const Flags& flags, Plant plant) {
  Totals totals;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = flags.first_seed;
  std::atomic<std::uint64_t> end = flags.first_seed + flags.seeds;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed < end; seed = next++) {
      const WorldResult result = World(OptionsOf(flags, seed, plant)).Run();
      const std::lock_guard lock(mutex);
      ++totals.worlds;
      totals.steps += result.steps;
      totals.calls += result.calls;
      totals.kills += static_cast<std::uint64_t>(result.kills);
      totals.instances += static_cast<std::uint64_t>(result.instances);
      totals.events += static_cast<std::uint64_t>(result.events);
      if (!result.failure) continue;
      if (!totals.failed_seed || seed < *totals.failed_seed) {
        totals.failed_seed = seed;
        totals.failure = *result.failure;
      }
      end = std::min(end.load(), seed);  // smaller ones under way may still fail
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < flags.jobs; ++i) threads.emplace_back(work);
  threads.clear();
  return totals;
}

void Tell(const Flags& flags, const Totals& totals) {
  const std::string sizes = " --subscriptions " + std::to_string(flags.subscriptions) +
                            " --years " + std::to_string(flags.years);
  std::printf(
      "FAILED: seed %llu, step %llu, invariant %s\n  %s\nlast steps:\n%s"
      "replay: kuberlogic-world --seed %llu%s --trace\n",
      static_cast<unsigned long long>(*totals.failed_seed),
      static_cast<unsigned long long>(totals.failure.step), totals.failure.invariant.c_str(),
      totals.failure.message.c_str(), totals.failure.last_steps.c_str(),
      static_cast<unsigned long long>(*totals.failed_seed), sizes.c_str());
}

int RunPlanted(const Flags& flags) {
  int missed = 0;
  for (const Plant plant : kPlants) {
    const Totals totals = RunAll(flags, plant);
    const std::string name(PlantName(plant));
    if (!totals.failed_seed) {
      ++missed;
      std::printf("%-24s NOT FOUND within %llu seeds\n", name.c_str(),
                  static_cast<unsigned long long>(flags.seeds));
      continue;
    }
    std::printf("%-24s found by seed %llu: invariant %s: %s\n", name.c_str(),
                static_cast<unsigned long long>(*totals.failed_seed),
                totals.failure.invariant.c_str(), totals.failure.message.c_str());
    std::fflush(stdout);
  }
  return missed == 0 ? 0 : 1;
}

int RunTrue(const Flags& flags, Plant plant) {
  const Totals totals = RunAll(flags, plant);
  std::printf(
      "%llu worlds of %d subscriptions over %d years: %llu events, %llu instances, %llu "
      "kills, %llu port calls, %llu steps\n",
      static_cast<unsigned long long>(totals.worlds), flags.subscriptions, flags.years,
      static_cast<unsigned long long>(totals.events),
      static_cast<unsigned long long>(totals.instances),
      static_cast<unsigned long long>(totals.kills), static_cast<unsigned long long>(totals.calls),
      static_cast<unsigned long long>(totals.steps));
  if (!totals.failed_seed) return 0;
  Tell(flags, totals);
  return 1;
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app{"Lives through simulated worlds and checks the product's invariants in each."};
  app.add_option("--seeds", flags.seeds, "how many worlds")->capture_default_str();
  app.add_option("--first-seed", flags.first_seed, "the first one's seed")->capture_default_str();
  app.add_option("--seed", flags.seed, "only this one");
  app.add_option("--subscriptions", flags.subscriptions, "in each world")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--years", flags.years, "of virtual time")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--jobs", flags.jobs, "worlds at the same time")->check(CLI::Range(1, 256));
  app.add_flag("--trace", flags.trace, "print every step; for one seed");
  app.add_flag("--planted", flags.planted, "plant known mistakes and see that each is found");
  std::map<std::string, Plant> plants;
  for (const Plant plant : kPlants) plants.emplace(PlantName(plant), plant);
  app.add_option("--plant", flags.plant, "plant only this mistake")->check(CLI::IsMember(plants));
  CLI11_PARSE(app, argc, argv);
  if (flags.seed) {
    flags.first_seed = *flags.seed;
    flags.seeds = 1;
  }
  if (flags.trace) flags.jobs = 1;
  InitLogging(flags.trace ? LogLevel::kDebug : LogLevel::kOff, LogFormat::kText);
  if (flags.planted) return RunPlanted(flags);
  return RunTrue(flags, flags.plant.empty() ? Plant::kNone : plants.at(flags.plant));
}

}  // namespace
}  // namespace kl::world

int main(int argc, char** argv) { return kl::world::Main(argc, argv); }
