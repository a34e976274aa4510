// Cancel, pause, resume, reactivate, delete: what a status permits and what it becomes.
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {
namespace {

using enum SubscriptionStatus;

std::unexpected<ApiError> Refuse(const Subscription& s, std::string_view operation) {
  return WrongState("cannot " + std::string(operation) + " a subscription in state " +
                    std::string(StatusName(s.status)));
}

bool InFuture(const std::optional<Seconds>& at, Seconds now) { return at && *at > now; }

}  // namespace

// Cancelled now. Nothing that was planned survives, but what is owed stays owed, so that a later
// reactivation can tell a cancellation by dunning.
void Site::Finish(Subscription& s, const std::string& reason, const Origin& origin) {
  s.status = kCancelled;
  s.cancelled_at = now();
  s.cancel_reason = reason;
  s.next_billing_at.reset();
  s.pause_date.reset();
  s.resume_date.reset();
  s.scheduled_change.reset();
  if (s.dunning) s.dunning->next_retry_at.reset();
  Commit(s);
  EmitFor(s, "subscription_cancelled", origin);
}

Site::Updated Site::Cancel(const std::string& id, const Cancellation& how, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status == kCancelled) return Refuse(*s, "cancel");
  s->cancel_reason_code = how.reason_code;
  if (how.when == Cancellation::When::kNow) {
    Finish(*s, how.reason, origin);
    return s;
  }
  if (s->status != kActive && s->status != kInTrial)
    return Refuse(*s, "schedule a cancellation of");
  const bool at_end = how.when == Cancellation::When::kEndOfTerm;
  if (!at_end && !InFuture(how.at, now())) return WrongValue("cancel_at", "must be in the future");
  s->cancel_schedule_created_at = now();
  if (s->status == kInTrial) {
    // A trial keeps its status; only cancelled_at tells.
    s->cancelled_at = at_end ? s->trial_end : how.at;
  } else {
    s->status = kNonRenewing;
    s->cancelled_at = at_end ? s->current_term_end : how.at;
    s->next_billing_at.reset();
  }
  Commit(*s);
  EmitFor(*s, "subscription_cancellation_scheduled", origin);
  return s;
}

Site::Updated Site::RemoveScheduledCancellation(const std::string& id, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  const bool ending_trial = s->status == kInTrial && s->cancelled_at;
  if (s->status != kNonRenewing && !ending_trial) return Refuse(*s, "keep");
  s->cancelled_at.reset();
  s->cancel_schedule_created_at.reset();
  s->cancel_reason_code.clear();
  if (s->status == kNonRenewing) {
    s->status = kActive;
    s->next_billing_at = s->current_term_end;
  }
  Commit(*s);
  EmitFor(*s, "subscription_scheduled_cancellation_removed", origin);
  return s;
}

Site::Updated Site::Pause(const std::string& id, const PauseRequest& how, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status != kActive) return Refuse(*s, "pause");
  if (how.resume_at && !InFuture(how.resume_at, now())) {
    return WrongValue("resume_date", "must be in the future");
  }
  s->resume_date = how.resume_at;
  if (how.when != PauseRequest::When::kNow) {
    const bool at_end = how.when == PauseRequest::When::kEndOfTerm;
    if (!at_end && !InFuture(how.at, now()))
      return WrongValue("pause_date", "must be in the future");
    s->pause_date = at_end ? s->current_term_end : how.at;
    Commit(*s);
    EmitFor(*s, "subscription_pause_scheduled", origin);
    return s;
  }
  s->status = kPaused;
  s->pause_date = now();
  s->next_billing_at.reset();
  Commit(*s);
  EmitFor(*s, "subscription_paused", origin);
  return s;
}

Site::Updated Site::RemoveScheduledPause(const std::string& id, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status != kActive || !s->pause_date) return Refuse(*s, "remove a scheduled pause of");
  s->pause_date.reset();
  s->resume_date.reset();
  Commit(*s);
  EmitFor(*s, "subscription_scheduled_pause_removed", origin);
  return s;
}

Site::Updated Site::Resume(const std::string& id, std::optional<Seconds> at, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status != kPaused) return Refuse(*s, "resume");
  if (at) {
    if (!InFuture(at, now())) return WrongValue("resume_date", "must be in the future");
    s->resume_date = at;
    Commit(*s);
    EmitFor(*s, "subscription_resumption_scheduled", origin);
    return s;
  }
  s->status = kActive;
  s->pause_date.reset();
  s->resume_date.reset();
  const Invoice* invoice = nullptr;
  // Inside the paid term nothing is charged; after it a new term begins today.
  if (InFuture(s->current_term_end, now())) {
    s->next_billing_at = s->current_term_end;
  } else {
    BeginTerm(*s, now());
    invoice = &Charge(*s, false);
  }
  Commit(*s);
  EmitFor(*s, "subscription_resumed", origin, invoice);
  return s;
}

Site::Updated Site::RemoveScheduledResumption(const std::string& id, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status != kPaused || !s->resume_date) {
    return Refuse(*s, "remove a scheduled resumption of");
  }
  s->resume_date.reset();
  Commit(*s);
  EmitFor(*s, "subscription_scheduled_resumption_removed", origin);
  return s;
}

// No subscription_created comes with a win-back: the same id runs again.
Site::Updated Site::Reactivate(const std::string& id, std::optional<Seconds> trial_end,
                               const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (s->status != kCancelled) return Refuse(*s, "reactivate");
  s->cancelled_at.reset();
  s->cancel_schedule_created_at.reset();
  s->cancel_reason.clear();
  s->cancel_reason_code.clear();
  s->cancel_at_trial_end = false;
  const bool unpaid = s->dunning.has_value();
  s->dunning.reset();
  const Invoice* invoice = nullptr;
  if (InFuture(trial_end, now())) {
    s->status = kInTrial;
    s->trial_start = now();
    s->trial_end = s->next_billing_at = trial_end;
  } else {
    s->status = kActive;
    if (!s->started_at) s->started_at = now();
    s->activated_at = now();
    // Within the term that dunning cut short, the term is kept and nothing is charged.
    if (unpaid && InFuture(s->current_term_end, now())) {
      s->next_billing_at = s->current_term_end;
    } else {
      BeginTerm(*s, now());
      invoice = &Charge(*s, false);
    }
  }
  Commit(*s);
  EmitFor(*s, "subscription_reactivated", origin, invoice);
  return s;
}

Site::Updated Site::Delete(const std::string& id, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  s->deleted = true;  // the status stays what it was
  Commit(*s);
  EmitFor(*s, "subscription_deleted", origin);
  return s;
}

Site::Updated Site::SetOverride(const std::string& id, const std::string& feature,
                                std::optional<EntitlementOverride> value, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  const Feature* known = catalog().FindFeature(feature);
  if (!known) return WrongValue("feature_id", "unknown feature " + feature);
  const char* change = value ? "updated" : "removed";
  const bool value_given = value.has_value();
  if (value) {
    s->overrides[feature] = std::move(*value);
  } else if (s->overrides.erase(feature) == 0) {
    return NotFound("entitlement override", feature);
  }
  // Entitlements have no version: the subscription's own does not move.
  JsonObject impacted;
  impacted.Number("count", 1).Raw("subscription_ids", JsonTexts({id}));
  std::string content = JsonObject()
                            .Raw("feature", RenderFeature(*known))
                            .Raw("metadata", JsonObject().Text("change_type", change).str())
                            .Raw("impacted_subscription", impacted.str())
                            .str();
  Emit(value_given ? "entitlement_overrides_updated" : "entitlement_overrides_removed",
       std::move(content), id, origin);
  EmitEntitlements(*s, "subscription_entitlements_updated", origin);
  return s;
}

}  // namespace kl::chargebee_sim
