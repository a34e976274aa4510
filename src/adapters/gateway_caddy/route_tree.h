// The directory of routes on disk (names: route_files.h). Every change is one atomic rename, so a
// request sees the route as it was or as it will be, with all its prefixes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/gateway.h"

namespace kl::gateway {

// Loop's thread only; blocks for some 0.1 ms a call. Nothing is forced to disk: after a power cut
// the tree may be behind, and Load() tells what is really there.
// Errors: kExhausted when the disk is full, else kUnavailable, with the path in the message.
class RouteTree {
 public:
  explicit RouteTree(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  // Makes the directory, clears away what a kill left half made, and reads every route. What does
  // not decode is removed: it would be served as it is otherwise.
  Result<std::vector<Route>> Load();
  // `route` as NormalizeRoute returns it.
  Status Write(const Route& route);
  // Removing what is not there is fine.
  Status Remove(const std::string& host);

 private:
  Status MakeDirectory(const std::filesystem::path& at, const Route& route) const;

  std::filesystem::path root_;
};

}  // namespace kl::gateway
