// Who routes domains to instances. Loop's thread only.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"

namespace kl {

struct RoutePath {
  std::string prefix = "/";
  std::string upstream;  // "127.0.0.1:20001"
  bool operator==(const RoutePath&) const = default;
};
enum class RouteState { kServing, kStarting, kStopped };
struct Route {
  std::string host;
  std::vector<RoutePath> paths;             // longest prefix wins; may be empty unless serving
  RouteState state = RouteState::kServing;  // starting, stopped: a friendly page
  bool insecure = false;                    // serve on plain http too, without a redirect
  bool operator==(const Route&) const = default;
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  // Returns when the change is live (many calls share one load). Equal routes cost nothing.
  // kUnavailable when the gateway does not answer: the change is kept and made when it is back.
  virtual Task<Status> Put(Route route) = 0;
  virtual Task<Status> Remove(std::string host) = 0;
  // Every route asked for in this process's life: at start the loops put them all again.
  virtual Task<Result<std::vector<Route>>> List() = 0;
};

// Asks an instance from outside, as its customer would: through the gateway, by its host, over TLS.
struct Answer {
  int status = 0;
  std::string location;  // of a redirect
};
class Outside {
 public:
  virtual ~Outside() = default;
  virtual Task<Result<Answer>> Get(std::string host, std::string path, bool insecure) = 0;
};

}  // namespace kl
