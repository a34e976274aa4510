#include "sim/world/climate.h"

#include <cmath>

namespace kl::world {

bool Chance(Random& random, double chance) { return testing::Happens(random, chance); }

Duration Between(Random& random, Duration from, Duration to) {
  return from + Duration(static_cast<std::int64_t>(
                    random.Below(static_cast<std::uint64_t>((to - from).count()))));
}

Duration Exponential(Random& random, Duration mean) {
  const double uniform = (static_cast<double>(random.Next() >> 11) + 1) * 0x1p-53;
  return Duration(
      static_cast<std::int64_t>(-std::log(uniform) * static_cast<double>(mean.count())));
}

std::string_view PlantName(Plant plant) {
  switch (plant) {
    case Plant::kNone: return "none";
    case Plant::kCheckThenCreate: return "check-then-create";
    case Plant::kVersionWithoutContent: return "version-without-content";
    case Plant::kAnswerBeforeCommit: return "answer-before-commit";
    case Plant::kAbsenceIsDeletion: return "absence-is-deletion";
    case Plant::kStopBeforePull: return "stop-before-pull";
  }
  return "none";
}

Climate DrawClimate(Random& random, Plant) {
  Climate climate;
  const auto kind = random.Below(10);
  if (kind < 2) climate.webhooks = Webhooks::kNone;
  if (kind >= 7) climate.webhooks = Webhooks::kOnly;
  climate.features = Chance(random, 0.3);
  if (Chance(random, 0.5)) climate.latency = Between(random, Duration(1), Duration(150));
  if (Chance(random, 0.3)) climate.calls_fail = 0.005;
  if (Chance(random, 0.6)) {
    climate.store.stale = 0.2;
    climate.store.notify_delay = Duration(300);
    climate.store.cut = 0.02;
  }
  if (Chance(random, 0.4)) climate.provider.lag = 0.3;
  if (Chance(random, 0.3)) climate.provider.unavailable = 0.02;
  if (Chance(random, 0.3)) climate.provider.rate_limited = 0.02;
  if (Chance(random, 0.8)) climate.kills = 4 + static_cast<int>(random.Below(12));
  climate.small_troubles = static_cast<int>(random.Below(16));
  climate.clock_jump = Chance(random, 0.25);
  climate.mass_cancellation = Chance(random, 0.2);
  climate.tight = Chance(random, 0.4);
  // Where nothing but acknowledged webhooks tells of changes, what a store or a site forgets cannot
  // come back.
  if (climate.webhooks == Webhooks::kOnly) return climate;
  climate.restore = Chance(random, 0.3);
  climate.other_site = Chance(random, 0.3);
  return climate;
}

}  // namespace kl::world
