// What time alone does to a subscription.
#pragma once

#include <optional>

#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

// In the order in which they happen when several fall on one moment.
enum class DueKind {
  kStart,
  kTrialEnd,
  kCancel,
  kPause,
  kResume,
  kScheduledChange,
  kDunning,
  kRenewal
};

struct Due {
  Seconds at = 0;
  DueKind kind = DueKind::kRenewal;
  auto operator<=>(const Due&) const = default;
};

// The first thing that will happen by itself; nothing for one that is over.
std::optional<Due> NextDue(const Subscription& subscription);

}  // namespace kl::chargebee_sim
