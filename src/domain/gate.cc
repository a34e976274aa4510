#include "domain/gate.h"

#include <algorithm>

namespace kl {
namespace {

constexpr std::int64_t kAlwaysAllowed = 5;
constexpr std::int64_t kPercent = 5;

bool Within(WallTime at, WallTime now) {
  // An entry ahead of a clock that was set back still counts: fewer stops are the safe side.
  return now - at < kGateWindow;
}

// When the last release ends or ended. One that would last longer than a release can was given
// under a clock that ran ahead, and counts for nothing.
std::optional<WallTime> ReleaseEnd(const Site& site, WallTime now) {
  const auto& until = site.spec.gate_released_until;
  return until && *until - now <= kGateRelease ? until : std::nullopt;
}

bool Released(const Site& site, WallTime now) {
  const auto until = ReleaseEnd(site, now);
  return until && *until > now;
}

}  // namespace

bool TidyGate(Site& site, WallTime now) {
  auto& status = site.status;
  bool changed =
      std::erase_if(status.condemned, [&](const auto& e) { return !Within(e.second, now); }) > 0;
  // Nothing closes while a release lasts, so a release that ends after the closing came after it,
  // even when it passed while nobody was here to see it.
  const auto until = ReleaseEnd(site, now);
  if (status.gate_closed_since && until && *until > std::min(*status.gate_closed_since, now)) {
    status.gate_closed_since.reset();
    status.condemned.clear();  // the operator has looked at them
    changed = true;
  }
  return changed;
}

GateAnswer PassGate(Site& site, const SubscriptionName& subscription, const GateInput& input) {
  TidyGate(site, input.now);
  auto& status = site.status;
  if (status.condemned.contains(subscription.str())) return GateAnswer::kAdmitted;
  if (Released(site, input.now)) return GateAnswer::kAdmitted;
  if (status.gate_closed_since) return GateAnswer::kClosed;
  const std::int64_t before = std::ssize(status.condemned);
  if (before >= kAlwaysAllowed && !input.running) return GateAnswer::kCount;
  if (before >= std::max(kAlwaysAllowed, input.running.value_or(0) * kPercent / 100)) {
    status.gate_closed_since = input.now;
    return GateAnswer::kClosed;
  }
  status.condemned.emplace(subscription.str(), input.now);
  return GateAnswer::kAdmitted;
}

}  // namespace kl
