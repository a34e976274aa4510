#include "cli/output.h"

#include <algorithm>
#include <ostream>

#include "cli/yaml_writer.h"
#include "resources/value_json.h"

namespace kl::cli {
namespace {

// Columns are counted in characters, not bytes.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void Row(std::ostream& out, const std::vector<std::string>& cells,
         const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out << cells[i];
    if (i + 1 < cells.size()) out << std::string(widths[i] - Width(cells[i]) + 2, ' ');
  }
  out << "\n";
}

}  // namespace

const Value* Find(const Value& value, std::string_view path) {
  const Value* here = &value;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const ValueMap* map = here->as_map();
    if (!map) return nullptr;
    auto it = map->find(std::string(path.substr(0, dot)));
    if (it == map->end()) return nullptr;
    here = &it->second;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return here;
}

std::string At(const Value& value, std::string_view path) {
  const Value* found = Find(value, path);
  return found && !found->is_null() ? OneLine(ToText(*found)) : "";
}

std::string OneLine(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) text[i] = ' ';
    // U+0080 to U+009F: some terminals obey them like an escape.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      text[i] = ' ';
      text.erase(i + 1, 1);
    }
  }
  return text;
}

void ShowList(const Globals& globals, const Value& value, const std::vector<Column>& columns) {
  std::ostream& out = *globals.out;
  if (globals.format == "json") {
    out << ToJson(value) << "\n";
    return;
  }
  if (globals.format == "yaml") {
    WriteYaml(out, value);
    return;
  }
  const auto* list = std::get_if<ValueList>(&value.data);
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows[0].push_back(column.title);
  for (const Value& item : list ? *list : ValueList{}) {
    rows.emplace_back();
    for (const Column& column : columns) rows.back().push_back(At(item, column.path));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows) Row(out, row, widths);
}

void ShowObject(const Globals& globals, const Value& object) {
  if (globals.format == "json")
    *globals.out << ToJson(object) << "\n";
  else
    WriteYaml(*globals.out, object);
}

std::string Paint(const Globals& globals, Tone tone, const std::string& text) {
  if (!globals.color || tone == Tone::kPlain) return text;
  const char* code = "0";
  switch (tone) {
    case Tone::kPlain: return text;
    case Tone::kBold: code = "1"; break;
    case Tone::kGood: code = "32"; break;
    case Tone::kWarn: code = "33"; break;
    case Tone::kBad: code = "31"; break;
    case Tone::kDim: code = "2"; break;
  }
  return std::string("\033[") + code + "m" + text + "\033[0m";
}

}  // namespace kl::cli
