// Mail merge as the provider's templates have it: {{name}}, {{#name}}..{{/name}} when it has a
// value, {{^name}}..{{/name}} when it has none. Source: the provider's page on mail merge fields.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kl::chargebee_sim {

// Names without a value become nothing; a block that is not closed ends with the text. Blocks of
// different names may nest.
std::string Merge(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace kl::chargebee_sim
