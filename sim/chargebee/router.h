// Finds the handler of a method and path. Patterns are segments, `{}` takes any one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace kl::chargebee_sim {

// Non-empty segments of a path, percent-decoded.
std::vector<std::string> PathSegments(std::string_view path);

template <class Handler>
class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> args;  // what stood for each {}
  };

  void Add(std::string method, std::string pattern, Handler handler) {
    auto segments = PathSegments(pattern);
    routes_.push_back({std::move(method), std::move(pattern), std::move(segments), handler});
  }

  // `route` is null when nothing fits.
  Match Find(std::string_view method, const std::vector<std::string>& segments) const {
    for (const Route& route : routes_) {
      if (route.method != method || route.segments.size() != segments.size()) continue;
      Match match{&route, {}};
      for (std::size_t i = 0; i < segments.size() && match.route; ++i) {
        if (route.segments[i] == "{}") {
          match.args.push_back(segments[i]);
        } else if (route.segments[i] != segments[i]) {
          match.route = nullptr;
        }
      }
      if (match.route) return match;
    }
    return {};
  }

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace kl::chargebee_sim
