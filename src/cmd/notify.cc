#include "cmd/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace kl::cmd {
namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::int64_t Number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void NotifyManager(const std::string& state) {
  const std::string_view path = Variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  (void)::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

Duration WatchdogInterval() {
  // The variables may be those of a parent that is watched.
  const std::string_view pid = Variable("WATCHDOG_PID");
  if (!pid.empty() && Number(pid) != ::getpid()) return Duration(0);
  return std::chrono::duration_cast<Duration>(
             std::chrono::microseconds(Number(Variable("WATCHDOG_USEC")))) /
         2;
}

Task<void> FeedWatchdog(Loop& loop, Duration interval) {
  for (;;) {
    NotifyManager("WATCHDOG=1");
    co_await Sleep(loop, interval);
  }
}

}  // namespace kl::cmd
