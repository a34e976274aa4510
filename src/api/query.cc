#include "api/query.h"

#include <charconv>

namespace kl::api {

std::string QueryText(const Call& call, const std::string& key) {
  auto it = call.query.find(key);
  return it == call.query.end() ? "" : it->second;
}

Result<int> QueryNumber(const Call& call, const std::string& key, NumberRange range) {
  const std::string text = QueryText(call, key);
  if (text.empty()) return range.fallback;
  int value = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value < 1 || value > range.max) {
    return Fail(ErrorKind::kInvalid,
                key + ": expected a whole number from 1 to " + std::to_string(range.max), key);
  }
  return value;
}

void LinkNext(net::Response& response, const Call& call, const std::string& after) {
  if (after.empty()) return;
  std::vector<std::pair<std::string, std::string>> query;
  for (const auto& [key, value] : call.query) {
    if (key != "offset") query.emplace_back(key, value);
  }
  query.emplace_back("offset", after);
  std::string path(call.request.path());
  response.headers.Set("Link", "<" + path + "?" + net::EncodeForm(query) + ">; rel=\"next\"");
}

}  // namespace kl::api
