// Kubernetes quantities: "250m", "1.5", "512Mi", "2Gi", "1e3". Compared by value, shown as given.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kl {

class Quantity {
 public:
  // kInvalid with the text in the message. Negative values and values above 2^53 are refused.
  static Result<Quantity> Parse(std::string_view text);
  static Quantity FromMillis(std::int64_t millis);  // canonical text "250m", "2"
  static Quantity FromBytes(
      std::int64_t bytes);  // canonical text "512Mi" where exact, else plain bytes

  std::int64_t millis() const { return millis_; }
  std::int64_t value() const { return (millis_ + 999) / 1000; }  // rounded up, as Kubernetes does
  const std::string& text() const { return text_; }
  bool operator==(const Quantity& o) const { return millis_ == o.millis_; }
  std::strong_ordering operator<=>(const Quantity& o) const { return millis_ <=> o.millis_; }

 private:
  std::int64_t millis_ = 0;
  std::string text_ = "0";
};

// Of a whole instance. An absent figure means no limit (cpu, memory) or the default of 1Gi
// (storage).
struct Limits {
  std::optional<Quantity> cpu;
  std::optional<Quantity> memory;
  std::optional<Quantity> storage;
  bool operator==(const Limits&) const = default;
};

}  // namespace kl
