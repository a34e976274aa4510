// Lets old history go, so that what is only for people never fills the disk that the state lives
// on: events and steps after 90 days, the audit after 400, as names.
#pragma once

#include <string>

#include "ports/history.h"

namespace kl::app {

inline constexpr Duration kHistoryKept = std::chrono::days(90);
inline constexpr Duration kAuditKept = std::chrono::days(400);

class HistoryKeeper {
 public:
  HistoryKeeper(Loop& loop, History& history) : loop_(loop), history_(history), scope_(loop) {}

  // From an hour after the start on, once a day. While the wall clock stands more than an hour off
  // from where the monotonic one says nothing goes: every record may look old then.
  void Start();

 private:
  Task<void> Pump();
  bool ClockJumped() const;
  Task<Status> PruneAll();
  Task<Status> Prune(std::string stream, Duration kept);

  Loop& loop_;
  History& history_;
  WallTime wall_{};  // at Start
  MonoTime mono_{};
  TaskScope scope_;
};

}  // namespace kl::app
