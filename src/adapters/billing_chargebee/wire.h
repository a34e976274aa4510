// Chargebee's JSON (API v2, Product Catalog 2.0) to and from the domain's values. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/billing.h"

namespace kl::chargebee {

struct WireContext {
  std::string site;
  std::string domain_field;  // "cf_domain"
};

// One page of GET /subscriptions: {"list":[{"subscription":{},"customer":{}}],"next_offset":".."}.
struct SubscriptionPage {
  std::vector<BillingSubscription> items;
  std::string next_offset;
  std::vector<std::string> unreadable;  // entries that are no subscription, each as why not
};
Result<SubscriptionPage> ParseSubscriptions(std::string_view json, const WireContext& context);
// {"subscription":{..},"customer":{..}}, the answer of a write.
Result<BillingSubscription> ParseSubscription(std::string_view json, const WireContext& context);

struct EntitlementPage {
  std::vector<Entitlement> items;
  std::string next_offset;
};
Result<EntitlementPage> ParseEntitlements(std::string_view json);

// A bare event, as webhooks deliver it. kInvalid names what is missing. What it says of ids that
// cannot be the provider's leaves no hint.
Result<ParsedEvent> ParseEvent(std::string_view json, const std::string& site);
struct EventListPage {
  std::vector<ParsedEvent> events;
  std::vector<std::string> bodies;
  std::string next_offset;
  struct Unreadable {
    std::string id;  // at most 100 characters
    WallTime occurred{};
    std::string why;
  };
  std::vector<Unreadable> unreadable;  // one odd event keeps no other back
};
Result<EventListPage> ParseEvents(std::string_view json, const std::string& site);

// An answer that is not 2xx. Anything that is not Chargebee's error JSON counts as a temporary
// failure of the service.
Error ParseError(int status, std::string_view body, const std::string& domain_field);

// The string at `path` ("hosted_page.url").
Result<std::string> ParseString(std::string_view json, std::string_view object,
                                std::string_view key);

}  // namespace kl::chargebee
