#include "control/backoff.h"

#include <algorithm>

namespace kl {

Duration BackoffDelay(const BackoffPolicy& policy, int failures, Random& random) {
  const int doublings = std::clamp(failures - 1, 0, 30);
  const auto grown = policy.first.count() * (std::int64_t{1} << doublings);
  const auto delay = std::min<std::int64_t>(grown, policy.max.count());
  return Duration(delay / 2 + static_cast<std::int64_t>(random.Below(delay / 2 + 1)));
}

}  // namespace kl
