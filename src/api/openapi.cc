#include "api/openapi.h"

#include <charconv>

#include "base/assert.h"
#include "domain/value.h"
#include "resources/value_json.h"
#include "template/yaml_parser.h"

namespace kl::api {

extern const std::string_view kOpenApiYaml;

namespace {

Value FromNode(const tmpl::Node& node) {
  if (node.is_sequence()) {
    ValueList list;
    for (const tmpl::Node* item : node.items) list.push_back(FromNode(*item));
    return list;
  }
  if (node.is_mapping()) {
    ValueMap map;
    for (const tmpl::Entry& entry : node.entries) map[entry.key] = FromNode(*entry.value);
    return map;
  }
  if (!node.plain) return node.scalar;
  if (node.scalar == "true") return true;
  if (node.scalar == "false") return false;
  if (node.is_null()) return {};
  std::int64_t number = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  if (auto [stop, ec] = std::from_chars(node.scalar.data(), end, number);
      ec == std::errc() && stop == end) {
    return number;
  }
  return node.scalar;
}

std::string Convert() {
  auto document = tmpl::ParseYaml(kOpenApiYaml);
  KL_ASSERT(document && document->root);  // embedded by the build
  return ToJson(FromNode(*document->root));
}

}  // namespace

const std::string& OpenApiJson() {
  static const std::string json = Convert();
  return json;
}

}  // namespace kl::api
