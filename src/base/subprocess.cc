#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace kl {
namespace {

constexpr std::size_t kOutputBytesMax = 64 << 10;
using Clock = std::chrono::steady_clock;

// Starts the program with its output in a pipe; the pipe's reading end goes to `reader`.
Result<pid_t> Spawn(const std::vector<std::string>& argv, int& reader) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    return Fail(ErrorKind::kUnavailable, argv[0] + ": no pipe: " + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 2);
  std::vector<char*> args;
  for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, args[0], &actions, nullptr, args.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  if (error != 0) {
    close(pipe_ends[0]);
    const auto kind = error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
    return Fail(kind, argv[0] + ": cannot be started: " + std::strerror(error));
  }
  reader = pipe_ends[0];
  return pid;
}

// Collects output until its end or the deadline; true at its end.
bool Drain(int reader, std::string& output, Clock::time_point deadline) {
  char buffer[4096];
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{reader, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = read(reader, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return true;
    const auto room = kOutputBytesMax - std::min(kOutputBytesMax, output.size());
    if (got > 0) output.append(buffer, std::min<std::size_t>(got, room));
  }
}

std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const auto at = text.rfind('\n');
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}

}  // namespace

Result<ProcessResult> RunProcess(const std::vector<std::string>& argv,
                                 std::chrono::milliseconds limit) {
  int reader = -1;
  KL_TRY(const pid_t pid, Spawn(argv, reader));
  ProcessResult result;
  const bool ended = Drain(reader, result.output, Clock::now() + limit);
  close(reader);
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return Fail(ErrorKind::kUnavailable, argv[0] + ": timed out and was killed");
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

Status RunProcessOk(const std::vector<std::string>& argv, std::chrono::milliseconds limit) {
  KL_TRY(const auto result, RunProcess(argv, limit));
  if (result.exit_code == 0) return {};
  return Fail(ErrorKind::kInternal, argv[0] + ": exit code " + std::to_string(result.exit_code) +
                                        ": " + LastLine(result.output));
}

}  // namespace kl
