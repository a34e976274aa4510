#include "cmd/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "base/random.h"
#include "net/run_task.h"

namespace kl::cmd {
namespace {

// A service manager's ear: a datagram socket at a path, or at an abstract name ("@...").
class Ear {
 public:
  explicit Ear(std::string path) : path_(std::move(path)) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    if (path_[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Ear() {
    ::close(fd_);
    if (path_[0] != '@') std::filesystem::remove(path_);
  }
  std::string Heard() {
    char text[256];
    const ssize_t size = ::recv(fd_, text, sizeof text, MSG_DONTWAIT);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
  }

 private:
  std::string path_;
  int fd_ = -1;
};

std::string FreshPath() {
  return std::filesystem::temp_directory_path() / ("kl-notify-" + SystemRandom().Letters(10));
}

ServiceNotifier With(std::map<std::string, std::string> variables) {
  return ServiceNotifier([variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(ServiceNotifier, ReachesASocketInTheFileSystemAndAnAbstractOne) {
  for (const std::string& path : {FreshPath(), "@kl-notify-" + SystemRandom().Letters(10)}) {
    Ear ear(path);
    With({{"NOTIFY_SOCKET", path}}).Tell("READY=1");
    EXPECT_EQ(ear.Heard(), "READY=1") << path;
  }
}

TEST(ServiceNotifier, SaysNothingWhenNobodyAskedOrNobodyListens) {
  With({}).Tell("READY=1");
  With({{"NOTIFY_SOCKET", FreshPath()}}).Tell("READY=1");
  With({{"NOTIFY_SOCKET", std::string(200, 'x')}}).Tell("READY=1");
}

TEST(ServiceNotifier, WatchdogIsFedAtHalfTheTimeAllowedAndOnlyByTheProcessMeant) {
  const std::string own = std::to_string(::getpid());
  EXPECT_EQ(With({}).watchdog_interval(), Duration(0));
  EXPECT_EQ(With({{"WATCHDOG_USEC", "120000000"}}).watchdog_interval(), std::chrono::seconds(60));
  EXPECT_EQ(With({{"WATCHDOG_USEC", "120000000"}, {"WATCHDOG_PID", own}}).watchdog_interval(),
            std::chrono::seconds(60));
  EXPECT_EQ(With({{"WATCHDOG_USEC", "120000000"}, {"WATCHDOG_PID", "1"}}).watchdog_interval(),
            Duration(0));
}

TEST(ServiceNotifier, WatchdogIsFedForAsLongAsTheLoopTurns) {
  const std::string path = FreshPath();
  Ear ear(path);
  const ServiceNotifier notifier = With({{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "2000"}});
  net::IoLoop loop;
  TaskScope feeding(loop);
  feeding.Spawn(notifier.FeedWatchdog(loop));
  for (int heard = 0; heard < 3;) {
    net::RunTask(loop, [&]() -> Task<void> { co_await Sleep(loop, Duration(1)); });
    if (ear.Heard() == "WATCHDOG=1") ++heard;
  }
}

}  // namespace
}  // namespace kl::cmd
