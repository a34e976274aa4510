#include "adapters/gateway_caddy/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {  // glibc 2.36 forgot it in this header
#include <sys/pidfd.h>
}

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

namespace kl::gateway {
namespace {

// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Error> SystemError(std::string_view doing, const std::string& what) {
  return Fail(ErrorKind::kUnavailable,
              std::string(doing) + ": '" + what + "': " + std::generic_category().message(errno));
}

struct PidFile {
  Fd fd;
  bool locked = false;  // by us just now: nobody holds it
  pid_t pid = 0;        // of the holder; 0 for the moment before it has written it
};

Result<PidFile> OpenPidFile(const std::string& path) {
  PidFile out;
  out.fd = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!out.fd) return SystemError("cannot open the gateway's pid file", path);
  if (::flock(out.fd.get(), LOCK_EX | LOCK_NB) == 0) {
    out.locked = true;
    return out;
  }
  char text[32];
  const ssize_t size = ::pread(out.fd.get(), text, sizeof text, 0);
  if (size > 0) std::from_chars(text, text + size, out.pid);
  return out;
}

std::unexpected<Error> NoPidYet(const std::string& path) {
  return Fail(ErrorKind::kUnavailable, "no process id in the gateway's pid file: '" + path + "'");
}

// What the child needs, prepared before the fork: between fork and exec only system calls are safe.
struct Image {
  std::vector<char*> argv;
  std::vector<char*> envp;
  int output = -1;
  int lock = -1;
};

// Points into `options`.
Image ImageOf(ProcessOptions& options) {
  Image image;
  image.argv.push_back(options.program.data());
  for (std::string& arg : options.args) image.argv.push_back(arg.data());
  image.argv.push_back(nullptr);
  for (std::string& pair : options.environment) image.envp.push_back(pair.data());
  image.envp.push_back(nullptr);
  return image;
}

// Writes the caller's id as decimal text and a newline.
void WriteOwnPid(int fd) {
  char text[16];
  char* p = text + sizeof text;
  *--p = '\n';
  for (pid_t rest = ::getpid(); rest > 0; rest /= 10) *--p = static_cast<char>('0' + rest % 10);
  if (::ftruncate(fd, 0) != 0) ::_exit(126);
  if (::pwrite(fd, p, static_cast<std::size_t>(text + sizeof text - p), 0) < 0) ::_exit(126);
}

[[noreturn]] void BecomeProgram(const Image& image) {
  ::setsid();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  WriteOwnPid(image.lock);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(image.output, 1);
  ::dup2(image.output, 2);
  // The lock goes with the open file, which the program inherits and never looks at.
  if (image.lock == 3) {
    ::fcntl(3, F_SETFD, 0);
  } else {
    ::dup2(image.lock, 3);
  }
  ::close_range(4, ~0U, 0);
  if (::chdir("/") != 0) ::_exit(126);
  ::execve(image.argv[0], image.argv.data(), image.envp.data());
  ::_exit(127);
}

std::string DescribeExit(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exit code " + std::to_string(info.si_status);
  return "signal " + std::to_string(info.si_status);
}

bool WaitReadable(int fd, Duration limit) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace

struct CaddyProcess::Watched {
  Watched(net::IoLoop& loop, int fd, pid_t id) : pid(id), end(loop.context(), fd), gone(loop) {}
  const pid_t pid;
  boost::asio::posix::stream_descriptor end;  // a pidfd: readable when the process has ended
  Event gone;
  bool exited = false;
  std::string how = "ended";

  void OnExit() {
    siginfo_t info{};
    const auto fd = static_cast<id_t>(end.native_handle());
    if (::waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
      how = DescribeExit(info);
    }
    exited = true;
    gone.Set();
  }
};

CaddyProcess::CaddyProcess(net::IoLoop& loop, ProcessOptions options)
    : loop_(loop), options_(std::move(options)) {}
CaddyProcess::~CaddyProcess() = default;

bool CaddyProcess::running() const { return watched_ && !watched_->exited; }
pid_t CaddyProcess::pid() const { return running() ? watched_->pid : 0; }

Status CaddyProcess::Watch(pid_t pid) {
  Fd fd(::pidfd_open(pid, 0));
  if (!fd) return SystemError("cannot watch the gateway's process", std::to_string(pid));
  watched_ = std::make_shared<Watched>(loop_, fd.Release(), pid);
  watched_->end.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak = std::weak_ptr(watched_)](boost::system::error_code error) {
                             auto watched = weak.lock();
                             if (watched && !error) watched->OnExit();
                           });
  return {};
}

Result<bool> CaddyProcess::Adopt() {
  KL_TRY(PidFile file, OpenPidFile(options_.pid_file));
  if (file.locked) return false;
  if (file.pid <= 0) return NoPidYet(options_.pid_file);
  KL_RETURN_IF_ERROR(Watch(file.pid));
  return true;
}

Status CaddyProcess::Start() {
  KL_TRY(PidFile file, OpenPidFile(options_.pid_file));
  if (!file.locked) {
    return Fail(ErrorKind::kConflict,
                "the gateway runs already: process " + std::to_string(file.pid));
  }
  Fd output(::open(options_.output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!output) return SystemError("cannot open the gateway's output", options_.output_file);
  Image image = ImageOf(options_);
  image.output = output.get();
  image.lock = file.fd.get();
  const pid_t pid = ::fork();
  if (pid < 0) return SystemError("cannot start the gateway", options_.program);
  if (pid == 0) BecomeProgram(image);
  return Watch(pid);
}

Task<std::string> CaddyProcess::Exited() {
  auto watched = watched_;
  if (!watched) co_return std::string("never started");
  // Event wakes all its waiters and remembers being set for one: hence the check.
  while (!watched->exited) co_await watched->gone.Wait();
  co_return watched->how;
}

void CaddyProcess::Signal(int number) {
  if (running()) ::pidfd_send_signal(watched_->end.native_handle(), number, nullptr, 0);
}

void CaddyProcess::Kill() { Signal(SIGKILL); }

Task<void> CaddyProcess::End(Duration patience) {
  auto watched = watched_;
  if (!watched || watched->exited) co_return;
  Signal(SIGTERM);
  const MonoTime deadline = loop_.Monotonic() + patience;
  while (!watched->exited && loop_.Monotonic() < deadline) {
    co_await watched->gone.WaitFor(deadline - loop_.Monotonic());
  }
  Signal(SIGKILL);
  while (!watched->exited) co_await watched->gone.Wait();
}

Status BecomeProcess(ProcessOptions options, const std::function<Status()>& prepare) {
  KL_TRY(PidFile file, OpenPidFile(options.pid_file));
  if (!file.locked) {
    return Fail(ErrorKind::kConflict,
                "the gateway runs already: process " + std::to_string(file.pid));
  }
  KL_RETURN_IF_ERROR(prepare());
  Image image = ImageOf(options);
  image.output = STDERR_FILENO;
  image.lock = file.fd.get();
  BecomeProgram(image);
}

Result<bool> EndProcessOf(const std::string& pid_file, Duration patience) {
  if (::access(pid_file.c_str(), F_OK) != 0) return false;
  KL_TRY(PidFile file, OpenPidFile(pid_file));
  if (file.locked) return false;
  if (file.pid <= 0) return NoPidYet(pid_file);
  Fd process(::pidfd_open(file.pid, 0));
  if (!process) {
    if (errno == ESRCH) return true;
    return SystemError("cannot end the gateway's process", std::to_string(file.pid));
  }
  ::pidfd_send_signal(process.get(), SIGTERM, nullptr, 0);
  if (WaitReadable(process.get(), patience)) return true;
  ::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0);
  WaitReadable(process.get(), patience);
  return true;
}

}  // namespace kl::gateway
