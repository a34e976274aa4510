#include "cmd/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

namespace kl::cmd {
namespace {

std::int64_t Number(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

ServiceNotifier::ServiceNotifier(const Environment& environment)
    : socket_(environment("NOTIFY_SOCKET").value_or("")) {
  // The variables may be those of a parent that is watched.
  const auto pid = environment("WATCHDOG_PID");
  if (pid && Number(pid) != ::getpid()) return;
  const std::chrono::microseconds allowed(Number(environment("WATCHDOG_USEC")));
  watchdog_interval_ = std::chrono::duration_cast<Duration>(allowed) / 2;
}

void ServiceNotifier::Tell(const std::string& state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

Task<void> ServiceNotifier::FeedWatchdog(Loop& loop) const {
  while (watchdog_interval_ > Duration(0)) {
    Tell("WATCHDOG=1");
    co_await Sleep(loop, watchdog_interval_);
  }
}

}  // namespace kl::cmd
