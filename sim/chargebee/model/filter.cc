#include "sim/chargebee/model/filter.h"

#include <algorithm>

#include "base/hash.h"

namespace kl::chargebee_sim {
namespace {

bool Contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Numbers where both are numbers, text otherwise. Negative, zero or positive.
int Compare(const std::string& a, const std::string& b) {
  auto x = ParseNumber(a);
  auto y = ParseNumber(b);
  if (x && y) return *x < *y ? -1 : *x > *y;
  return a.compare(b);
}

constexpr std::int64_t kDaySeconds = 86400;

bool OnSameDay(const std::string& value, const std::string& day) {
  auto at = ParseNumber(value);
  auto from = ParseNumber(day);
  return at && from && *at / kDaySeconds == *from / kDaySeconds;
}

}  // namespace

std::vector<Filter> ParseFilters(const Params& params, const std::vector<std::string>& fields) {
  std::vector<Filter> out;
  for (const auto& [key, value] : params.all()) {
    std::size_t open = key.find('[');
    std::string field = key.substr(0, open);
    if (!Contains(fields, field)) continue;
    std::string op = "is";
    if (open != std::string::npos) {
      std::size_t last = key.rfind('[');
      op = key.substr(last + 1);
      if (op.ends_with(']')) op.pop_back();
    }
    const bool takes_list = op == "in" || op == "not_in" || op == "between";
    out.push_back({field, op, takes_list ? ParseList(value) : std::vector<std::string>{value}});
  }
  return out;
}

bool Matches(const Filter& filter, const FieldReader& read) {
  std::optional<std::string> actual = read(filter.field);
  const auto& wanted = filter.values;
  if (filter.op == "is_present") return actual.has_value() == (wanted.front() == "true");
  if (filter.op == "is_not") return !actual || *actual != wanted.front();
  if (filter.op == "not_in") return !actual || !Contains(wanted, *actual);
  if (!actual || wanted.empty()) return false;
  if (filter.op == "is") return *actual == wanted.front();
  if (filter.op == "in") return Contains(wanted, *actual);
  if (filter.op == "starts_with") return actual->starts_with(wanted.front());
  if (filter.op == "on") return OnSameDay(*actual, wanted.front());
  if (filter.op == "before" || filter.op == "lt") return Compare(*actual, wanted.front()) < 0;
  if (filter.op == "after" || filter.op == "gt") return Compare(*actual, wanted.front()) > 0;
  if (filter.op == "lte") return Compare(*actual, wanted.front()) <= 0;
  if (filter.op == "gte") return Compare(*actual, wanted.front()) >= 0;
  if (filter.op == "between") {
    return wanted.size() == 2 && Compare(*actual, wanted[0]) >= 0 &&
           Compare(*actual, wanted[1]) <= 0;
  }
  return true;
}

bool MatchesAll(const std::vector<Filter>& filters, const FieldReader& read) {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return Matches(filter, read); });
}

std::optional<std::vector<std::string>> ConfinedIds(const std::vector<Filter>& filters) {
  for (const auto& filter : filters) {
    if (filter.field == "id" && (filter.op == "is" || filter.op == "in")) return filter.values;
  }
  return std::nullopt;
}

std::string EncodeCursor(const Cursor& cursor) {
  return Base64("c1:" + std::to_string(cursor.key) + ":" + std::to_string(cursor.sequence));
}

std::optional<Cursor> DecodeCursor(std::string_view text) {
  auto plain = Base64Decode(text);
  if (!plain || !plain->starts_with("c1:")) return std::nullopt;
  std::size_t colon = plain->find(':', 3);
  if (colon == std::string::npos) return std::nullopt;
  auto key = ParseNumber(std::string_view(*plain).substr(3, colon - 3));
  auto sequence = ParseNumber(std::string_view(*plain).substr(colon + 1));
  if (!key || !sequence) return std::nullopt;
  return Cursor{*key, static_cast<std::uint64_t>(*sequence)};
}

}  // namespace kl::chargebee_sim
