// YAML text -> Document, refusing what would surprise or exhaust: duplicate keys, keys that are not
// scalars, several documents, foreign tags, deep nesting, exploding aliases, large files.
#pragma once

#include <expected>

#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::tmpl {

inline constexpr std::size_t kTextBytesMax = 1 << 20;
inline constexpr int kDepthMax = 48;
inline constexpr std::size_t kNodesMax = 50'000;    // in the text
inline constexpr std::size_t kWeightMax = 100'000;  // with every alias spelled out

// Lines of a text as YAML counts them: a carriage return, NEL, LS and PS end one, too.
int CountLines(std::string_view text);

// The first thing wrong ends the parse. Merge keys (`<<`) are resolved: explicit keys win over
// merged ones, earlier merged mappings over later ones.
std::expected<Document, Diagnostic> ParseYaml(std::string_view text);

}  // namespace kl::tmpl
