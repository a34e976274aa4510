// Customers, their cards, and changes of the catalogue.
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {
namespace {

std::string CustomerContent(const Customer& customer) {
  return JsonObject().Raw("customer", RenderCustomer(customer)).str();
}

}  // namespace

const Customer& Site::CreateCustomer(Customer customer, const Origin& origin) {
  if (customer.id.empty()) customer.id = NewId();
  customer.created_at = now();
  TouchCustomer(customer);
  const Customer& stored = customers_[customer.id] = std::move(customer);
  Emit("customer_created", CustomerContent(stored), {}, origin);
  return stored;
}

ApiResult<const Customer*> Site::UpdateCustomer(const std::string& id,
                                                const std::map<std::string, std::string>& fields,
                                                const Origin& origin) {
  auto it = customers_.find(id);
  if (it == customers_.end() || it->second.deleted) return NotFound("customer", id);
  Customer& customer = it->second;
  for (const auto& [name, value] : fields) {
    if (name == "email") customer.email = value;
    if (name == "first_name") customer.first_name = value;
    if (name == "last_name") customer.last_name = value;
    if (name.starts_with("cf_")) customer.custom_fields[name] = value;
  }
  TouchCustomer(customer);
  Emit("customer_changed", CustomerContent(customer), {}, origin);
  return &customer;
}

ApiResult<const Customer*> Site::DeleteCustomer(const std::string& id, const Origin& origin) {
  auto it = customers_.find(id);
  if (it == customers_.end() || it->second.deleted) return NotFound("customer", id);
  std::vector<std::string> gone;
  for (const Subscription* one : SubscriptionsOf(id)) {
    Subscription* s = Editable(one->id);
    if (!s) continue;
    s->deleted = true;
    Commit(*s);
    gone.push_back(RenderSubscription(*s));
  }
  it->second.deleted = true;
  TouchCustomer(it->second);
  Emit("customer_deleted",
       JsonObject()
           .Raw("customer", RenderCustomer(it->second))
           .Raw("subscriptions", JsonArray(gone))
           .str(),
       {}, origin);
  return &it->second;
}

ApiStatus Site::SetCard(const std::string& customer_id, Card card, const Origin& origin) {
  auto it = customers_.find(customer_id);
  if (it == customers_.end()) return NotFound("customer", customer_id);
  it->second.card = card;
  TouchCustomer(it->second);
  Emit("customer_changed", CustomerContent(it->second), {}, origin);
  if (card != Card::kValid) return {};
  for (const Subscription* one : SubscriptionsOf(customer_id)) {
    Subscription* s = Editable(one->id);
    if (s && s->dunning && s->status != SubscriptionStatus::kCancelled) Collected(*s, origin);
  }
  return {};
}

ApiStatus Site::SetItemEntitlement(const std::string& entity_id, const std::string& feature,
                                   const std::string& value, const Origin& origin) {
  const Feature* known = catalog().FindFeature(feature);
  if (!known) return WrongValue("feature_id", "unknown feature " + feature);
  const Item* item = catalog().FindItem(entity_id);
  if (!item && !catalog().FindPrice(entity_id)) return NotFound("item", entity_id);
  options_.catalog.SetEntitlement(entity_id, feature, value);
  std::vector<std::string> impacted;
  for (const Subscription* s : order_) {
    for (const auto& line : s->items) {
      const Item* of = catalog().ItemOfPrice(line.item_price_id);
      if (line.item_price_id == entity_id || (of && of->id == entity_id)) impacted.push_back(s->id);
    }
  }
  JsonObject subscriptions;
  subscriptions.Number("count", static_cast<std::int64_t>(impacted.size()));
  // Long lists are only offered for download on the real service.
  if (impacted.size() <= 100) subscriptions.Raw("subscription_ids", JsonTexts(impacted));
  const std::string what = item ? "item" : "item_price";
  Emit(what + "_entitlements_updated",
       JsonObject()
           .Raw("feature", RenderFeature(*known))
           .Raw("metadata", JsonObject().Text("change_type", "updated").str())
           .Raw("impacted_" + what,
                JsonObject().Number("count", 1).Raw(what + "_ids", JsonTexts({entity_id})).str())
           .Raw("impacted_subscription", subscriptions.str())
           .str(),
       {}, origin);
  return {};
}

}  // namespace kl::chargebee_sim
