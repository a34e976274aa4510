// The weather of one world, drawn from its seed: which faults it knows and how hard they are.
#pragma once

#include "base/random.h"
#include "ports/testing/fake_provider.h"
#include "ports/testing/memory_store.h"
#include "sim/world/options.h"

namespace kl::world {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

enum class Webhooks {
  kUsual,  // once, several times, late, reordered, now and then never
  kNone,   // nobody has set them up
  kOnly,   // nothing else tells of changes; every one is repeated until it is acknowledged
};

struct Climate {
  Webhooks webhooks = Webhooks::kUsual;
  bool features = false;  // entitlements decide about storage and seats
  Duration latency{0};    // of a port call
  double calls_fail = 0;  // before or after their effect
  testing::StoreFaults store;
  testing::ProviderFaults provider;  // that are always there
  int kills = 0;
  int small_troubles = 0;  // crashes, reboots, outages of minutes to hours
  bool restore = false;    // yesterday's store is put back
  bool other_site = false;
  bool clock_jump = false;
  bool mass_cancellation = false;
  bool tight = false;  // the machine has room for some of all until it grows at the end
};

Climate DrawClimate(Random& random, Plant plant);
bool Chance(Random& random, double chance);
// Uniform in [from, to).
Duration Between(Random& random, Duration from, Duration to);
// Exponential with that mean.
Duration Exponential(Random& random, Duration mean);

}  // namespace kl::world
