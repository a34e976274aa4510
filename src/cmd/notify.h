// What systemd is told of this process, as sd_notify(3) documents it. Nothing happens when no
// service manager asked for it (NOTIFY_SOCKET, WATCHDOG_USEC).
#pragma once

#include <string>

#include "base/loop.h"
#include "base/task.h"
#include "cmd/config.h"

namespace kl::cmd {

class ServiceNotifier {
 public:
  explicit ServiceNotifier(const Environment& environment);

  // "READY=1", "STOPPING=1". A message that cannot be delivered is dropped.
  void Tell(const std::string& state) const;
  // How often the manager must hear "WATCHDOG=1" lest it restarts this process: half of what it
  // allows. Zero when it does not ask.
  Duration watchdog_interval() const { return watchdog_interval_; }
  // Tells the manager that the loop turns, for as long as it does; returns at once when it does not
  // ask.
  Task<void> FeedWatchdog(Loop& loop) const;

 private:
  std::string socket_;
  Duration watchdog_interval_{};
};

}  // namespace kl::cmd
