#include "domain/parameter.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kl {
namespace {

std::unexpected<Error> Bad(const Value& value, const std::string& wanted) {
  return Fail(ErrorKind::kInvalid, "'" + ToText(value).substr(0, 100) + "' is not " + wanted);
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Value> ToInteger(const Value& value) {
  // 2^53: every integer up to there is also exact as a double, in JSON and in browsers.
  constexpr double kExact = 9007199254740992.0;
  if (std::holds_alternative<std::int64_t>(value.data)) return value;
  if (const auto* number = std::get_if<double>(&value.data)) {
    if (std::trunc(*number) == *number && std::abs(*number) <= kExact) {
      return Value(static_cast<std::int64_t>(*number));
    }
  }
  if (const auto* text = value.as_string()) {
    if (const auto number = ParseNumber<std::int64_t>(*text)) return Value(*number);
  }
  return Bad(value, "an integer");
}

Result<Value> ToNumber(const Value& value) {
  if (std::holds_alternative<std::int64_t>(value.data)) return value;
  if (const auto* number = std::get_if<double>(&value.data)) {
    if (std::isfinite(*number)) return value;
  }
  if (const auto* text = value.as_string()) {
    if (const auto whole = ParseNumber<std::int64_t>(*text)) return Value(*whole);
    const auto number = ParseNumber<double>(*text);
    if (number && std::isfinite(*number)) return Value(*number);
  }
  return Bad(value, "a number");
}

Result<Value> ToBoolean(const Value& value) {
  if (std::holds_alternative<bool>(value.data)) return value;
  if (const auto* text = value.as_string()) {
    std::string word = *text;
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    if (word == "true" || word == "yes" || word == "1") return Value(true);
    if (word == "false" || word == "no" || word == "0") return Value(false);
  }
  return Bad(value, "true or false");
}

Result<Value> ToTextValue(const Value& value) {
  if (value.as_string()) return value;
  if (value.is_null() || value.as_map() || std::holds_alternative<ValueList>(value.data)) {
    return Bad(value, "a text");
  }
  return Value(ToText(value));
}

Result<Value> ToQuantity(const Value& value) {
  auto text = ToTextValue(value);
  if (!text) return text;
  auto quantity = Quantity::Parse(*text->as_string());
  if (!quantity) return std::unexpected(std::move(quantity).error());
  return text;
}

Result<Value> ToEnum(const Parameter& parameter, const Value& value) {
  auto text = ToTextValue(value);
  if (!text) return text;
  if (std::ranges::find(parameter.values, *text->as_string()) != parameter.values.end()) {
    return text;
  }
  std::string wanted = "one of";
  for (const char* separator = " "; const auto& word : parameter.values) {
    wanted += std::exchange(separator, ", ") + word;
  }
  return Bad(value, wanted);
}

Result<Value> Convert(const Parameter& parameter, const Value& value) {
  switch (parameter.type) {
    case ParameterType::kString: return ToTextValue(value);
    case ParameterType::kInteger: return ToInteger(value);
    case ParameterType::kNumber: return ToNumber(value);
    case ParameterType::kBoolean: return ToBoolean(value);
    case ParameterType::kQuantity: return ToQuantity(value);
    case ParameterType::kEnum: return ToEnum(parameter, value);
  }
  return Bad(value, "of a known type");
}

// What min and max speak about: the number, or the quantity's value. nullopt: bounds mean nothing.
std::optional<double> Magnitude(ParameterType type, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
    return static_cast<double>(*whole);
  }
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (type != ParameterType::kQuantity) return std::nullopt;
  const auto quantity = Quantity::Parse(*value.as_string());
  if (!quantity) return std::nullopt;
  return static_cast<double>(quantity->millis()) / 1000;
}

}  // namespace

std::string_view ParameterTypeName(ParameterType type) {
  switch (type) {
    case ParameterType::kString: return "string";
    case ParameterType::kInteger: return "integer";
    case ParameterType::kNumber: return "number";
    case ParameterType::kBoolean: return "boolean";
    case ParameterType::kQuantity: return "quantity";
    case ParameterType::kEnum: return "enum";
  }
  return "string";
}

Result<Value> ConvertParameter(const Parameter& parameter, const Value& value) {
  auto converted = Convert(parameter, value);
  if (!converted) return converted;
  if (const auto magnitude = Magnitude(parameter.type, *converted)) {
    if (parameter.min && *magnitude < *parameter.min) {
      return Bad(value, "at least " + ToText(*parameter.min));
    }
    if (parameter.max && *magnitude > *parameter.max) {
      return Bad(value, "at most " + ToText(*parameter.max));
    }
  }
  return converted;
}

}  // namespace kl
