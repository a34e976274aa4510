#include "sim/chargebee/model/due.h"

namespace kl::chargebee_sim {

std::optional<Due> NextDue(const Subscription& s) {
  std::optional<Due> first;
  auto consider = [&](const std::optional<Seconds>& at, DueKind kind) {
    if (at && (!first || Due{*at, kind} < *first)) first = Due{*at, kind};
  };
  if (s.deleted) return first;
  if (s.scheduled_change && s.status != SubscriptionStatus::kCancelled &&
      s.status != SubscriptionStatus::kPaused) {
    consider(s.scheduled_change->at, DueKind::kScheduledChange);
  }
  switch (s.status) {
    case SubscriptionStatus::kFuture:
      consider(s.start_date, DueKind::kStart);
      consider(s.cancelled_at, DueKind::kCancel);
      break;
    case SubscriptionStatus::kInTrial:
      consider(s.trial_end, DueKind::kTrialEnd);
      consider(s.cancelled_at, DueKind::kCancel);
      break;
    case SubscriptionStatus::kActive:
      consider(s.pause_date, DueKind::kPause);
      consider(s.next_billing_at, DueKind::kRenewal);
      if (s.dunning) consider(s.dunning->next_retry_at, DueKind::kDunning);
      break;
    case SubscriptionStatus::kNonRenewing:
      consider(s.cancelled_at, DueKind::kCancel);
      if (s.dunning) consider(s.dunning->next_retry_at, DueKind::kDunning);
      break;
    case SubscriptionStatus::kPaused: consider(s.resume_date, DueKind::kResume); break;
    case SubscriptionStatus::kCancelled: break;
  }
  return first;
}

}  // namespace kl::chargebee_sim
