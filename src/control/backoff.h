// Exponential back-off with jitter, as a pure function of the number of failures.
#pragma once

#include "base/loop.h"
#include "base/random.h"

namespace kl {

struct BackoffPolicy {
  Duration first{200};
  Duration max{std::chrono::minutes(5)};
};

// first * 2^(failures-1), at most max, of which a random half is taken away: 50 % to 100 % of it.
Duration BackoffDelay(const BackoffPolicy& policy, int failures, Random& random);

}  // namespace kl
