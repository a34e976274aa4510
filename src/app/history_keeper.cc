#include "app/history_keeper.h"

#include "base/log.h"

namespace kl::app {

void HistoryKeeper::Start() {
  wall_ = loop_.Now();
  mono_ = loop_.Monotonic();
  scope_.Spawn(Pump());
}

bool HistoryKeeper::ClockJumped() const {
  const Duration drift = (loop_.Now() - wall_) - (loop_.Monotonic() - mono_);
  return drift > std::chrono::hours(1) || drift < -std::chrono::hours(1);
}

Task<void> HistoryKeeper::Pump() {
  Duration wait = std::chrono::hours(1);
  for (;;) {
    co_await Sleep(loop_, wait);
    wait = std::chrono::hours(24);
    if (ClockJumped()) {
      Log(LogLevel::kWarn, "the wall clock jumped: no history is let go until the next start");
      continue;
    }
    Status pruned = co_await PruneAll();
    if (!pruned) Log(LogLevel::kWarn, "history not pruned", {{"error", pruned.error()}});
  }
}

Task<Status> HistoryKeeper::PruneAll() {
  KL_CO_RETURN_IF_ERROR(co_await Prune("events", kHistoryKept));
  KL_CO_RETURN_IF_ERROR(co_await Prune("timeline", kHistoryKept));
  co_return co_await Prune("audit", kAuditKept);
}

// A call drops no more than some: repeated until nothing is left to drop.
Task<Status> HistoryKeeper::Prune(std::string stream, Duration kept) {
  const WallTime before = loop_.Now() - kept;
  int total = 0;
  for (;;) {
    KL_CO_TRY(const int dropped, co_await history_.Prune(stream, before));
    if (dropped == 0) break;
    total += dropped;
  }
  if (total > 0)
    Log(LogLevel::kInfo, "old history let go", {{"stream", stream}, {"records", total}});
  co_return Status{};
}

}  // namespace kl::app
