#include "adapters/billing_chargebee/site_wire.h"

#include <boost/json.hpp>

namespace kl::chargebee {
namespace {

namespace json = boost::json;

Result<json::value> Parse(std::string_view text) {
  boost::system::error_code ec;
  json::value value = json::parse(text, ec);
  if (ec) return Fail(ErrorKind::kInvalid, "not JSON: " + ec.message());
  return value;
}

std::string TextOf(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_array()) return value.is_object() ? std::string() : json::serialize(value);
  std::string all;
  for (const json::value& each : value.get_array()) {
    if (each.is_string()) all += (all.empty() ? "" : ",") + std::string(each.get_string());
  }
  return all;
}

Attributes ToAttributes(const json::object& object) {
  Attributes out;
  for (const auto& [key, value] : object) out[std::string(key)] = TextOf(value);
  const json::value* hooks = object.if_contains("webhooks");
  if (!hooks || !hooks->is_array()) return out;
  for (const json::value& each : hooks->get_array()) {
    if (!each.is_object()) continue;
    const json::value* id = each.get_object().if_contains("id");
    const json::value* status = each.get_object().if_contains("webhook_status");
    if (id && status) out["webhooks." + TextOf(*id)] = TextOf(*status);
  }
  return out;
}

const json::object* Member(const json::value& value, std::string_view name) {
  if (!value.is_object()) return nullptr;
  const json::value* found = value.get_object().if_contains(name);
  return found ? found->if_object() : nullptr;
}

}  // namespace

std::string At(const Attributes& attributes, const std::string& name) {
  const auto it = attributes.find(name);
  return it == attributes.end() ? std::string() : it->second;
}

Result<ResourcePage> ParsePage(std::string_view text, std::string_view name) {
  KL_TRY(json::value value, Parse(text));
  const json::value* list = value.is_object() ? value.get_object().if_contains("list") : nullptr;
  if (!list || !list->is_array()) return Fail(ErrorKind::kInvalid, "answer has no list", "list");
  ResourcePage page;
  for (const json::value& entry : list->get_array()) {
    if (const json::object* one = Member(entry, name)) page.items.push_back(ToAttributes(*one));
  }
  if (const json::value* next = value.get_object().if_contains("next_offset"))
    page.next_offset = TextOf(*next);
  return page;
}

Result<Attributes> ParseOne(std::string_view text, std::string_view name) {
  KL_TRY(json::value value, Parse(text));
  const json::object* one = Member(value, name);
  if (!one) return Fail(ErrorKind::kInvalid, "answer has no " + std::string(name));
  return ToAttributes(*one);
}

std::string ParseCatalogVersion(std::string_view text) {
  auto value = Parse(text);
  if (!value || !value->is_object()) return {};
  const json::value* list = value->get_object().if_contains("configurations");
  if (!list || !list->is_array()) return {};
  for (const json::value& each : list->get_array()) {
    if (!each.is_object()) continue;
    const std::string version = At(ToAttributes(each.get_object()), "product_catalog_version");
    if (!version.empty()) return version;
  }
  return {};
}

}  // namespace kl::chargebee
