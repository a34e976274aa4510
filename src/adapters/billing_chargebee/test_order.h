// A test order at a test site, as a vendor tries the whole flow: a customer and a subscription made
// by API, read until the domain appears on it.
#pragma once

#include <string>

#include "adapters/billing_chargebee/site_api.h"

namespace kl::chargebee {

struct PlacedOrder {
  std::string subscription_id;
  std::string customer_id;
  std::string status;  // "active", "in_trial"
};

// kDenied unless the site is a test site (its name ends with -test): nobody is charged by a check.
// The customer pays by invoice, so that no card is needed. Who is mailed is up to `email`. kInvalid
// when the plan is not sold.
Task<Result<PlacedOrder>> PlaceTestOrder(SiteApi& api, std::string plan, std::string email);

struct OrderState {
  std::string status;
  std::string domain;  // empty: not written yet
};
Task<Result<OrderState>> ReadOrder(SiteApi& api, std::string subscription_id);

// At once and without credits.
Task<Status> CancelOrder(SiteApi& api, std::string subscription_id);

}  // namespace kl::chargebee
