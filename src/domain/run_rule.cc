#include "domain/run_rule.h"

namespace kl {

RunVerdict DecideRun(BillingState state) {
  switch (state) {
    case BillingState::kTrial:
    case BillingState::kActive:
    case BillingState::kEnding: return RunVerdict::kRun;
    case BillingState::kPaused:
    case BillingState::kCancelled:
    case BillingState::kDeleted: return RunVerdict::kStop;
    case BillingState::kUnknown:
    case BillingState::kFuture:
    case BillingState::kTransferred: return RunVerdict::kNoChange;
  }
  return RunVerdict::kNoChange;
}

}  // namespace kl
