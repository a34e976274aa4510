#include "app/batch_reader.h"

#include "base/log.h"

namespace kl::app {

namespace {
constexpr std::size_t kBatchMax = 100;
}

Task<Result<ReadOutcome>> BatchReader::Read(std::string id, CallPriority priority) {
  Completer<Answer> answer(loop_);
  Asked& asked = asked_[id];
  if (asked.callers.empty() || priority < asked.priority) asked.priority = priority;
  asked.callers.push_back(answer);
  if (!pumping_) {
    pumping_ = true;
    scope_.Spawn(Pump());
  }
  Answer result = co_await answer.Get();
  co_return result;
}

std::map<std::string, BatchReader::Asked> BatchReader::TakeBatch() {
  if (asked_.size() <= kBatchMax) return std::exchange(asked_, {});
  std::map<std::string, Asked> batch;
  for (int priority = 0; priority <= static_cast<int>(CallPriority::kSweep); ++priority) {
    for (auto it = asked_.begin(); it != asked_.end() && batch.size() < kBatchMax;) {
      auto here = it++;
      if (static_cast<int>(here->second.priority) == priority) batch.insert(asked_.extract(here));
    }
  }
  return batch;
}

Task<void> BatchReader::Pump() {
  while (!asked_.empty()) {
    std::map<std::string, Asked> batch = TakeBatch();
    std::vector<std::string> ids;
    CallPriority priority = CallPriority::kSweep;
    for (const auto& [id, asked] : batch) {
      ids.push_back(id);
      priority = std::min(priority, asked.priority);
    }
    const MonoTime asked_at = loop_.Monotonic();
    auto answer = co_await provider_.Read(ids, priority);
    Report(answer ? Status{} : Status(std::unexpected(answer.error())));
    std::map<std::string, BillingSubscription> found;
    if (answer) {
      for (auto& subscription : answer->found) found.emplace(subscription.key.id, subscription);
    }
    for (auto& [id, asked] : batch) {
      for (auto& caller : asked.callers) {
        if (!answer) {
          caller.Set(std::unexpected(answer.error()));
          continue;
        }
        ReadOutcome outcome{.asked_at = asked_at};
        if (auto it = found.find(id); it != found.end()) outcome.found = it->second;
        caller.Set(std::move(outcome));
      }
    }
  }
  pumping_ = false;
}

void BatchReader::Report(const Status& status) {
  const bool was_well = !health_.error;
  if (status) {
    if (!was_well) {
      Log(LogLevel::kInfo, "provider answers again");
      health_ = {.error = std::nullopt, .since = loop_.Now()};
    }
    return;
  }
  // Only what speaks of the provider itself: a refused request says nothing about the next one.
  const ErrorKind kind = status.error().kind;
  if (kind == ErrorKind::kInvalid || kind == ErrorKind::kNotFound || kind == ErrorKind::kConflict)
    return;
  if (was_well) {
    Log(LogLevel::kWarn, "provider does not serve us", {{"error", status.error()}});
    health_.since = loop_.Now();
  }
  health_.error = status.error();
}

}  // namespace kl::app
