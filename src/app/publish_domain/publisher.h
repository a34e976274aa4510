// Pays the debt of invariant 3: the domain is written to the subscription exactly once per value.
#pragma once

#include "app/settings.h"
#include "app/batch_reader.h"
#include "app/timeline.h"
#include "domain/objects.h"
#include "ports/billing.h"

namespace kl::app {

class Publisher {
 public:
  struct Deps {
    Loop& loop;
    Provider& provider;
    BatchReader& reader;  // told how the provider fares
    Timeline& timeline;
    const Settings& settings;
  };
  explicit Publisher(Deps deps) : deps_(deps) {}

  struct Step {
    enum class Kind { kIdle, kRead, kWrote, kWait, kFailed };
    Kind kind = Kind::kIdle;
    std::optional<BillingSubscription> after;  // kWrote: the answer of a write is a read
    Duration wait{0};                          // kWait, kFailed: not before
  };
  // One step for this record and its service; edits record.status.publication and conditions,
  // stores nothing. `read_at`: when the content in record.status.observed was asked for, nullopt
  // when not in this process.
  Task<Step> Take(Subscription& record, const Service& service, std::optional<MonoTime> read_at);

 private:
  Task<Step> Write(Subscription& record, const Service& service, std::string value);

  Deps deps_;
};

}  // namespace kl::app
