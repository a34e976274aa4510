#include <algorithm>

#include "domain/canonical.h"
#include "domain/derive.h"

namespace kl {

// Fields in this order: key, customer, e-mail, status word, state, items by price id, scheduled
// changes, end, further fields, entitlements by feature. Providers promise no order of items and
// entitlements, so a list in another order is the same content. The
// customer's name matters to nothing that runs.
std::string ContentDigest(const BillingSubscription& subscription,
                          const std::vector<Entitlement>& entitlements) {
  Canonical text;
  text.Field("key").Text(subscription.key.provider).Text(subscription.key.site);
  text.Text(subscription.key.id);
  text.Field("customer").Text(subscription.customer_id).Text(subscription.customer_email);
  text.Field("status").Text(subscription.raw_status).Text(BillingStateName(subscription.state));

  auto items = subscription.items;
  std::ranges::sort(items, {}, [](const BillingItem& item) {
    return std::tie(item.price_id, item.item_id, item.is_plan, item.quantity);
  });
  text.Field("items").Number(std::ssize(items));
  for (const auto& item : items) {
    text.Text(item.price_id).Text(item.item_id).Number(item.is_plan).Number(item.quantity);
  }

  text.Field("scheduled").Number(subscription.scheduled_changes);
  text.Field("ends").Number(subscription.ends_at ? 1 : 0);
  if (subscription.ends_at) text.Number(subscription.ends_at->time_since_epoch().count());
  text.Field("fields").Texts(subscription.fields);

  auto sorted = entitlements;
  std::ranges::sort(sorted, {}, [](const Entitlement& entitlement) {
    return std::tie(entitlement.feature, entitlement.value, entitlement.enabled);
  });
  text.Field("entitlements").Number(std::ssize(sorted));
  for (const auto& entitlement : sorted) {
    text.Text(entitlement.feature).Text(entitlement.value).Number(entitlement.enabled);
  }
  return text.Digest();
}

}  // namespace kl
