#include "domain/quantity.h"

#include <array>
#include <charconv>

#include "base/assert.h"

namespace kl {
namespace {

constexpr std::int64_t kMaxValue = std::int64_t{1} << 53;

// value = mantissa * 10^decimal * 2^binary
struct Parts {
  std::int64_t mantissa = 0;
  int decimal = 0;
  int binary = 0;
};

struct Suffix {
  std::string_view text;
  int decimal;
  int binary;
};
constexpr std::array kSuffixes = {
    Suffix{"", 0, 0},    Suffix{"n", -9, 0},  Suffix{"u", -6, 0},  Suffix{"m", -3, 0},
    Suffix{"k", 3, 0},   Suffix{"M", 6, 0},   Suffix{"G", 9, 0},   Suffix{"T", 12, 0},
    Suffix{"P", 15, 0},  Suffix{"E", 18, 0},  Suffix{"Ki", 0, 10}, Suffix{"Mi", 0, 20},
    Suffix{"Gi", 0, 30}, Suffix{"Ti", 0, 40}, Suffix{"Pi", 0, 50}, Suffix{"Ei", 0, 60},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// False when the mantissa would not fit 63 bits; times 2^60 it still fits 128.
bool Append(std::int64_t& mantissa, int digit) {
  return !__builtin_mul_overflow(mantissa, 10, &mantissa) &&
         !__builtin_add_overflow(mantissa, digit, &mantissa);
}

// Takes the digits and the point off `text`. nullopt: no digit, or more of them than fit.
std::optional<Parts> TakeNumber(std::string_view& text) {
  Parts parts;
  bool point = false;
  bool any = false;
  int zeros_after_point = 0;  // not counted before a digit follows: "1.500000" is "1.5"
  while (!text.empty() && (IsDigit(text[0]) || (text[0] == '.' && !point))) {
    const char c = text[0];
    text.remove_prefix(1);
    if (c == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point && c == '0') {
      ++zeros_after_point;
      continue;
    }
    for (; zeros_after_point > 0; --zeros_after_point, --parts.decimal)
      if (!Append(parts.mantissa, 0)) return std::nullopt;
    if (!Append(parts.mantissa, c - '0')) return std::nullopt;
    if (point) --parts.decimal;
  }
  if (!any) return std::nullopt;
  return parts;
}

// "e3", "E-2": decimal exponents, as opposed to the suffix "E".
bool TakeExponent(std::string_view text, Parts& parts) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E') || text[1] == 'i') return false;
  text.remove_prefix(1);
  if (text[0] == '+') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (exponent < -100 || exponent > 100) return false;
  parts.decimal += exponent;
  return true;
}

// In thousandths, rounded up as Kubernetes does; nullopt above kMaxValue.
std::optional<std::int64_t> ToMillis(const Parts& parts) {
  using Wide = unsigned __int128;
  constexpr Wide kLimit = static_cast<Wide>(kMaxValue) * 1000;
  if (parts.mantissa == 0) return 0;
  Wide value = static_cast<Wide>(parts.mantissa) << parts.binary;
  int exponent = parts.decimal + 3;
  for (; exponent > 0; --exponent) {
    if (value > kLimit) return std::nullopt;
    value *= 10;
  }
  bool inexact = false;
  for (; exponent < 0 && value > 0; ++exponent) {
    inexact |= value % 10 != 0;
    value /= 10;
  }
  if (inexact) ++value;
  if (value > kLimit) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::unexpected<Error> Bad(std::string_view text, std::string_view why) {
  // A long text is a mistake of another kind: what was meant is in its beginning.
  return Fail(ErrorKind::kInvalid,
              "not a quantity: '" + std::string(text.substr(0, 64)) + "': " + std::string(why));
}

}  // namespace

Result<Quantity> Quantity::Parse(std::string_view text) {
  constexpr std::string_view kForm = "write a number such as 250m, 1.5, 512Mi or 2Gi";
  std::string_view rest = text;
  if (rest.starts_with('-')) return Bad(text, "it is negative");
  if (rest.starts_with('+')) rest.remove_prefix(1);
  auto parts = TakeNumber(rest);
  if (!parts) return Bad(text, kForm);
  bool known = TakeExponent(rest, *parts);
  for (const Suffix& suffix : kSuffixes) {
    if (known || suffix.text != rest) continue;
    parts->decimal += suffix.decimal;
    parts->binary += suffix.binary;
    known = true;
  }
  if (!known) return Bad(text, kForm);
  const auto millis = ToMillis(*parts);
  if (!millis) return Bad(text, "it is greater than 2^53");
  Quantity quantity;
  quantity.millis_ = *millis;
  quantity.text_ = std::string(text);
  return quantity;
}

Quantity Quantity::FromMillis(std::int64_t millis) {
  KL_ASSERT(millis >= 0 && millis / 1000 <= kMaxValue);
  Quantity quantity;
  quantity.millis_ = millis;
  quantity.text_ =
      millis % 1000 == 0 ? std::to_string(millis / 1000) : std::to_string(millis) + "m";
  return quantity;
}

Quantity Quantity::FromBytes(std::int64_t bytes) {
  KL_ASSERT(bytes >= 0 && bytes <= kMaxValue);
  Quantity quantity;
  quantity.millis_ = bytes * 1000;
  quantity.text_ = std::to_string(bytes);
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.binary == 0 || bytes == 0) continue;
    const std::int64_t unit = std::int64_t{1} << suffix.binary;
    if (bytes % unit == 0) quantity.text_ = std::to_string(bytes / unit) + std::string(suffix.text);
  }
  return quantity;
}

}  // namespace kl
