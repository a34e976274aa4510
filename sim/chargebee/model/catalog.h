// What a site sells: plan and addon items, their prices, features and what each item or price
// entitles to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

struct Item {
  std::string id;
  std::string name;
  std::string description;
  std::string type = "plan";            // plan addon
  std::vector<std::string> highlights;  // lines of the pricing table
};

struct ItemPrice {
  std::string id;
  std::string item_id;
  std::string currency = "USD";
  std::int64_t price = 0;  // cents a period
  std::int64_t period = 1;
  std::string period_unit = "month";
  std::int64_t trial_days = 0;
};

struct Feature {
  std::string id;
  std::string name;
  std::string type = "custom";  // switch custom quantity range
  std::string unit;
  std::string status = "active";  // active draft archived
};

struct Entitlement {
  std::string entity_id;  // item or item price
  std::string feature_id;
  std::string value;
};

// A feature as one subscription has it.
struct EffectiveEntitlement {
  const Feature* feature = nullptr;
  std::string value;
  bool overridden = false;
  bool enabled = true;
  std::optional<Seconds> expires_at;
};

struct Catalog {
  std::string family = "saas";
  std::string title = "Inkwell";  // of the storefront
  std::string tagline = "Your own site, ready in a minute.";
  std::vector<Item> items;
  std::vector<ItemPrice> prices;
  std::vector<Feature> features;
  std::vector<Entitlement> entitlements;

  const Item* FindItem(std::string_view id) const;
  const ItemPrice* FindPrice(std::string_view id) const;
  const Feature* FindFeature(std::string_view id) const;
  const Item* ItemOfPrice(std::string_view price_id) const;

  // A price's entitlement wins over its item's, an override over both, the plan over its addons.
  std::vector<EffectiveEntitlement> EntitlementsOf(const Subscription& subscription,
                                                   Seconds now) const;
  // Sets or adds; used by the admin API.
  void SetEntitlement(const std::string& entity_id, const std::string& feature_id,
                      const std::string& value);
};

// Three plans, starter / team / business, billed monthly in USD, with the feature volume_size.
Catalog DefaultCatalog();

// JSON: {"family", "title", "tagline", "items": [{id, name, description, type, highlights}],
// "item_prices": [{id, item_id, currency, price, period, period_unit, trial_days}], "features":
// [{id, name, type, unit, status}], "entitlements": [{entity_id, feature_id, value}]}. kInvalid
// names what does not fit together.
Result<Catalog> ParseCatalog(std::string_view json);

}  // namespace kl::chargebee_sim
