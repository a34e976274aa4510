// `field[op]=value` conditions of list calls, and the cursor behind `next_offset`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chargebee/model/params.h"

namespace kl::chargebee_sim {

struct Filter {
  std::string field;
  std::string
      op;  // is is_not in not_in starts_with is_present on before after between gt lt gte lte
  std::vector<std::string> values;
};

// What a resource says about a field: nothing = the resource has no such attribute now.
using FieldReader = std::function<std::optional<std::string>(std::string_view field)>;

// Conditions on any of `fields`; `field=value` means `is`. Conditions on other fields are ignored
// without a word, as the real service does with custom fields that are not searchable. Of
// `f[after]=1&f[after][before]=2`, which the official Node client writes, the last bracket counts.
std::vector<Filter> ParseFilters(const Params& params, const std::vector<std::string>& fields);

bool Matches(const Filter& filter, const FieldReader& read);
bool MatchesAll(const std::vector<Filter>& filters, const FieldReader& read);

// The ids a filter set is confined to (`id[is]`, `id[in]`); nothing when it is not.
std::optional<std::vector<std::string>> ConfinedIds(const std::vector<Filter>& filters);

// Position in a list ordered by (key, sequence). Encoded so that no client takes it for a number.
struct Cursor {
  std::int64_t key = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const Cursor&) const = default;
};
std::string EncodeCursor(const Cursor& cursor);
std::optional<Cursor> DecodeCursor(std::string_view text);

}  // namespace kl::chargebee_sim
