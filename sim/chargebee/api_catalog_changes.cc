// The catalogue as a vendor builds it: families, items, prices, features, entitlements.
#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

Catalog& TheCatalog(const ApiCall& call) { return call.site.options().catalog; }

ApiAnswer Duplicate(const std::string& id) {
  return ApiFailure(
      {400, "invalid_request", "duplicate_entry", "The value " + id + " is already present", "id"});
}

// The first of `names` that the call lacks, as the service complains of it.
std::optional<ApiAnswer> Lacking(const ApiCall& call, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (call.params.Text(name).empty())
      return ApiFailure(WrongValue(name, std::string(name) + " : cannot be blank").error());
  }
  return std::nullopt;
}

// One family is all a site has here; its name stands over the storefront.
ApiAnswer CreateFamily(const ApiCall& call) {
  if (auto lacking = Lacking(call, {"id", "name"})) return *lacking;
  TheCatalog(call).family = call.params.Text("id");
  TheCatalog(call).title = call.params.Text("name");
  const std::string family = JsonObject()
                                 .Text("id", call.params.Text("id"))
                                 .Text("name", call.params.Text("name"))
                                 .Text("status", "active")
                                 .Text("object", "item_family")
                                 .str();
  return {200, JsonObject().Raw("item_family", family).str()};
}

ApiAnswer CreateItem(const ApiCall& call) {
  if (auto lacking = Lacking(call, {"id", "name", "type", "item_family_id"})) return *lacking;
  Catalog& catalog = TheCatalog(call);
  const std::string family = call.params.Text("item_family_id");
  if (family != catalog.family) return ApiFailure(NotFound("item family", family).error());
  Item item{.id = call.params.Text("id"),
            .name = call.params.Text("name"),
            .description = call.params.Text("description"),
            .type = call.params.Text("type"),
            .highlights = {}};
  if (catalog.FindItem(item.id)) return Duplicate(item.id);
  catalog.items.push_back(item);
  return {200, JsonObject().Raw("item", RenderItem(item, catalog)).str()};
}

ApiAnswer CreateItemPrice(const ApiCall& call) {
  if (auto lacking = Lacking(call, {"id", "name", "item_id", "price"})) return *lacking;
  Catalog& catalog = TheCatalog(call);
  ItemPrice price{.id = call.params.Text("id"), .item_id = call.params.Text("item_id")};
  if (catalog.FindPrice(price.id)) return Duplicate(price.id);
  const Item* item = catalog.FindItem(price.item_id);
  if (!item) return ApiFailure(NotFound("item", price.item_id).error());
  if (item->type == "plan") {
    if (auto lacking = Lacking(call, {"period", "period_unit"})) return *lacking;
  }
  price.currency = call.params.OptionalText("currency_code").value_or(price.currency);
  price.price = call.params.Number("price").value_or(0);
  price.period = call.params.Number("period").value_or(1);
  price.period_unit = call.params.OptionalText("period_unit").value_or(price.period_unit);
  if (call.params.Text("trial_period_unit") == "day")
    price.trial_days = call.params.Number("trial_period").value_or(0);
  catalog.prices.push_back(price);
  return {200, JsonObject().Raw("item_price", RenderItemPrice(price, catalog)).str()};
}

ApiAnswer FeatureAnswer(const Feature& feature) {
  return {200, JsonObject().Raw("feature", RenderFeature(feature)).str()};
}

// A draft: it entitles nobody until it is activated.
ApiAnswer CreateFeature(const ApiCall& call) {
  if (auto lacking = Lacking(call, {"name"})) return *lacking;
  Feature feature;
  feature.id = call.params.OptionalText("id").value_or("fea-" + call.site.NewId());
  feature.name = call.params.Text("name");
  feature.type = call.params.OptionalText("type").value_or("switch");
  feature.unit = call.params.Text("unit");
  feature.status = "draft";
  if (TheCatalog(call).FindFeature(feature.id)) return Duplicate(feature.id);
  if (feature.type != "switch" && call.params.Rows("levels").empty())
    return ApiFailure(WrongValue("levels", "levels : cannot be blank").error());
  TheCatalog(call).features.push_back(feature);
  return FeatureAnswer(feature);
}

template <const char* kStatus>
ApiAnswer SetFeatureStatus(const ApiCall& call) {
  for (Feature& feature : TheCatalog(call).features) {
    if (feature.id != call.args[0]) continue;
    feature.status = kStatus;
    return FeatureAnswer(feature);
  }
  return ApiFailure(NotFound("feature", call.args[0]).error());
}

constexpr char kActive[] = "active";
constexpr char kArchived[] = "archived";

// All of them or none.
ApiAnswer ChangeEntitlements(const ApiCall& call) {
  Catalog& catalog = TheCatalog(call);
  const auto rows = call.params.Rows("entitlements");
  if (call.params.Text("action") != "upsert")
    return ApiFailure(WrongValue("action", "action : only upsert is known here").error());
  auto cell = [](const std::map<std::string, std::string>& row, const char* name) {
    const auto it = row.find(name);
    return it == row.end() ? std::string() : it->second;
  };
  for (const auto& row : rows) {
    const std::string entity = cell(row, "entity_id"), feature = cell(row, "feature_id");
    if (!catalog.FindFeature(feature)) return ApiFailure(NotFound("feature", feature).error());
    const bool is_price = cell(row, "entity_type").ends_with("_price");
    if (is_price ? !catalog.FindPrice(entity) : !catalog.FindItem(entity))
      return ApiFailure(NotFound("entity", entity).error());
  }
  std::vector<std::string> entries;
  for (const auto& row : rows) {
    catalog.SetEntitlement(cell(row, "entity_id"), cell(row, "feature_id"), cell(row, "value"));
    const std::string one = JsonObject()
                                .Text("id", cell(row, "entity_id") + "_" + cell(row, "feature_id"))
                                .Text("entity_id", cell(row, "entity_id"))
                                .Text("feature_id", cell(row, "feature_id"))
                                .Text("value", cell(row, "value"))
                                .Text("object", "entitlement")
                                .str();
    entries.push_back(JsonObject().Raw("entitlement", one).str());
  }
  return {200, ListBody(entries, std::nullopt)};
}

}  // namespace

void AddCatalogChangeCalls(ApiRouter& r) {
  r.Add("POST", "item_families", CreateFamily);
  r.Add("POST", "items", CreateItem);
  r.Add("POST", "item_prices", CreateItemPrice);
  r.Add("POST", "features", CreateFeature);
  r.Add("POST", "features/{}/activate_command", SetFeatureStatus<kActive>);
  r.Add("POST", "features/{}/archive_command", SetFeatureStatus<kArchived>);
  r.Add("POST", "entitlements", ChangeEntitlements);
}

}  // namespace kl::chargebee_sim
