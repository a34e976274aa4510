#include "sim/chargebee/model/catalog.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kl::chargebee_sim {
namespace {

namespace json = boost::json;

template <class T>
const T* FindById(const std::vector<T>& all, std::string_view id) {
  auto it = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return it == all.end() ? nullptr : &*it;
}

std::string Text(const json::object& object, std::string_view key, std::string fallback = {}) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : fallback;
}

std::int64_t Number(const json::object& object, std::string_view key, std::int64_t fallback) {
  const json::value* value = object.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : fallback;
}

template <class Fn>
void ForEachObject(const json::object& root, std::string_view key, Fn fn) {
  const json::value* list = root.if_contains(key);
  if (!list || !list->is_array()) return;
  for (const auto& element : list->get_array()) {
    if (element.is_object()) fn(element.get_object());
  }
}

Item ReadItem(const json::object& o) {
  Item item{Text(o, "id"),
            Text(o, "name", Text(o, "id")),
            Text(o, "description"),
            Text(o, "type", "plan"),
            {}};
  if (const json::value* lines = o.if_contains("highlights"); lines && lines->is_array()) {
    for (const auto& line : lines->get_array()) {
      if (line.is_string()) item.highlights.emplace_back(line.get_string());
    }
  }
  return item;
}

Status CheckCatalog(const Catalog& catalog) {
  for (const auto& price : catalog.prices) {
    if (!catalog.FindItem(price.item_id)) {
      return Fail(ErrorKind::kInvalid, "catalog: item price " + price.id + " is of unknown item '" +
                                           price.item_id + "'");
    }
  }
  for (const auto& entitlement : catalog.entitlements) {
    if (!catalog.FindFeature(entitlement.feature_id)) {
      return Fail(ErrorKind::kInvalid, "catalog: entitlement of " + entitlement.entity_id +
                                           " to unknown feature '" + entitlement.feature_id + "'");
    }
  }
  return {};
}

}  // namespace

const Item* Catalog::FindItem(std::string_view id) const { return FindById(items, id); }
const ItemPrice* Catalog::FindPrice(std::string_view id) const { return FindById(prices, id); }
const Feature* Catalog::FindFeature(std::string_view id) const { return FindById(features, id); }

const Item* Catalog::ItemOfPrice(std::string_view price_id) const {
  const ItemPrice* price = FindPrice(price_id);
  return price ? FindItem(price->item_id) : nullptr;
}

std::vector<EffectiveEntitlement> Catalog::EntitlementsOf(const Subscription& subscription,
                                                          Seconds now) const {
  std::vector<EffectiveEntitlement> out;
  for (const auto& feature : features) {
    if (feature.status == "draft") continue;  // it entitles nobody yet
    std::optional<EffectiveEntitlement> found;
    auto take = [&](std::string_view entity) {
      for (const auto& e : entitlements) {
        if (!found && e.entity_id == entity && e.feature_id == feature.id) {
          found = EffectiveEntitlement{&feature, e.value, false, true, {}};
        }
      }
    };
    for (const auto& line : subscription.items) {
      take(line.item_price_id);
      if (const ItemPrice* price = FindPrice(line.item_price_id)) take(price->item_id);
    }
    auto it = subscription.overrides.find(feature.id);
    const bool overridden = it != subscription.overrides.end() &&
                            (!it->second.expires_at || *it->second.expires_at > now);
    if (overridden) {
      const EntitlementOverride& o = it->second;
      found = EffectiveEntitlement{&feature, o.value, true, o.enabled, o.expires_at};
    }
    if (found) out.push_back(std::move(*found));
  }
  return out;
}

void Catalog::SetEntitlement(const std::string& entity_id, const std::string& feature_id,
                             const std::string& value) {
  for (auto& e : entitlements) {
    if (e.entity_id == entity_id && e.feature_id == feature_id) {
      e.value = value;
      return;
    }
  }
  entitlements.push_back({entity_id, feature_id, value});
}

Catalog DefaultCatalog() {
  Catalog catalog;
  struct Plan {
    const char *id, *name, *description, *size;
    std::int64_t price;
    std::vector<std::string> highlights;
  };
  const Plan plans[] = {
      {"starter",
       "Starter",
       "For one person with something to say",
       "1Gi",
       900,
       {"1 GiB of storage", "Your own address", "HTTPS from the first second"}},
      {"team",
       "Team",
       "For a team that publishes every day",
       "5Gi",
       2900,
       {"5 GiB of storage", "Twice the speed", "Your own address", "HTTPS from the first second"}},
      {"business",
       "Business",
       "For the site a company lives on",
       "20Gi",
       9900,
       {"20 GiB of storage", "Four times the speed", "Your own address",
        "HTTPS from the first second"}},
  };
  catalog.features.push_back({"volume_size", "Storage", "custom", "GiB"});
  for (const auto& plan : plans) {
    const std::string id = plan.id;
    catalog.items.push_back({id, plan.name, plan.description, "plan", plan.highlights});
    catalog.prices.push_back({id + "-USD-monthly", id, "USD", plan.price, 1, "month", 0});
    catalog.entitlements.push_back({id, "volume_size", plan.size});
  }
  return catalog;
}

Result<Catalog> ParseCatalog(std::string_view text) {
  json::error_code failure;
  json::value root = json::parse({text.data(), text.size()}, failure);
  if (failure) return Fail(ErrorKind::kInvalid, "catalog: not JSON: " + failure.message());
  if (!root.is_object()) return Fail(ErrorKind::kInvalid, "catalog: not a JSON object");
  const json::object& top = root.get_object();
  // A site that sells nothing yet says so with an empty list.
  if (!top.contains("item_prices")) return Fail(ErrorKind::kInvalid, "catalog: no item_prices");
  Catalog catalog;
  catalog.family = Text(top, "family", catalog.family);
  catalog.title = Text(top, "title", catalog.title);
  catalog.tagline = Text(top, "tagline", catalog.tagline);
  ForEachObject(top, "items", [&](const auto& o) { catalog.items.push_back(ReadItem(o)); });
  ForEachObject(top, "item_prices", [&](const json::object& o) {
    catalog.prices.push_back({Text(o, "id"), Text(o, "item_id"), Text(o, "currency", "USD"),
                              Number(o, "price", 0), Number(o, "period", 1),
                              Text(o, "period_unit", "month"), Number(o, "trial_days", 0)});
  });
  ForEachObject(top, "features", [&](const json::object& o) {
    catalog.features.push_back({Text(o, "id"), Text(o, "name", Text(o, "id")),
                                Text(o, "type", "custom"), Text(o, "unit"),
                                Text(o, "status", "active")});
  });
  ForEachObject(top, "entitlements", [&](const json::object& o) {
    catalog.entitlements.push_back({Text(o, "entity_id"), Text(o, "feature_id"), Text(o, "value")});
  });
  KL_RETURN_IF_ERROR(CheckCatalog(catalog));
  return catalog;
}

}  // namespace kl::chargebee_sim
