#include "template/go_format.h"

#include <algorithm>
#include <cstdio>

#include "base/hash.h"
#include "template/go_string.h"

namespace kl::tmpl {
namespace {

// Go's own bound is 10^6; a template has no use for it, and a render has a budget.
constexpr int kWidthMax = 1024;

// "%-08.3f", taken apart.
struct Verb {
  char letter = 0;
  bool left = false, plus = false, space = false, zero = false, sharp = false;
  int width = 0;
  int precision = -1;
};

std::unexpected<std::string> Fail(std::string message) {
  return std::unexpected(std::move(message));
}

// Reads digits; nullopt above the maximum.
std::optional<int> TakeNumber(std::string_view& text) {
  int number = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    number = number * 10 + (text.front() - '0');
    if (number > kWidthMax) return std::nullopt;
    text.remove_prefix(1);
  }
  return number;
}

// `text` starts after the '%' and afterwards after the letter.
std::expected<Verb, std::string> TakeVerb(std::string_view& text) {
  Verb verb;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    bool* flag = c == '-'   ? &verb.left
                 : c == '+' ? &verb.plus
                 : c == ' ' ? &verb.space
                 : c == '0' ? &verb.zero
                 : c == '#' ? &verb.sharp
                            : nullptr;
    if (!flag) break;
    *flag = true;
  }
  auto width = TakeNumber(text);
  if (!width) return Fail("a width above 1024");
  verb.width = *width;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    auto precision = TakeNumber(text);
    if (!precision) return Fail("a precision above 1024");
    verb.precision = *precision;
  }
  if (text.empty()) return Fail("the format ends after '%': write %% for a percent sign");
  verb.letter = text.front();
  text.remove_prefix(1);
  return verb;
}

std::string Pad(std::string text, const Verb& verb, bool numeric) {
  // Go counts characters, not bytes.
  const auto characters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  if (characters >= verb.width) return text;
  const auto missing = static_cast<std::size_t>(verb.width - characters);
  if (verb.left) return text + std::string(missing, ' ');
  if (!verb.zero || !numeric) return std::string(missing, ' ') + text;
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return text.insert(sign, missing, '0');
}

// A sign and the magnitude, as Go prints negative numbers in any base.
std::string InBase(std::int64_t value, unsigned base, bool upper) {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) magnitude = 0 - magnitude;
  std::string out;
  do out.insert(out.begin(), digits[magnitude % base]);
  while (magnitude /= base);
  return value < 0 ? "-" + out : out;
}

// nullopt: the verb is not one for integers. The same for the functions below.
std::optional<std::string> FormatInteger(std::int64_t value, const Verb& verb) {
  std::string out;
  switch (verb.letter) {
    case 'd':
    case 'v': out = std::to_string(value); break;
    case 'x':
    case 'X': out = InBase(value, 16, verb.letter == 'X'); break;
    case 'o': out = InBase(value, 8, false); break;
    case 'b': out = InBase(value, 2, false); break;
    case 'c': AppendRune(out, static_cast<std::uint32_t>(value)); return Pad(out, verb, false);
    default: return std::nullopt;
  }
  if (value >= 0 && (verb.plus || verb.space)) out.insert(0, verb.plus ? "+" : " ");
  return Pad(out, verb, true);
}

// %v and %g without a precision are the shortest text that reads back as the same number.
std::optional<std::string> FormatDouble(double value, const Verb& verb) {
  const char letter = verb.letter == 'v' ? 'g' : verb.letter;
  if (std::string_view("fFeEgG").find(letter) == std::string_view::npos) return std::nullopt;
  std::string out;
  if ((letter == 'g' || letter == 'G') && verb.precision < 0) {
    out = ToText(Value(value));
  } else {
    const char format[] = {'%', '.', '*', letter, '\0'};
    const int precision = verb.precision < 0 ? 6 : verb.precision;
    const int size = std::snprintf(nullptr, 0, format, precision, value);
    out.resize(static_cast<std::size_t>(size) + 1);
    std::snprintf(out.data(), out.size(), format, precision, value);
    out.pop_back();
  }
  if (value >= 0 && (verb.plus || verb.space)) out.insert(0, verb.plus ? "+" : " ");
  return Pad(out, verb, true);
}

// %x of a string is its bytes in hexadecimal.
std::optional<std::string> FormatString(std::string text, const Verb& verb) {
  switch (verb.letter) {
    case 's':
    case 'v':
      if (verb.precision >= 0 && text.size() > static_cast<std::size_t>(verb.precision))
        text.resize(static_cast<std::size_t>(verb.precision));
      break;
    case 'q': text = Quote(text); break;
    case 'x': text = Hex(text); break;
    case 'X':
      text = Hex(text);
      std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      break;
    default: return std::nullopt;
  }
  return Pad(std::move(text), verb, false);
}

std::expected<std::string, std::string> FormatOne(const Value& value, const Verb& verb) {
  std::optional<std::string> out;
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
    out = FormatInteger(*integer, verb);
  } else if (const auto* number = std::get_if<double>(&value.data)) {
    out = FormatDouble(*number, verb);
  } else if (const std::string* text = value.as_string()) {
    out = FormatString(*text, verb);
  } else if (value.is_null()) {
    return Fail("an operand has no value");
  } else if (verb.letter == 'v' ||
             (verb.letter == 't' && std::holds_alternative<bool>(value.data))) {
    out = Pad(ToText(value), verb, false);
  }
  if (out) return std::move(*out);
  return Fail("%" + std::string(1, verb.letter) + " does not fit its operand: %v fits all");
}

}  // namespace

std::expected<std::string, std::string> GoFormat(std::string_view format, std::span<Value> args) {
  std::string out;
  std::size_t used = 0;
  while (!format.empty()) {
    const std::size_t percent = format.find('%');
    out += format.substr(0, percent);
    if (percent == format.npos) break;
    format.remove_prefix(percent + 1);
    if (format.starts_with('%')) {
      out += '%';
      format.remove_prefix(1);
      continue;
    }
    auto verb = TakeVerb(format);
    if (!verb) return Fail(verb.error());
    if (used == args.size()) return Fail("fewer operands than the format asks for");
    auto text = FormatOne(args[used++], *verb);
    if (!text) return text;
    out += *text;
  }
  if (used < args.size()) return Fail("more operands than the format asks for");
  return out;
}

}  // namespace kl::tmpl
