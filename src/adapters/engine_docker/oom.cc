#include "adapters/engine_docker/oom.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace kl::docker {

std::uint64_t OomKillIn(std::string_view record, std::string_view id) {
  const auto memcg = record.find("oom_memcg=");
  if (memcg == std::string_view::npos || id.empty()) return 0;
  const auto end = record.find(',', memcg);
  if (record.substr(memcg, end - memcg).find(id) == std::string_view::npos) return 0;
  const auto comma = record.find(',');
  if (comma == std::string_view::npos) return 0;
  std::uint64_t number = 0;
  std::from_chars(record.data() + comma + 1, record.data() + record.size(), number);
  return number;
}

std::uint64_t LastOomKill(const std::string& id) {
  const int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  std::uint64_t last = 0;
  char record[8192];
  for (;;) {
    const ssize_t got = read(fd, record, sizeof record);
    // Overwritten while it was read: go on with the next.
    if (got < 0 && errno == EPIPE) continue;
    if (got <= 0) break;
    const auto number = OomKillIn(std::string_view(record, static_cast<std::size_t>(got)), id);
    if (number > last) last = number;
  }
  close(fd);
  return last;
}

}  // namespace kl::docker
