// Items, prices, features and who is entitled to what. Read only.
#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

std::string Wrapped(std::string_view name, const std::string& resource) {
  return JsonObject().Raw(name, resource).str();
}

// How a site of old times answers everything about items.
ApiAnswer NoItems() {
  return ApiFailure({400,
                     "invalid_request",
                     "configuration_incompatible",
                     "This API operation is not supported by Product Catalog 1.0",
                     {}});
}

ApiAnswer Configurations(const ApiCall& call) {
  const SiteOptions& options = call.site.options();
  const std::string one = JsonObject()
                              .Text("domain", options.name)
                              .Text("product_catalog_version", options.product_catalog_version)
                              .Text("object", "configuration")
                              .str();
  return {200, JsonObject().Raw("configurations", JsonArray({one})).str()};
}

ApiAnswer Items(const ApiCall& call) {
  std::vector<std::string> entries;
  for (const auto& item : call.site.catalog().items) {
    entries.push_back(Wrapped("item", RenderItem(item, call.site.catalog())));
  }
  return SmallList(call, entries);
}

ApiAnswer OneItem(const ApiCall& call) {
  const Item* item = call.site.catalog().FindItem(call.args[0]);
  if (!item) return ApiFailure(NotFound("item", call.args[0]).error());
  return {200, Wrapped("item", RenderItem(*item, call.site.catalog()))};
}

ApiAnswer ItemPrices(const ApiCall& call) {
  if (call.site.options().product_catalog_version == "v1") return NoItems();
  auto request = ReadListRequest(call.params, {"id", "item_id", "currency_code"});
  if (!request) return ApiFailure(request.error());
  std::vector<std::string> entries;
  for (const auto& price : call.site.catalog().prices) {
    auto read = [&](std::string_view field) -> std::optional<std::string> {
      return field == "id" ? price.id : field == "item_id" ? price.item_id : price.currency;
    };
    if (!MatchesAll(request->filters, read)) continue;
    entries.push_back(Wrapped("item_price", RenderItemPrice(price, call.site.catalog())));
  }
  return SmallList(call, entries);
}

ApiAnswer OneItemPrice(const ApiCall& call) {
  const ItemPrice* price = call.site.catalog().FindPrice(call.args[0]);
  if (!price) return ApiFailure(NotFound("item price", call.args[0]).error());
  return {200, Wrapped("item_price", RenderItemPrice(*price, call.site.catalog()))};
}

ApiAnswer Features(const ApiCall& call) {
  std::vector<std::string> entries;
  for (const auto& feature : call.site.catalog().features) {
    entries.push_back(Wrapped("feature", RenderFeature(feature)));
  }
  return SmallList(call, entries);
}

ApiAnswer OneFeature(const ApiCall& call) {
  const Feature* feature = call.site.catalog().FindFeature(call.args[0]);
  if (!feature) return ApiFailure(NotFound("feature", call.args[0]).error());
  return {200, Wrapped("feature", RenderFeature(*feature))};
}

std::string ItemEntitlement(const Catalog& catalog, const Entitlement& e) {
  const Feature* feature = catalog.FindFeature(e.feature_id);
  const Item* item = catalog.FindItem(e.entity_id);
  return Wrapped("item_entitlement", JsonObject()
                                         .Text("id", e.entity_id + "_" + e.feature_id)
                                         .Text("item_id", e.entity_id)
                                         .Text("item_type", item ? item->type : "plan_price")
                                         .Text("feature_id", e.feature_id)
                                         .Text("feature_name", feature->name)
                                         .Text("value", e.value)
                                         .Text("name", e.value)
                                         .Text("object", "item_entitlement")
                                         .str());
}

template <std::string Entitlement::* kField>
ApiAnswer EntitlementsBy(const ApiCall& call) {
  std::vector<std::string> entries;
  for (const auto& e : call.site.catalog().entitlements) {
    if (e.*kField == call.args[0]) entries.push_back(ItemEntitlement(call.site.catalog(), e));
  }
  return SmallList(call, entries);
}

ApiAnswer AllEntitlements(const ApiCall& call) {
  auto request = ReadListRequest(call.params, {"entity_id", "feature_id", "entity_type"});
  if (!request) return ApiFailure(request.error());
  const Catalog& catalog = call.site.catalog();
  std::vector<std::string> entries;
  for (const auto& e : catalog.entitlements) {
    const Item* item = catalog.FindItem(e.entity_id);
    const std::string type = item ? item->type : "plan_price";
    auto read = [&](std::string_view field) -> std::optional<std::string> {
      return field == "entity_id" ? e.entity_id : field == "feature_id" ? e.feature_id : type;
    };
    if (!MatchesAll(request->filters, read)) continue;
    JsonObject out;
    out.Text("id", e.entity_id + "_" + e.feature_id).Text("entity_id", e.entity_id);
    out.Text("entity_type", type).Text("feature_id", e.feature_id).Text("value", e.value);
    entries.push_back(Wrapped("entitlement", out.Text("object", "entitlement").str()));
  }
  return SmallList(call, entries);
}

}  // namespace

void AddCatalogCalls(ApiRouter& r) {
  r.Add("GET", "configurations", Configurations);
  r.Add("GET", "items", Items);
  r.Add("GET", "items/{}", OneItem);
  r.Add("GET", "items/{}/item_entitlements", EntitlementsBy<&Entitlement::entity_id>);
  r.Add("GET", "item_prices", ItemPrices);
  r.Add("GET", "item_prices/{}", OneItemPrice);
  r.Add("GET", "features", Features);
  r.Add("GET", "features/{}", OneFeature);
  r.Add("GET", "features/{}/item_entitlements", EntitlementsBy<&Entitlement::feature_id>);
  r.Add("GET", "entitlements", AllEntitlements);
}

}  // namespace kl::chargebee_sim
