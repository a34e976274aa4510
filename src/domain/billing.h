// What a billing provider says, in no provider's terms.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "domain/ids.h"

namespace kl {

enum class BillingState {
  kUnknown,      // a status word we do not know: change nothing
  kFuture,       // starts later: no instance yet
  kTrial,        // runs
  kActive,       // runs
  kEnding,       // runs until it is cancelled
  kPaused,       // stopped
  kCancelled,    // stopped (archived when archives exist)
  kTransferred,  // no longer ours to manage: change nothing
  kDeleted,      // `deleted: true` or its equivalent was read: stopped
};
std::string_view BillingStateName(BillingState state);
std::optional<BillingState> ParseBillingState(std::string_view word);  // the reverse

struct BillingItem {
  std::string price_id;
  std::string item_id;  // empty when the provider does not say
  bool is_plan = false;
  std::int64_t quantity = 1;
  bool operator==(const BillingItem&) const = default;
};

// One subscription as read from the provider. `version` grows with every change of it; 0 where the
// provider has none.
struct BillingSubscription {
  SubscriptionKey key;
  std::string customer_id;
  std::string customer_email;
  std::string customer_name;  // as a person would write it: "Jane Doe", or the company
  std::string raw_status;
  BillingState state = BillingState::kUnknown;
  std::vector<BillingItem> items;
  std::optional<std::string> domain;  // the field we write
  bool scheduled_changes = false;     // a write of the domain would delete them
  std::int64_t version = 0;
  std::optional<WallTime> ends_at;
  std::map<std::string, std::string> fields;  // further custom fields
  bool operator==(const BillingSubscription&) const = default;
};

struct Entitlement {
  std::string feature;
  std::string value;
  bool enabled = true;
  bool operator==(const Entitlement&) const = default;
};

}  // namespace kl
