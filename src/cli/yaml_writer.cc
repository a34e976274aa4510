#include "cli/yaml_writer.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "resources/value_json.h"

namespace kl::cli {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What YAML 1.1 (still the most used) or 1.2 reads as a boolean or null, in any case.
bool IsReserved(const std::string& text) {
  static constexpr std::array<std::string_view, 9> kWords = {"y",   "n",    "yes",   "no",  "on",
                                                             "off", "true", "false", "null"};
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return std::ranges::find(kWords, lower) != kWords.end();
}

// A list of what is harmless, not of what is harmful: whatever is not in it gets quotes.
bool IsPlainWord(const std::string& text) {
  static constexpr std::string_view kHarmless = " _-./:@+%()=,;";
  if (text.empty() || (!IsLetter(text[0]) && text[0] != '/')) return false;
  if (text.back() == ' ' || text.back() == ':' || text.find(": ") != text.npos) return false;
  const bool harmless = std::ranges::all_of(text, [](char c) {
    return IsLetter(c) || IsDigit(c) || kHarmless.find(c) != kHarmless.npos;
  });
  return harmless && !IsReserved(text);
}

// JSON text is YAML but for the characters YAML calls not printable or takes for line breaks.
std::string Quoted(const std::string& text) {
  struct Escape {
    std::string_view bytes, written;
  };
  static constexpr std::array<Escape, 6> kEscapes = {{{"\x7f", "\\x7f"},
                                                      {"\xe2\x80\xa8", "\\u2028"},
                                                      {"\xe2\x80\xa9", "\\u2029"},
                                                      {"\xef\xbb\xbf", "\\ufeff"},
                                                      {"\xef\xbf\xbe", "\\ufffe"},
                                                      {"\xef\xbf\xbf", "\\uffff"}}};
  const std::string json = ToJson(Value(text));
  std::string out;
  for (std::string_view rest = json; !rest.empty();) {
    const auto* escape = std::ranges::find_if(
        kEscapes, [rest](const Escape& each) { return rest.starts_with(each.bytes); });
    if (escape != kEscapes.end()) {
      out += escape->written;
      rest.remove_prefix(escape->bytes.size());
    } else if (rest.size() > 1 && rest[0] == '\xc2' && static_cast<unsigned char>(rest[1]) < 0xa0) {
      static constexpr std::string_view kHex = "0123456789abcdef";  // U+0080 to U+009F
      out += rest[1] < '\x90' ? "\\x8" : "\\x9";
      out += kHex[rest[1] & 15];
      rest.remove_prefix(2);
    } else {
      out += rest[0];
      rest.remove_prefix(1);
    }
  }
  return out;
}

std::string Word(const std::string& text) { return IsPlainWord(text) ? text : Quoted(text); }

// An empty list or map, or a scalar: what stands on the line of its key.
bool IsInline(const Value& value) {
  if (const auto* list = std::get_if<ValueList>(&value.data)) return list->empty();
  if (const ValueMap* map = value.as_map()) return map->empty();
  return true;
}

std::string Inline(const Value& value) {
  const std::string* text = value.as_string();
  return text ? Word(*text) : ToJson(value);
}

void WriteItem(std::ostream& out, const Value& item, int indent) {
  if (IsInline(item)) {
    out << " " << Inline(item) << "\n";
  } else {
    out << "\n";
    WriteYaml(out, item, indent + 2);
  }
}

}  // namespace

void WriteYaml(std::ostream& out, const Value& value, int indent) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  if (IsInline(value)) {
    out << pad << Inline(value) << "\n";
  } else if (const auto* list = std::get_if<ValueList>(&value.data)) {
    for (const Value& item : *list) {
      out << pad << "-";
      WriteItem(out, item, indent);
    }
  } else {
    for (const auto& [key, item] : *value.as_map()) {
      out << pad << Word(key) << ":";
      WriteItem(out, item, indent);
    }
  }
}

}  // namespace kl::cli
