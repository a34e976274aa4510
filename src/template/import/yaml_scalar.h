// Writes text as a YAML scalar.
#pragma once

#include <string>
#include <string_view>

namespace kl::importer {

struct ScalarStyle {
  char like = ' ';         // how it stood: ' ' plain, '\'', '"', '|' or '>'
  bool flow = false;       // inside brackets
  std::size_t indent = 0;  // of the lines of a block scalar
};

// On one line, unless `like` is a block style or the text has several lines and stands in no
// brackets; then a literal block, ended by a newline.
std::string WriteScalar(std::string_view text, const ScalarStyle& style);

// A block `|` with its header: for the content of a file. Falls back to quotes where a block cannot
// hold the text. Always ends with a newline.
std::string WriteBlock(std::string_view text, std::size_t indent);

}  // namespace kl::importer
