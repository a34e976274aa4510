// Which network namespace a container's process lives in.
#pragma once

#include <cstdint>
#include <optional>

namespace kl::docker {

// Inode of /proc/<pid>/ns/net; none when it cannot be read (no such process, no right, not here).
std::optional<std::uint64_t> NetworkNamespace(int pid);

}  // namespace kl::docker
