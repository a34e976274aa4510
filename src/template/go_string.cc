#include "template/go_string.h"

#include <charconv>

#include "base/hash.h"

namespace kl::tmpl {
namespace {

// `digits` hexadecimal digits from `text`, which is shortened by them.
std::optional<std::uint32_t> TakeHex(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  std::uint32_t code = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + digits, code, 16);
  if (error != std::errc() || end != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  return code;
}

// The escapes of one letter. A quote escaped by a backslash is itself, in either kind of string.
std::optional<char> SimpleEscape(char c) {
  switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'v': return '\v';
    case '\\':
    case '"':
    case '\'': return c;
    default: return std::nullopt;
  }
}

}  // namespace

// Code points that are none (surrogates, beyond the last plane) become U+FFFD, as in Go.
void AppendRune(std::string& out, std::uint32_t code) {
  auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::optional<std::string> Unquote(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  while (!inside.empty()) {
    char c = inside.front();
    inside.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (inside.empty()) return std::nullopt;
    char escape = inside.front();
    inside.remove_prefix(1);
    if (escape == 'x' || escape == 'u' || escape == 'U') {
      auto code = TakeHex(inside, escape == 'x' ? 2 : escape == 'u' ? 4 : 8);
      if (!code) return std::nullopt;
      if (escape == 'x')
        out += static_cast<char>(*code);
      else
        AppendRune(out, *code);
    } else if (auto plain = SimpleEscape(escape)) {
      out += *plain;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += "\\x" + Hex(std::string_view(&c, 1));
        else
          out += c;
    }
  }
  return out + '"';
}

// The text came through YAML, so it is valid UTF-8 but for what \x escapes made of it: a lead byte
// then decides the length, and anything else is "not one character".
std::optional<std::int64_t> SingleRune(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() != size) return std::nullopt;
  std::int64_t code = size == 1 ? lead : lead & (0xff >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) code = (code << 6) | (text[i] & 0x3f);
  return code;
}

// from_chars alone would also take "inf" and "nan", which no figure of a template can be.
std::optional<Value> ParseNumber(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != '_') digits += c;
  if (digits.starts_with('+')) digits.erase(0, 1);
  const bool negative = digits.starts_with('-');
  std::string_view body = std::string_view(digits).substr(negative ? 1 : 0);
  if (body.empty() || (body[0] != '.' && (body[0] < '0' || body[0] > '9'))) return std::nullopt;
  const char* last = digits.data() + digits.size();
  if (body.starts_with("0x") || body.starts_with("0X")) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(body.data() + 2, last, value, 16);
    if (error != std::errc() || end != last || body[2] == '-') return std::nullopt;
    return Value(negative ? -value : value);
  }
  std::int64_t integer = 0;
  auto [end, error] = std::from_chars(digits.data(), last, integer);
  if (error == std::errc() && end == last) return Value(integer);
  double number = 0;
  auto [end2, error2] = std::from_chars(digits.data(), last, number);
  if (error2 != std::errc() || end2 != last) return std::nullopt;
  return Value(number);
}

}  // namespace kl::tmpl
