#include "sim/chargebee/router.h"

namespace kl::chargebee_sim {

std::vector<std::string> PathSegments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    std::size_t end = path.find('/');
    out.push_back(net::PercentDecode(path.substr(0, end)));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return out;
}

}  // namespace kl::chargebee_sim
