// Whether the kernel killed a container for want of memory. Engines lose that: Podman's monitor
// leaves its note where Podman does not look for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kl::docker {

// Number of the last kernel message that tells of a kill at the memory limit of the cgroup of this
// container (`id` is part of the cgroup's name with every engine); 0: none, or the kernel's log
// cannot be read. Blocks.
std::uint64_t LastOomKill(const std::string& id);

// The number of a record of /dev/kmsg ("6,1234,5504176083,-;oom-kill:...") if it tells that, else
// 0.
std::uint64_t OomKillIn(std::string_view record, std::string_view id);

}  // namespace kl::docker
