// What a check reads of Chargebee's JSON, beyond what orders need (wire.h). Pure. Resources and
// attributes as the API's reference names them; an attribute that is absent is empty here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kl::chargebee {

// The scalar attributes of one resource as text ("true", "12", "abc"); lists of texts are joined by
// commas. Of an event's `webhooks` each endpoint's status is "webhooks.<id>".
using Attributes = std::map<std::string, std::string>;

std::string At(const Attributes& attributes, const std::string& name);

struct ResourcePage {
  std::vector<Attributes> items;
  std::string next_offset;
};
// {"list":[{"<name>":{..}}],"next_offset":".."}. kInvalid when it is none.
Result<ResourcePage> ParsePage(std::string_view json, std::string_view name);
// {"<name>":{..}}
Result<Attributes> ParseOne(std::string_view json, std::string_view name);
// "v1" or "v2" of {"configurations":[{"domain":"..","product_catalog_version":".."}]}; empty when
// it does not say.
std::string ParseCatalogVersion(std::string_view json);

}  // namespace kl::chargebee
