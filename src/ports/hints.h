// Hints: durable notes that something about a subscription, a customer or everything may have
// changed at the provider. What to do is never in the hint; the loop reads the truth. Loop's thread
// only.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "domain/billing.h"

namespace kl {

enum class HintKind { kSubscription, kCustomer, kEverything };

struct Hint {
  HintKind kind = HintKind::kSubscription;
  std::string provider;
  std::string site;
  std::string id;             // subscription or customer id; empty for kEverything
  std::int64_t version = 0;   // floor: a read below it is not yet the truth; 0 = none
  bool entitlements = false;  // they may have changed: read them again
  std::string event_id;       // what said so; empty for a sweep or an operator
  std::string event_type;
  WallTime occurred{};
  std::string trace;
};

// One or more hints about the same (kind, provider, site, id), merged: highest version, any
// `entitlements`, first trace. `ticket` covers exactly the hints merged so far.
struct PendingHint {
  Hint hint;
  WallTime received{};  // of the oldest
  std::string ticket;
  std::vector<std::pair<std::string, std::string>> events;  // (event id, type), at most the last 10
};

class Hints {
 public:
  virtual ~Hints() = default;
  // Returns only when durable. kUnavailable / kExhausted when it could not be stored.
  virtual Task<Status> Add(std::vector<Hint> hints) = 0;
  // Everything not done yet, in the order of each key's newest hint, at most `limit`, after the
  // ticket `after` (empty: from the start). A hint added to a key that was taken already makes the
  // key come again, with a ticket for both: whoever goes on from its last ticket misses nothing.
  // Taking is no lock.
  virtual Task<Result<std::vector<PendingHint>>> Pending(std::string after, int limit) = 0;
  // Forgets what the ticket covers; hints that arrived later stay. Unknown tickets are no error.
  virtual Task<Status> Done(std::string ticket) = 0;
  // Waits until something was added since the last call. May wake for nothing.
  virtual Task<void> Wait() = 0;
};

}  // namespace kl
