#include "adapters/engine_docker/netns.h"

#include <sys/stat.h>

#include <string>

namespace kl::docker {

std::optional<std::uint64_t> NetworkNamespace(int pid) {
  if (pid <= 0) return std::nullopt;
  struct stat status{};
  if (stat(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

}  // namespace kl::docker
