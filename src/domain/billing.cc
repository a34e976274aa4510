#include "domain/billing.h"

namespace kl {

std::string_view BillingStateName(BillingState state) {
  switch (state) {
    case BillingState::kUnknown: return "unknown";
    case BillingState::kFuture: return "future";
    case BillingState::kTrial: return "trial";
    case BillingState::kActive: return "active";
    case BillingState::kEnding: return "ending";
    case BillingState::kPaused: return "paused";
    case BillingState::kCancelled: return "cancelled";
    case BillingState::kTransferred: return "transferred";
    case BillingState::kDeleted: return "deleted";
  }
  return "unknown";
}

std::optional<BillingState> ParseBillingState(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(BillingState::kDeleted); ++i) {
    const auto state = static_cast<BillingState>(i);
    if (BillingStateName(state) == word) return state;
  }
  return std::nullopt;
}

}  // namespace kl
