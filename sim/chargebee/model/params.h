// Parameters of one API call: a query or form body whose keys are written `a`, `a[b]`, `a[0]` or
// `a[b][0]`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kl::chargebee_sim {

class Params {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  Params() = default;
  // Already percent-decoded, keys too. A key that comes twice counts with its last value.
  explicit Params(Pairs pairs);

  const std::string* Find(std::string_view key) const;
  std::string Text(std::string_view key) const;  // "" when absent
  std::optional<std::string> OptionalText(std::string_view key) const;
  std::optional<std::int64_t> Number(std::string_view key) const;  // absent or no number: nothing
  std::optional<bool> Flag(std::string_view key) const;

  // `group[field][i]` or `group[i][field]` for i = 0, 1, ...: one map of fields per index, in
  // order.
  std::vector<std::map<std::string, std::string>> Rows(std::string_view group) const;
  // Keys that begin with `prefix`, that prefix and a closing bracket cut off.
  std::map<std::string, std::string> WithPrefix(std::string_view prefix) const;

  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// `["a","b"]` (JSON), `['a', 'b']` (what the official Python client sends), `[1,2]`, or one bare
// value.
std::vector<std::string> ParseList(std::string_view text);

std::optional<std::int64_t> ParseNumber(std::string_view text);

}  // namespace kl::chargebee_sim
