// Chargebee's API v2 as the billing ports. Budgeted: every call waits for room in the site's rate
// limit.
#pragma once

#include <map>
#include <memory>

#include "adapters/billing_chargebee/budget.h"
#include "adapters/billing_chargebee/options.h"
#include "adapters/billing_chargebee/wire.h"
#include "net/http.h"
#include "ports/billing.h"

namespace kl::chargebee {

// Where reading events stands: all up to `since` (epoch seconds) are known; a window is being paged
// from `offset`. `sequence` makes the text differ whenever events were handed out.
struct Cursor {
  std::int64_t since = 0;
  std::int64_t newest = 0;
  std::int64_t sequence = 0;
  std::string offset;

  static Cursor Parse(std::string_view text);  // an unreadable one starts anew
  std::string Text() const;
};

class Chargebee : public Provider, public ProviderFeed, public Links {
 public:
  Chargebee(net::IoLoop& loop, Options options);

  std::string Name() const override { return kProviderName; }
  std::string SiteName() const override { return options_.site; }
  Task<Result<ReadAnswer>> Read(std::vector<std::string> ids, CallPriority priority) override;
  Task<Result<ReadAnswer>> Confirm(std::string id) override;
  Task<Result<std::vector<Entitlement>>> Entitlements(std::string id) override;
  Task<Result<Written>> PublishDomain(std::string id, std::string value,
                                      std::string idempotency) override;

  // An event that cannot be read is left out with a warning. An offset the provider does not take
  // any more is kInvalid once; asked again with the same cursor it begins without it.
  Task<Result<EventPage>> Changes(std::string cursor) override;
  Task<Result<SweepPage>> Sweep(std::string cursor) override;
  Task<Result<std::vector<std::string>>> OfCustomer(std::string customer_id) override;

  Task<Result<std::string>> Checkout(std::string plan) override;
  Task<Result<std::string>> Portal(std::string customer_id) override;

  std::int64_t calls() const { return calls_; }
  const Budget& budget() const { return budget_; }

 private:
  using Params = std::vector<std::pair<std::string, std::string>>;
  struct Call {
    std::string method = "GET";
    std::string path;  // below the API's base
    Params params;
    CallPriority priority = CallPriority::kHint;
    std::string idempotency;
  };
  // The body of a 2xx answer.
  Task<Result<std::string>> Send(Call call);
  // All pages of a subscription list.
  Task<Result<std::vector<BillingSubscription>>> ListAll(Params params, CallPriority priority);
  void Skip(const EventListPage& list, Cursor& cursor);
  EventPage Fresh(EventListPage list, Cursor cursor);

  net::IoLoop& loop_;
  Options options_;
  WireContext context_;
  std::string base_path_;
  std::unique_ptr<net::HttpClient> client_;
  Budget budget_;
  std::int64_t calls_ = 0;
  std::map<std::string, WallTime> seen_;     // events handed out and durable at the caller
  std::map<std::string, WallTime> offered_;  // handed out with offered_cursor_
  std::string offered_cursor_;
  std::string refused_events_;  // cursors with an offset the provider did not take
  std::string refused_sweep_;
};

}  // namespace kl::chargebee
