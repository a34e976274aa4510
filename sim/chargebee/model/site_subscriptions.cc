// Creating subscriptions and changing what they contain.
#include <algorithm>

#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {
namespace {

constexpr Seconds kDay = 86400;

// A new plan replaces the plan, a new addon the addon of the same price.
std::vector<SubscriptionItem> MergeItems(std::vector<SubscriptionItem> present,
                                         const std::vector<SubscriptionItem>& wanted) {
  for (const auto& item : wanted) {
    auto same = std::find_if(present.begin(), present.end(), [&](const SubscriptionItem& old) {
      return item.item_type == "plan" ? old.item_type == "plan"
                                      : old.item_price_id == item.item_price_id;
    });
    if (same == present.end()) {
      present.push_back(item);
    } else {
      *same = item;
    }
  }
  return present;
}

}  // namespace

// Type and price come from the catalogue, whatever the caller says.
ApiStatus Site::FillItems(std::vector<SubscriptionItem>& items) const {
  if (items.empty()) return WrongValue("subscription_items", "at least one is needed");
  for (auto& item : items) {
    const ItemPrice* price = catalog().FindPrice(item.item_price_id);
    if (!price) {
      return WrongValue("subscription_items[item_price_id]",
                        "unknown item price " + item.item_price_id);
    }
    item.item_type = catalog().FindItem(price->item_id)->type;
    item.unit_price = price->price;
  }
  return {};
}

// The provider's own error for a field the vendor did not create is not documented; all that
// clients may rely on is a 4xx whose `param` is the field.
ApiStatus Site::CheckCustomFields(const std::map<std::string, std::string>& fields) const {
  for (const auto& [name, value] : fields) {
    if (!options_.custom_fields.contains(name)) return WrongValue(name, "not in allowed values");
    // Single-line text fields of the provider hold 99 characters.
    if (value.size() > 99) return WrongValue(name, "longer than 99 characters");
  }
  return {};
}

// The plan's price decides how long a term is and in what currency it is paid.
void Site::ApplyPeriod(Subscription& s) {
  const ItemPrice* price = catalog().FindPrice(s.items.front().item_price_id);
  s.billing_period = price->period;
  s.billing_period_unit = price->period_unit;
  s.currency = price->currency;
}

// True when a value is another than before; an empty value clears, as in every call of the API.
bool Site::ApplyCustomFields(Subscription& s, const std::map<std::string, std::string>& fields) {
  bool changed = false;
  for (const auto& [name, value] : fields) {
    auto it = s.custom_fields.find(name);
    if ((it == s.custom_fields.end() ? std::string() : it->second) == value) continue;
    changed = true;
    if (value.empty()) {
      s.custom_fields.erase(name);
    } else {
      s.custom_fields[name] = value;
    }
    if (name == "cf_domain") s.domain_values.push_back(value);
  }
  return changed;
}

// future / in_trial / active, as the dates say; sets the first term.
void Site::Start(Subscription& s, std::optional<Seconds> trial_end) {
  const Seconds at = now();
  if (s.start_date && *s.start_date > at) {
    s.status = SubscriptionStatus::kFuture;
    s.trial_end = trial_end && *trial_end > 0 ? trial_end : std::nullopt;
    s.next_billing_at = s.start_date;
    return;
  }
  s.started_at = at;
  if (!trial_end) {
    const ItemPrice* price = catalog().FindPrice(s.items.front().item_price_id);
    if (price->trial_days > 0) trial_end = at + price->trial_days * kDay;
  }
  if (trial_end && *trial_end > at) {
    s.status = SubscriptionStatus::kInTrial;
    s.trial_start = at;
    s.trial_end = trial_end;
    s.next_billing_at = trial_end;
    return;
  }
  s.trial_end.reset();
  s.status = SubscriptionStatus::kActive;
  s.activated_at = at;
  BeginTerm(s, at);
}

// Everything that can be refused is, before anything exists.
ApiStatus Site::CheckNew(NewSubscription& wanted) const {
  if (auto filled = FillItems(wanted.items); !filled) return filled;
  if (wanted.items.front().item_type != "plan") {
    return WrongValue("subscription_items[item_price_id][0]", "the first must be a plan");
  }
  if (auto known = CheckCustomFields(wanted.custom_fields); !known) return known;
  if (!wanted.id.empty() && subscriptions_.contains(wanted.id)) {
    return std::unexpected(ApiError{400, "invalid_request", "duplicate_entry",
                                    "The value " + wanted.id + " is already present", "id"});
  }
  return {};
}

// The record, in no status yet.
Subscription& Site::Enter(NewSubscription wanted) {
  auto owned = std::make_unique<Subscription>();
  Subscription& s = *owned;
  s.id = wanted.id.empty() ? NewId() : wanted.id;
  s.customer_id = wanted.customer_id;
  s.items = std::move(wanted.items);
  s.created_at = now();
  s.created_ms = now_ms();
  s.sequence = order_.size() + 1;
  s.start_date = wanted.start_date;
  s.cancel_at_trial_end = wanted.cancel_at_trial_end;
  ApplyCustomFields(s, wanted.custom_fields);
  ApplyPeriod(s);
  order_.push_back(&s);
  subscriptions_[s.id] = std::move(owned);
  return s;
}

Site::Updated Site::Create(NewSubscription wanted, const Origin& origin) {
  if (auto fine = CheckNew(wanted); !fine) return std::unexpected(fine.error());
  if (!FindCustomer(wanted.customer_id)) {
    if (!wanted.customer_id.empty()) wanted.customer.id = wanted.customer_id;
    wanted.customer_id = CreateCustomer(std::move(wanted.customer), origin).id;
  }
  const std::optional<Seconds> trial_end = wanted.trial_end;
  Subscription& s = Enter(std::move(wanted));
  Start(s, trial_end);

  const bool charged = s.status == SubscriptionStatus::kActive;
  const Invoice* invoice = charged ? &Charge(s, true) : nullptr;
  Commit(s);
  EmitFor(s, "subscription_created", origin, invoice);
  if (options_.entitlement_events) EmitEntitlements(s, "subscription_entitlements_created", origin);
  if (invoice) {
    EmitFor(s, "invoice_generated", origin, invoice);
    EmitFor(s, invoice->status == "paid" ? "payment_succeeded" : "payment_failed", origin, invoice);
  }
  return &s;
}

// A change for later: only one can be waiting, the last one counts.
Site::Updated Site::ScheduleChange(Subscription& s, std::vector<SubscriptionItem> items,
                                   std::optional<Seconds> at, const Origin& origin) {
  if (s.status == SubscriptionStatus::kCancelled) return WrongState("subscription is cancelled");
  s.scheduled_change = ScheduledChange{items.empty() ? s.items : std::move(items), at};
  Commit(s);
  EmitFor(s, "subscription_changes_scheduled", origin);
  return &s;
}

Site::Updated Site::Update(const std::string& id, const SubscriptionUpdate& change,
                           const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (auto known = CheckCustomFields(change.custom_fields); !known) {
    return std::unexpected(known.error());
  }
  std::vector<SubscriptionItem> items = change.items;
  if (!items.empty()) {
    if (auto filled = FillItems(items); !filled) return std::unexpected(filled.error());
    if (!change.replace_items) items = MergeItems(s->items, items);
  }
  if (change.end_of_term) {
    return ScheduleChange(*s, std::move(items), s->current_term_end, origin);
  }
  if (change.changes_scheduled_at) {
    return ScheduleChange(*s, std::move(items), change.changes_scheduled_at, origin);
  }

  // The real call deletes whatever was scheduled, also when it carries nothing but a custom field.
  Changes done;
  done.unscheduled = s->scheduled_change.has_value();
  s->scheduled_change.reset();
  done.fields = ApplyCustomFields(*s, change.custom_fields);
  done.items = !items.empty() && items != s->items;
  if (done.items) {
    s->items = items;
    ApplyPeriod(*s);
  }
  done.trial = change.trial_end && s->status == SubscriptionStatus::kInTrial;
  if (done.trial) s->trial_end = s->next_billing_at = change.trial_end;
  // `reactivate` defaults to true where items are passed, and only there.
  const bool reactivates = !items.empty() && s->status == SubscriptionStatus::kCancelled;
  if (done.any()) {
    Commit(*s);
    EmitChanges(*s, done, origin);
  }
  return reactivates ? Reactivate(id, {}, origin) : Updated(s);
}

void Site::EmitChanges(const Subscription& s, const Changes& done, const Origin& origin) {
  if (done.unscheduled) EmitFor(s, "subscription_scheduled_changes_removed", origin);
  if (done.trial) EmitFor(s, "subscription_trial_extended", origin);
  if (done.items || (done.fields && options_.echo_custom_fields)) {
    EmitFor(s, "subscription_changed", origin);
  }
  if (done.items && options_.entitlement_events) {
    EmitEntitlements(s, "subscription_entitlements_updated", origin);
  }
}

Site::Updated Site::RemoveScheduledChanges(const std::string& id, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  if (!s->scheduled_change) return WrongState("no changes are scheduled");
  s->scheduled_change.reset();
  Commit(*s);
  EmitFor(*s, "subscription_scheduled_changes_removed", origin);
  return s;
}

Site::Updated Site::ShowStatus(const std::string& id, std::string status, const Origin& origin) {
  Subscription* s = Editable(id);
  if (!s) return NotFound("subscription", id);
  s->status_override = std::move(status);
  Commit(*s);
  EmitFor(*s, "subscription_changed", origin);
  return s;
}

}  // namespace kl::chargebee_sim
