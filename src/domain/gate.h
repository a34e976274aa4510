// The gate of invariant 10: destruction is guarded. Every newly condemned instance passes here
// before it is stopped.
#pragma once

#include <optional>

#include "domain/objects.h"

namespace kl {

inline constexpr Duration kGateWindow = std::chrono::hours(1);
inline constexpr Duration kGateRelease = std::chrono::hours(1);  // a release lasts no longer

struct GateInput {
  WallTime now;
  // Instances of this site that run now. Counting looks at all of them: leave it out at first.
  std::optional<std::int64_t> running;
};

enum class GateAnswer {
  kAdmitted,  // recorded in `status.condemned`; store the site object before acting
  kCount,     // it depends on `running`, which was not given
  kClosed,    // nothing stops; `status.gate_closed_since` is set; an operator releases it
};

// Limit: max(5, 5 % of running) newly condemned within kGateWindow. A subscription already recorded
// within the window is admitted again without counting twice (a crash between recording and
// acting). While spec.gate_released_until lies ahead everything is admitted. Once closed it stays
// closed until released.
GateAnswer PassGate(Site& site, const SubscriptionName& subscription, const GateInput& input);

// Forgets entries older than the window, and re-opens a gate that was released. Returns whether
// anything changed.
bool TidyGate(Site& site, WallTime now);

}  // namespace kl
