// Reads subscriptions from the provider in batches without a timer: one batch is in flight, and
// whatever is asked for meanwhile is the next. A single order waits for nothing; a burst of a
// thousand costs ten calls. A batch that is refused is read in halves: one odd id spoils no other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/billing.h"

namespace kl::app {

// What a read said about one id, and when it was asked for.
struct ReadOutcome {
  std::optional<BillingSubscription>
      found;  // nullopt: absent from the answer, which is not deletion
  MonoTime asked_at{};
};

// Whether the provider can be reached, as the last call showed. For status and `explain`.
struct ProviderHealth {
  std::optional<Error> error;
  WallTime since{};
};

class BatchReader {
 public:
  BatchReader(Loop& loop, Provider& provider) : loop_(loop), provider_(provider), scope_(loop) {}

  Task<Result<ReadOutcome>> Read(std::string id, CallPriority priority);
  const ProviderHealth& health() const { return health_; }
  // Every caller of the provider reports its result here.
  void Report(const Status& status);

 private:
  using Answer = Result<ReadOutcome>;
  struct Asked {
    CallPriority priority = CallPriority::kHint;
    std::vector<Completer<Answer>> callers;
  };

  using Batch = std::map<std::string, Asked>;
  using BatchAnswer = Result<Provider::ReadAnswer>;

  Task<void> Pump();
  Task<void> ReadParts(Batch batch);
  Batch TakeBatch();
  static Batch TakeHalf(Batch& batch);
  static void Deliver(Batch& batch, const BatchAnswer& answer, MonoTime asked_at);

  Loop& loop_;
  Provider& provider_;
  std::map<std::string, Asked> asked_;
  bool pumping_ = false;
  ProviderHealth health_;
  TaskScope scope_;
};

}  // namespace kl::app
