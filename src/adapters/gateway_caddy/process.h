// The gateway's program as a process that outlives us: it keeps serving while we restart, and we
// find it again. Linux only (pidfd, flock).
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "net/io_loop.h"

namespace kl::gateway {

struct ProcessOptions {
  std::string program;                   // absolute path
  std::vector<std::string> args;         // without the program's name; visible to everybody
  std::vector<std::string> environment;  // "NAME=value", all it gets
  // Holds the process's id, and a lock on it is held by the process for as long as it lives: an id
  // that was given to somebody else is never taken for ours.
  std::string pid_file;
  std::string output_file;  // its standard output and error, begun anew at each start
};

// Loop's thread only. Destroying it leaves the process running.
class CaddyProcess {
 public:
  CaddyProcess(net::IoLoop& loop, ProcessOptions options);
  ~CaddyProcess();
  CaddyProcess(const CaddyProcess&) = delete;

  // Watches the process that holds the pid file's lock. False when there is none. kUnavailable when
  // there is one that cannot be watched.
  Result<bool> Adopt();
  // Starts a new one in a session of its own. kConflict when one runs already, kUnavailable when it
  // cannot be started. That the program ran at all shows in Exited().
  Status Start();
  bool running() const;
  pid_t pid() const;  // 0 when none runs
  // Returns at once when none runs. What it exited with, when it was our child: "exit code 1".
  Task<std::string> Exited();
  // SIGTERM, and SIGKILL after `patience`; returns when it is gone.
  Task<void> End(Duration patience);
  // SIGKILL, without waiting.
  void Kill();

 private:
  struct Watched;
  Status Watch(pid_t pid);
  void Signal(int number);

  net::IoLoop& loop_;
  ProcessOptions options_;
  std::shared_ptr<Watched> watched_;
};

// This process becomes the program, with its standard output and error as they are: for a service
// manager that watches it. `prepare` runs once the lock is ours. Returns only with an error:
// kConflict when one runs already.
Status BecomeProcess(ProcessOptions options, const std::function<Status()>& prepare);

// Ends the process that holds the lock of `pid_file`, if any, and waits for it; for those who clean
// up when no KuberLogic runs. Blocks up to `patience` before it kills. True when there was one.
Result<bool> EndProcessOf(const std::string& pid_file, Duration patience);

}  // namespace kl::gateway
