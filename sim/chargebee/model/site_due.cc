// What time does: starts, trial ends, renewals, dunning, planned cancellations, pauses,
// resumptions.
#include <algorithm>

#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {
namespace {

using enum SubscriptionStatus;

constexpr Seconds kDay = 86400;
// A failed renewal is tried again this often, this far apart; then the subscription is cancelled.
constexpr int kDunningAttemptsMax = 4;
constexpr Seconds kDunningInterval = 3 * kDay;

const Origin kJob{"scheduled_job", {}, false, false};

std::int64_t Amount(const Subscription& s) {
  std::int64_t sum = 0;
  for (const auto& item : s.items) sum += item.quantity * item.unit_price;
  return sum;
}

}  // namespace

void Site::Advance(Duration by) {
  offset_ += std::max(by, Duration(0));
  RunDue();
}

// One change at a time, earliest first, with the clock standing at its moment: a change may make
// the next one due, also inside the same gap.
void Site::RunDue() {
  const Seconds until = now();
  while (!due_.empty() && due_.begin()->first <= until) {
    Subscription& s = *order_[due_.begin()->second - 1];
    auto due = NextDue(s);
    moment_ = due_.begin()->first;
    if (due) Perform(s, *due);
    moment_.reset();
  }
}

void Site::Perform(Subscription& s, const Due& due) {
  switch (due.kind) {
    case DueKind::kStart: {
      Start(s, s.trial_end);
      const Invoice* invoice = s.status == kActive ? &Charge(s, true) : nullptr;
      Commit(s);
      EmitFor(s, "subscription_started", kJob, invoice);
      break;
    }
    case DueKind::kTrialEnd: EndTrial(s); break;
    case DueKind::kCancel: Finish(s, {}, kJob); break;
    case DueKind::kPause:
      s.status = kPaused;
      s.next_billing_at.reset();
      Commit(s);
      EmitFor(s, "subscription_paused", kJob);
      break;
    case DueKind::kResume: (void)Resume(s.id, {}, kJob); break;
    case DueKind::kScheduledChange: ApplyScheduledChange(s); break;
    case DueKind::kDunning: RetryDunning(s); break;
    case DueKind::kRenewal: Renew(s); break;
  }
}

void Site::BeginTerm(Subscription& s, Seconds at) {
  s.current_term_start = at;
  s.current_term_end = AddPeriod(at, s.billing_period, s.billing_period_unit);
  s.next_billing_at = s.current_term_end;
}

const Invoice& Site::Charge(Subscription& s, bool first) {
  Invoice invoice{std::to_string(invoices_.size() + 1), s.id, s.customer_id};
  invoice.date = now();
  invoice.total = Amount(s);
  invoice.first = first;
  const Customer* customer = FindCustomer(s.customer_id);
  const bool fails =
      customer && customer->auto_collection &&
      (customer->card == Card::kNone || (customer->card == Card::kFailsAtRenewal && !first));
  if (fails) {
    invoice.status = "payment_due";
    invoice.dunning_status = "in_progress";
    invoice.next_retry_at = now() + kDunningInterval;
    // One dunning at a time: a second unpaid term adds to the debt and keeps its date.
    if (s.dunning) {
      s.dunning->amount += invoice.total;
    } else {
      s.dunning = Dunning{invoice.id, 1, invoice.next_retry_at, invoice.total, now()};
    }
  }
  return invoices_[invoice.id] = invoice;
}

// The new term begins where the old one ended, not when somebody looked.
void Site::Renew(Subscription& s) {
  BeginTerm(s, *s.next_billing_at);
  const bool in_dunning = s.dunning.has_value();
  const Invoice& invoice = Charge(s, false);
  Commit(s);
  EmitFor(s, "subscription_renewed", kJob, &invoice);
  EmitFor(s, "invoice_generated", kJob, &invoice);
  if (!s.dunning) {
    EmitFor(s, "payment_succeeded", kJob, &invoice);
  } else if (!in_dunning) {
    EmitFor(s, "payment_failed", kJob, &invoice);
  }
}

// The trial's end is the first charge, or the end.
void Site::EndTrial(Subscription& s) {
  const Customer* customer = FindCustomer(s.customer_id);
  const bool without_card = customer && customer->auto_collection && customer->card == Card::kNone;
  if (s.cancelled_at || s.cancel_at_trial_end || without_card) {
    Finish(s, without_card && !s.cancelled_at && !s.cancel_at_trial_end ? "no_card" : "", kJob);
    return;
  }
  s.status = kActive;
  s.activated_at = now();
  BeginTerm(s, now());
  const Invoice& invoice = Charge(s, true);
  Commit(s);
  EmitFor(s, "subscription_activated", kJob, &invoice);
  EmitFor(s, "invoice_generated", kJob, &invoice);
  EmitFor(s, "payment_succeeded", kJob, &invoice);
}

// A failed try leaves the status alone; only the last one ends the subscription.
void Site::RetryDunning(Subscription& s) {
  const Customer* customer = FindCustomer(s.customer_id);
  if (customer && customer->card == Card::kValid) {
    Collected(s, kJob);
    return;
  }
  Invoice& invoice = invoices_[s.dunning->invoice_id];
  ++s.dunning->attempts;
  if (s.dunning->attempts > kDunningAttemptsMax) {
    invoice.status = "not_paid";
    invoice.dunning_status = "exhausted";
    invoice.next_retry_at.reset();
    s.dunning->next_retry_at.reset();
    Commit(s);
    EmitFor(s, "payment_failed", kJob, &invoice);
    Finish(s, "not_paid", kJob);
    return;
  }
  invoice.next_retry_at = s.dunning->next_retry_at = *s.dunning->next_retry_at + kDunningInterval;
  Commit(s);
  EmitFor(s, "payment_failed", kJob, &invoice);
}

// The debt is paid.
void Site::Collected(Subscription& s, const Origin& origin) {
  Invoice& invoice = invoices_[s.dunning->invoice_id];
  invoice.status = "paid";
  invoice.dunning_status = "success";
  invoice.next_retry_at.reset();
  s.dunning.reset();
  Commit(s);
  EmitFor(s, "payment_succeeded", origin, &invoice);
}

void Site::ApplyScheduledChange(Subscription& s) {
  s.items = std::move(s.scheduled_change->items);
  s.scheduled_change.reset();
  ApplyPeriod(s);
  Commit(s);
  EmitFor(s, "subscription_changed", kJob);
  if (options_.entitlement_events) EmitEntitlements(s, "subscription_entitlements_updated", kJob);
}

}  // namespace kl::chargebee_sim
