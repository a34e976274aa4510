// Gives a subscription its one instance: name, claim, service record. Invariant 1 lives here.
//
// The order of writes is the lock. The record (one per subscription, created if absent) carries the
// chosen name and uid before anything else is created; the claim makes the name this subscription's
// for 400 days; the service carries the subscription's key. Every step may run twice and be killed
// in between: the next pass finds what is there and goes on.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "app/records.h"
#include "app/settings.h"
#include "app/templates.h"
#include "app/timeline.h"
#include "base/random.h"
#include "ports/engine.h"

namespace kl::app {

class InstanceKeeper {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Records records;
    Templates& templates;
    Timeline& timeline;
    const Settings& settings;
  };
  explicit InstanceKeeper(Deps deps) : deps_(deps) {}

  // Instances found on the engine at start, by subscription key: one that no record knows (an older
  // store was put back) is adopted under its name and uid instead of being made twice.
  void SetFound(const std::vector<Found>& found);
  // Those that no record has claimed so far.
  std::vector<Found> Orphans() const;

  // Stores the record: creates it when new, else its status. On kConflict the caller starts over.
  Task<Status> Save(Subscription& record);

  // The service of this record, made if need be with what `derived` says. Chooses and stores the
  // name first. nullopt: an operator has removed it; it is not made again.
  Task<Result<std::optional<Service>>> Ensure(Subscription& record, const Derived& derived);

  // The service of this record as it is, nullopt when there is none.
  Task<Result<std::optional<Service>>> Find(const Subscription& record);

 private:
  void Own(const Service& service);                      // found at start, and no orphan any more
  Task<Result<bool>> Claim(const Subscription& record);  // false: the name is another's
  Task<Status> ChooseName(Subscription& record, int attempt);
  Task<bool> IsFree(ServiceName name, const std::string& key);
  Service Fresh(const Subscription& record, const Derived& derived, const TemplateDigest& digest);

  Deps deps_;
  std::map<std::string, Found> found_;  // by ToString(SubscriptionKey)
};

}  // namespace kl::app
