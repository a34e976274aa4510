// The timeline of a subscription and its service: what was done, when, for `explain`. Best effort:
// a step that cannot be recorded is logged and the work goes on, since nothing is ever decided from
// it.
#pragma once

#include <string>

#include "base/log.h"
#include "ports/history.h"

namespace kl::app {

class Timeline {
 public:
  Timeline(Loop& loop, History& history) : loop_(loop), history_(history), scope_(loop) {}

  // Notes and logs a step; returns at once. `subject` is a subscription's or service's object name.
  void Note(const std::string& subject, const std::string& step, const std::string& detail,
            const std::string& trace) {
    Log(LogLevel::kInfo, step, {{"subject", subject}, {"detail", detail}, {"trace", trace}});
    HistoryRecord record{.stream = "timeline",
                         .subject = subject,
                         .kind = step,
                         .at = loop_.Now(),
                         .trace = trace,
                         .body = detail};
    batch_.push_back(std::move(record));
    if (batch_.size() == 1) scope_.Spawn(Flush());
  }

 private:
  Task<void> Flush() {
    std::vector<HistoryRecord> batch = std::exchange(batch_, {});
    Status stored = co_await history_.Append(std::move(batch));
    if (!stored) Log(LogLevel::kWarn, "timeline not recorded", {{"error", stored.error()}});
  }

  Loop& loop_;
  History& history_;
  std::vector<HistoryRecord> batch_;
  TaskScope scope_;
};

}  // namespace kl::app
