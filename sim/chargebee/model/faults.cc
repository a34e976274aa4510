#include "sim/chargebee/model/faults.h"

#include <array>

namespace kl::chargebee_sim {
namespace {

constexpr std::array<std::pair<BadAnswer, std::string_view>, 7> kNames = {{
    {BadAnswer::kRateLimited, "429"},
    {BadAnswer::kServerError, "500"},
    {BadAnswer::kHtml, "html"},
    {BadAnswer::kNoAnswer, "timeout"},
    {BadAnswer::kWrongKey, "wrong_key"},
    {BadAnswer::kEmptyList, "empty_list"},
    {BadAnswer::kOtherSite, "other_site"},
}};

}  // namespace

std::string_view BadAnswerName(BadAnswer answer) {
  for (const auto& [value, name] : kNames) {
    if (value == answer) return name;
  }
  return {};
}

std::optional<BadAnswer> ParseBadAnswer(std::string_view wanted) {
  for (const auto& [value, name] : kNames) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

std::optional<ApiFault> ApiFaults::Take(std::string_view method, std::string_view path,
                                        bool is_list) {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (!it->method.empty() && it->method != method) continue;
    if (!it->path.empty() && path.find(it->path) == std::string_view::npos) continue;
    if (it->answer == BadAnswer::kEmptyList && !is_list) continue;
    ApiFault fault = *it;
    if (it->times > 0 && --it->times == 0) faults_.erase(it);
    return fault;
  }
  return std::nullopt;
}

}  // namespace kl::chargebee_sim
