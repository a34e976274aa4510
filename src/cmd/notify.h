// What systemd is told of this process, as sd_notify(3) documents it. Nothing happens when no
// service manager asked for it (NOTIFY_SOCKET, WATCHDOG_USEC).
#pragma once

#include <string>

#include "base/loop.h"
#include "base/task.h"

namespace kl::cmd {

// "READY=1", "STOPPING=1", "STATUS=...". A message that cannot be delivered is dropped.
void NotifyManager(const std::string& state);

// How often the manager must hear "WATCHDOG=1" lest it restarts this process: half of what it
// allows. Zero when it does not ask.
Duration WatchdogInterval();

// Tells the manager that the loop turns, for as long as it does.
Task<void> FeedWatchdog(Loop& loop, Duration interval);

}  // namespace kl::cmd
