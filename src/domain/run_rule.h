// Whether the instance of a subscription runs: a pure function of what was read, never of an
// event's name.
#pragma once

#include "domain/billing.h"

namespace kl {

enum class RunVerdict {
  kRun,       // in trial, active, ending
  kStop,      // paused, cancelled, deleted: containers stop; data, domain, secrets, route stay
  kNoChange,  // future, transferred, unknown: whatever is, stays
};

RunVerdict DecideRun(BillingState state);

}  // namespace kl
