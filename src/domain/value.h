// Value: a parameter of an instance, as templates and `advanced` carry it. A tree without I/O or
// JSON.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace kl {

struct Value;
using ValueList = std::vector<Value>;
using ValueMap = std::map<std::string, Value>;

struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, ValueList, ValueMap> data;

  Value() = default;
  Value(bool b) : data(b) {}                      // NOLINT(google-explicit-constructor)
  Value(int i) : data(std::int64_t{i}) {}         // NOLINT(google-explicit-constructor)
  Value(std::int64_t i) : data(i) {}              // NOLINT(google-explicit-constructor)
  Value(double d) : data(d) {}                    // NOLINT(google-explicit-constructor)
  Value(std::string s) : data(std::move(s)) {}    // NOLINT(google-explicit-constructor)
  Value(const char* s) : data(std::string(s)) {}  // NOLINT(google-explicit-constructor)
  Value(ValueList l) : data(std::move(l)) {}      // NOLINT(google-explicit-constructor)
  Value(ValueMap m) : data(std::move(m)) {}       // NOLINT(google-explicit-constructor)

  bool is_null() const { return data.index() == 0; }
  const std::string* as_string() const { return std::get_if<std::string>(&data); }
  const ValueMap* as_map() const { return std::get_if<ValueMap>(&data); }
  bool operator==(const Value&) const = default;
};

// Scalars as Go's text/template prints them (null is "<no value>"); lists and maps as compact JSON.
std::string ToText(const Value& value);

}  // namespace kl
