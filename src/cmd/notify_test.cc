#include "cmd/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

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
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Ear() {
    ::close(fd_);
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
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

TEST(Notify, ReachesASocketInTheFileSystemAndAnAbstractOne) {
  for (const std::string& path : {FreshPath(), "@kl-notify-" + SystemRandom().Letters(10)}) {
    Ear ear(path);
    NotifyManager("READY=1");
    EXPECT_EQ(ear.Heard(), "READY=1") << path;
  }
}

TEST(Notify, SaysNothingWhenNobodyAskedOrNobodyListens) {
  NotifyManager("READY=1");
  ::setenv("NOTIFY_SOCKET", FreshPath().c_str(), 1);
  NotifyManager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Notify, WatchdogIsFedAtHalfTheTimeAllowedAndOnlyByTheProcessMeant) {
  EXPECT_EQ(WatchdogInterval(), Duration(0));
  Ear ear(FreshPath());
  ::setenv("WATCHDOG_USEC", "120000000", 1);
  EXPECT_EQ(WatchdogInterval(), std::chrono::seconds(60));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(WatchdogInterval(), std::chrono::seconds(60));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(WatchdogInterval(), Duration(0));
}

TEST(Notify, WatchdogIsFedForAsLongAsTheLoopTurns) {
  Ear ear(FreshPath());
  net::IoLoop loop;
  TaskScope feeding(loop);
  feeding.Spawn(FeedWatchdog(loop, Duration(1)));
  for (int heard = 0; heard < 3;) {
    net::RunTask(loop, [&]() -> Task<void> { co_await Sleep(loop, Duration(1)); });
    if (ear.Heard() == "WATCHDOG=1") ++heard;
  }
}

}  // namespace
}  // namespace kl::cmd
