#include "template/duration.h"

#include <charconv>
#include <cmath>
#include <string>

#include "domain/quantity.h"

namespace kl::tmpl {
namespace {

// A number with digits and a point only, taken off `text`.
std::optional<double> TakeNumber(std::string_view& text) {
  std::size_t size = text.find_first_not_of("0123456789.");
  if (size == text.npos) size = text.size();
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + size, number);
  if (error != std::errc() || end != text.data() + size) return std::nullopt;
  text.remove_prefix(size);
  return number;
}

struct Unit {
  std::string_view name;
  double value;
};
// Longer names before their beginnings.
constexpr Unit kDurations[] = {{"us", 0.001}, {"µs", 0.001}, {"ms", 1},     {"s", 1e3},
                               {"m", 60e3},   {"h", 3600e3}, {"d", 86400e3}};

}  // namespace

// Units may come in any order and repeat, as Go's durations do.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    const Unit* unit = nullptr;
    for (const Unit& candidate : kDurations)
      if (!unit && text.starts_with(candidate.name)) unit = &candidate;
    if (!unit) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += *number * unit->value;
  }
  if (total > 366 * 86400e3) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::llround(total)));
}

std::optional<std::int64_t> ParseBytes(std::string_view text) {
  auto number = TakeNumber(text);
  if (!number) return std::nullopt;
  std::string unit;
  for (char c : text) unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  double factor = 1;
  if (!unit.empty() && unit != "b") {
    std::size_t power = std::string_view("kmgt").find(unit[0]);
    std::string_view rest = std::string_view(unit).substr(1);
    if (power == std::string_view::npos ||
        !(rest.empty() || rest == "b" || rest == "i" || rest == "ib"))
      return std::nullopt;
    factor = std::exp2(10.0 * static_cast<double>(power + 1));
  }
  const double bytes = std::ceil(*number * factor);
  if (bytes > 9007199254740992.0) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

std::optional<std::int64_t> ParseCpus(std::string_view text) {
  auto quantity = Quantity::Parse(text);
  if (!quantity) return std::nullopt;
  return quantity->millis();
}

}  // namespace kl::tmpl
