// Query parameters of a call.
#pragma once

#include <string>

#include "api/api.h"

namespace kl::api {

// Empty when absent.
std::string QueryText(const Call& call, const std::string& key);

struct NumberRange {
  int fallback;  // when absent or empty
  int max;
};
// 1..max; kInvalid with the parameter's name.
Result<int> QueryNumber(const Call& call, const std::string& key, NumberRange range);

// Names the next page in `Link`: the same call from `after` on. Nothing when `after` is empty.
void LinkNext(net::Response& response, const Call& call, const std::string& after);

}  // namespace kl::api
