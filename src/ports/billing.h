// A billing provider is three things: what its webhooks say (Intake), what it knows (Provider),
// where its customers go (Links). Loop's thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "domain/billing.h"
#include "ports/hints.h"

namespace kl {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct ParsedEvent {
  std::string id;
  std::string type;
  WallTime occurred{};
  bool relevant = false;    // false: kept and counted, no hint
  std::vector<Hint> hints;  // without trace; site and provider filled in
  std::string note;         // why it is irrelevant, empty otherwise
};

class Intake {
 public:
  virtual ~Intake() = default;
  virtual std::string Path() const = 0;  // "/chargebee-webhook"
  // kUnauthenticated. `target` is the request's path and query.
  virtual Status Verify(const HeaderList& headers, std::string_view target,
                        std::string_view body) const = 0;
  // kInvalid when it is not an event, with what is missing. Pure.
  virtual Result<ParsedEvent> Parse(std::string_view body) const = 0;
};

// Errors of every call: kRateLimited (retry_after when said), kUnavailable (5xx, time-out, not
// JSON), kUnauthenticated (key), kDenied (scope), kInvalid (the provider refuses the request for
// good). Each adapter keeps its own budget: a call may wait for it.
enum class CallPriority {
  kWriteBack,
  kNewOrder,
  kHint,
  kEntitlements,
  kCursor,
  kSweep
};  // first is served first

class Provider {
 public:
  virtual ~Provider() = default;
  virtual std::string Name() const = 0;
  virtual std::string SiteName() const = 0;

  struct ReadAnswer {
    std::vector<BillingSubscription> found;
    // Not in the answer of the batch. Absence is not deletion: see Confirm.
    std::vector<std::string> absent;
  };
  // Reads many at once, at most 100 ids.
  virtual Task<Result<ReadAnswer>> Read(std::vector<std::string> ids, CallPriority priority) = 0;
  // Reads one, deleted ones included. found empty = the provider does not know the id.
  virtual Task<Result<ReadAnswer>> Confirm(std::string id) = 0;
  virtual Task<Result<std::vector<Entitlement>>> Entitlements(std::string id) = 0;

  struct Written {
    BillingSubscription after;  // the answer of a write is a read
  };
  // Writes the domain field. `idempotency` is equal for retries of the same write. kInvalid with
  // field "domain" when the field does not exist at the provider.
  virtual Task<Result<Written>> PublishDomain(std::string id, std::string value,
                                              std::string idempotency) = 0;
};

// What changed at the provider, without webhooks.
class ProviderFeed {
 public:
  virtual ~ProviderFeed() = default;
  struct EventPage {
    std::vector<ParsedEvent> events;  // oldest first
    std::vector<std::string> bodies;  // raw JSON, same order
    std::string cursor;  // pass to the next call; store it only after the events were stored
    bool more = false;
  };
  virtual Task<Result<EventPage>> Changes(std::string cursor) = 0;
  struct SweepPage {
    std::vector<BillingSubscription> subscriptions;
    std::string cursor;  // empty at the end of a full pass
  };
  virtual Task<Result<SweepPage>> Sweep(std::string cursor) = 0;
  // Subscription ids of one customer, deleted ones included.
  virtual Task<Result<std::vector<std::string>>> OfCustomer(std::string customer_id) = 0;
};

class Links {
 public:
  virtual ~Links() = default;
  virtual Task<Result<std::string>> Checkout(std::string plan) = 0;
  virtual Task<Result<std::string>> Portal(std::string customer_id) = 0;
};

}  // namespace kl
