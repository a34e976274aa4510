#include "domain/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace kl {
namespace {

// From which power of ten on numbers are written with an exponent: what Go's fmt does with %v, and
// its encoding/json.
constexpr int kTextLimit = 6;
constexpr int kJsonLimit = 21;

std::string Digits(double number, std::chars_format format) {
  std::array<char, 400> buffer;  // 1e308 in fixed form has 309 digits
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, format).ptr;
  return {buffer.data(), end};
}

// The shortest digits that read back as the same number; with an exponent below 10^-4 and from
// 10^`limit` on.
std::string NumberText(double number, int limit) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  std::string scientific = Digits(number, std::chars_format::scientific);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent >= limit) return scientific;
  return Digits(number, std::chars_format::fixed);
}

void AppendString(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendJson(std::string& out, const Value& value);

void AppendJson(std::string& out, const ValueMap& map) {
  out += '{';
  for (const char* separator = ""; const auto& [key, item] : map) {
    out += std::exchange(separator, ",");
    AppendString(out, key);
    out += ':';
    AppendJson(out, item);
  }
  out += '}';
}

void AppendJson(std::string& out, const ValueList& list) {
  out += '[';
  for (const char* separator = ""; const Value& item : list) {
    out += std::exchange(separator, ",");
    AppendJson(out, item);
  }
  out += ']';
}

void AppendJson(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "null";
  } else if (const auto* text = value.as_string()) {
    AppendString(out, *text);
  } else if (const auto* map = value.as_map()) {
    AppendJson(out, *map);
  } else if (const auto* list = std::get_if<ValueList>(&value.data)) {
    AppendJson(out, *list);
  } else if (const auto* number = std::get_if<double>(&value.data)) {
    out += std::isfinite(*number) ? NumberText(*number, kJsonLimit) : "null";
  } else {
    out += ToText(value);
  }
}

struct Printer {
  std::string operator()(std::monostate) const { return "<no value>"; }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  std::string operator()(std::int64_t i) const { return std::to_string(i); }
  std::string operator()(double d) const { return NumberText(d, kTextLimit); }
  std::string operator()(const std::string& s) const { return s; }
  std::string operator()(const ValueList& list) const {
    std::string out;
    AppendJson(out, list);
    return out;
  }
  std::string operator()(const ValueMap& map) const {
    std::string out;
    AppendJson(out, map);
    return out;
  }
};

}  // namespace

std::string ToText(const Value& value) { return std::visit(Printer{}, value.data); }

}  // namespace kl
