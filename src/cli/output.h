// How answers are shown: tables for people, JSON and YAML for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/client.h"

namespace kl::cli {

// The part of a tree at "limits.cpu"; null when absent.
const Value* Find(const Value& value, std::string_view path);
// The same as text in one line; empty when absent or null.
std::string At(const Value& value, std::string_view path);
// Line breaks and other control characters become blanks: what a customer typed must neither break
// a table nor command the terminal.
std::string OneLine(std::string text);

struct Column {
  std::string title;
  std::string path;
};
// A list as `globals.format` says.
void ShowList(const Globals& globals, const Value& list, const std::vector<Column>& columns);
// One object: JSON, YAML, or "key: value" lines.
void ShowObject(const Globals& globals, const Value& object);

// Bold, green, yellow, red when colours are wanted.
enum class Tone { kPlain, kBold, kGood, kWarn, kBad, kDim };
std::string Paint(const Globals& globals, Tone tone, const std::string& text);

}  // namespace kl::cli
