// How answers are shown: tables for people, JSON and YAML for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/client.h"

namespace kl::cli {

// "limits.cpu" of a tree as text; empty when absent.
std::string At(const Value& value, std::string_view path);
const Value* Find(const Value& value, std::string_view path);

struct Column {
  std::string title;
  std::string path;
};
// A list as `globals.format` says.
void ShowList(const Globals& globals, const Value& list, const std::vector<Column>& columns);
// One object: JSON, YAML, or "key: value" lines.
void ShowObject(const Globals& globals, const Value& object);

void WriteYaml(std::ostream& out, const Value& value, int indent = 0);

// Bold, green, yellow, red when colours are wanted.
enum class Tone { kPlain, kBold, kGood, kWarn, kBad, kDim };
std::string Paint(const Globals& globals, Tone tone, const std::string& text);

}  // namespace kl::cli
