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

BatchReader::Batch BatchReader::TakeBatch() {
  if (asked_.size() <= kBatchMax) return std::exchange(asked_, {});
  Batch batch;
  for (int priority = 0; priority <= static_cast<int>(CallPriority::kSweep); ++priority) {
    for (auto it = asked_.begin(); it != asked_.end() && batch.size() < kBatchMax;) {
      auto here = it++;
      if (static_cast<int>(here->second.priority) == priority) batch.insert(asked_.extract(here));
    }
  }
  return batch;
}

BatchReader::Batch BatchReader::TakeHalf(Batch& batch) {
  Batch half;
  const std::size_t count = batch.size() / 2;
  while (half.size() < count) half.insert(batch.extract(batch.begin()));
  return half;
}

void BatchReader::Deliver(Batch& batch, const BatchAnswer& answer, MonoTime asked_at) {
  std::map<std::string, const BillingSubscription*> found;
  if (answer) {
    for (const auto& subscription : answer->found)
      found.emplace(subscription.key.id, &subscription);
  }
  for (auto& [id, asked] : batch) {
    const auto here = found.find(id);
    for (auto& caller : asked.callers) {
      if (!answer) {
        caller.Set(std::unexpected(answer.error()));
        continue;
      }
      ReadOutcome outcome{.asked_at = asked_at};
      if (here != found.end()) outcome.found = *here->second;
      caller.Set(std::move(outcome));
    }
  }
}

Task<void> BatchReader::ReadParts(Batch batch) {
  std::vector<Batch> parts;
  parts.push_back(std::move(batch));
  while (!parts.empty()) {
    Batch part = std::move(parts.back());
    parts.pop_back();
    std::vector<std::string> ids;
    CallPriority priority = CallPriority::kSweep;
    for (const auto& [id, asked] : part) {
      ids.push_back(id);
      priority = std::min(priority, asked.priority);
    }
    const MonoTime asked_at = loop_.Monotonic();
    BatchAnswer answer = co_await provider_.Read(std::move(ids), priority);
    Report(answer ? Status{} : Status(std::unexpected(answer.error())));
    const bool refused = !answer && answer.error().kind == ErrorKind::kInvalid;
    if (refused && part.size() > 1) {
      parts.push_back(TakeHalf(part));
      parts.push_back(std::move(part));
      continue;
    }
    Deliver(part, answer, asked_at);
  }
}

Task<void> BatchReader::Pump() {
  while (!asked_.empty()) {
    Batch batch = TakeBatch();
    co_await ReadParts(std::move(batch));
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
