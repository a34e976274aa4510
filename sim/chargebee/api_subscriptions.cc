// Reading, creating and updating subscriptions.
#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

// A read-only view of a subscription the API shows: neither deleted nor hidden by a fault.
const Subscription* Shown(const ApiCall& call, const std::string& id) {
  const Subscription* s = call.site.FindSubscription(id);
  if (!s || s->deleted) return nullptr;
  const Duration hidden = call.simulator.read_faults().hidden;
  return s->created_ms + hidden.count() > call.site.now_ms() && hidden.count() > 0 ? nullptr : s;
}

ApiAnswer Retrieve(const ApiCall& call) {
  const Subscription* s = Shown(call, call.args[0]);
  if (!s) return ApiFailure(NotFound("subscription", call.args[0]).error());
  return SubscriptionAnswer(call, s);
}

ApiAnswer RetrieveScheduled(const ApiCall& call) {
  const Subscription* s = Shown(call, call.args[0]);
  if (!s) return ApiFailure(NotFound("subscription", call.args[0]).error());
  if (!s->scheduled_change) {
    return ApiFailure(WrongState("no changes are scheduled").error());
  }
  // The subscription as it would be; what is stored stays.
  Subscription later = *s;
  later.items = s->scheduled_change->items;
  return SubscriptionAnswer(call, &later);
}

ApiAnswer List(const ApiCall& call) {
  static const std::vector<std::string> kFields = {"id",
                                                   "customer_id",
                                                   "item_id",
                                                   "item_price_id",
                                                   "status",
                                                   "cancel_reason",
                                                   "cancel_reason_code",
                                                   "created_at",
                                                   "activated_at",
                                                   "next_billing_at",
                                                   "cancelled_at",
                                                   "has_scheduled_changes",
                                                   "updated_at",
                                                   "channel"};
  auto request = ReadListRequest(call.params, kFields);
  if (!request) return ApiFailure(request.error());
  auto page = call.site.ListSubscriptions(*request);
  std::vector<std::string> entries;
  // A hidden one leaves a gap in its page, as an index that is not there yet would.
  for (const Subscription* s : page.items) {
    if (!s->deleted && !Shown(call, s->id)) continue;
    JsonObject entry;
    entry.Raw("subscription", RenderSubscription(*s));
    if (const Customer* customer = call.site.FindCustomer(s->customer_id)) {
      entry.Raw("customer", RenderCustomer(*customer));
    }
    entries.push_back(entry.str());
  }
  return {200, ListBody(entries, page.next_offset)};
}

ApiAnswer Entitlements(const ApiCall& call) {
  const Subscription* s = Shown(call, call.args[0]);
  if (!s) return ApiFailure(NotFound("subscription", call.args[0]).error());
  std::vector<std::string> entries;
  for (const auto& one : call.site.catalog().EntitlementsOf(*s, call.site.now())) {
    entries.push_back(
        JsonObject().Raw("subscription_entitlement", RenderEntitlement(*s, one)).str());
  }
  return SmallList(call, entries);
}

// What the admin API has planned to come between a client's read and this write of it.
void LoseRace(const ApiCall& call, const std::string& id) {
  auto planned = call.simulator.races().extract(id);
  if (planned.empty()) return;
  SubscriptionUpdate change;
  change.items.push_back({planned.mapped().item_price_id});
  change.end_of_term = planned.mapped().schedule;
  (void)call.site.Update(id, change, {"admin_console", "vendor@example.com"});
}

// Every cf_* parameter is taken for a custom field; the model refuses those that nobody created.
ApiAnswer UpdateForItems(const ApiCall& call) {
  const std::string& id = call.args[0];
  LoseRace(call, id);
  call.site.CountWrite(id);
  SubscriptionUpdate change;
  change.items = ReadItems(call.params);
  change.replace_items = call.params.Flag("replace_items_list").value_or(false);
  change.end_of_term = call.params.Flag("end_of_term").value_or(false) ||
                       call.params.Text("change_option") == "end_of_term";
  change.changes_scheduled_at = call.params.Number("changes_scheduled_at");
  change.trial_end = call.params.Number("trial_end");
  for (const auto& [key, value] : call.params.all()) {
    if (key.starts_with("cf_")) change.custom_fields[key] = value;
  }
  return SubscriptionAnswer(call, call.site.Update(id, change, call.origin));
}

ApiAnswer CreateForCustomer(const ApiCall& call) {
  const std::string& customer_id = call.args[0];
  if (!call.site.FindCustomer(customer_id)) {
    return ApiFailure(NotFound("customer", customer_id).error());
  }
  auto wanted = ReadNewSubscription(call.params);
  if (!wanted) return ApiFailure(wanted.error());
  wanted->customer_id = customer_id;
  return SubscriptionAnswer(call, call.site.Create(std::move(*wanted), call.origin));
}

// action=upsert|remove, entitlement_overrides[feature_id][i], [value][i], [is_enabled][i]
ApiAnswer Override(const ApiCall& call) {
  const std::string& id = call.args[0];
  if (!Shown(call, id)) return ApiFailure(NotFound("subscription", id).error());
  const bool remove = call.params.Text("action") == "remove";
  for (const auto& row : call.params.Rows("entitlement_overrides")) {
    auto text = [&](const char* name) {
      auto it = row.find(name);
      return it == row.end() ? std::string() : it->second;
    };
    std::optional<EntitlementOverride> value;
    if (!remove) {
      value = EntitlementOverride{text("value"), text("is_enabled") != "false",
                                  ParseNumber(text("expires_at"))};
    }
    auto done = call.site.SetOverride(id, text("feature_id"), std::move(value), call.origin);
    if (!done) return ApiFailure(done.error());
  }
  return {200, ListBody({}, {})};
}

}  // namespace

std::vector<SubscriptionItem> ReadItems(const Params& params) {
  std::vector<SubscriptionItem> items;
  for (const auto& row : params.Rows("subscription_items")) {
    SubscriptionItem item;
    if (auto it = row.find("item_price_id"); it != row.end()) item.item_price_id = it->second;
    if (auto it = row.find("quantity"); it != row.end()) {
      item.quantity = ParseNumber(it->second).value_or(1);
    }
    items.push_back(std::move(item));
  }
  return items;
}

// A customer who comes through the API has paid by means of his own: his card counts as valid.
Customer ReadCustomer(const std::map<std::string, std::string>& fields) {
  Customer customer;
  customer.card = Card::kValid;
  for (const auto& [name, value] : fields) {
    if (name == "id") customer.id = value;
    if (name == "email") customer.email = value;
    if (name == "first_name") customer.first_name = value;
    if (name == "last_name") customer.last_name = value;
    if (name == "auto_collection") customer.auto_collection = value != "off";
    if (name.starts_with("cf_")) customer.custom_fields[name] = value;
  }
  return customer;
}

ApiResult<NewSubscription> ReadNewSubscription(const Params& params) {
  NewSubscription wanted;
  wanted.items = ReadItems(params);
  if (wanted.items.empty()) return WrongValue("subscription_items", "at least one is needed");
  // Creation carries the attributes at top level, hosted pages inside subscription[...].
  auto text = [&](const std::string& name) {
    auto value = params.OptionalText(name);
    return value ? *value : params.Text("subscription[" + name + "]");
  };
  wanted.id = text("id");
  wanted.start_date = ParseNumber(text("start_date"));
  wanted.trial_end = ParseNumber(text("trial_end"));
  wanted.cancel_at_trial_end = text("trial_end_action") == "cancel_subscription";
  wanted.customer = ReadCustomer(params.WithPrefix("customer["));
  for (const auto& [key, value] : params.all()) {
    if (key.starts_with("cf_")) wanted.custom_fields[key] = value;
  }
  for (const auto& [key, value] : params.WithPrefix("subscription[")) {
    if (key.starts_with("cf_")) wanted.custom_fields[key] = value;
  }
  return wanted;
}

void AddSubscriptionCalls(ApiRouter& r) {
  r.Add("GET", "subscriptions", List);
  r.Add("GET", "subscriptions/{}", Retrieve);
  r.Add("GET", "subscriptions/{}/retrieve_with_scheduled_changes", RetrieveScheduled);
  r.Add("GET", "subscriptions/{}/subscription_entitlements", Entitlements);
  r.Add("POST", "subscriptions/{}/update_for_items", UpdateForItems);
  r.Add("POST", "subscriptions/{}/entitlement_overrides", Override);
  r.Add("POST", "customers/{}/subscription_for_items", CreateForCustomer);
}

}  // namespace kl::chargebee_sim
