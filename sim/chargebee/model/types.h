// The resources of a site, as plain values. Times are epoch seconds, amounts cents, as on the wire;
// only resource_version is in milliseconds.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kl::chargebee_sim {

using Seconds = std::int64_t;

// The error body of the API: HTTP status, `type`, `api_error_code`, `message`, `param`.
struct ApiError {
  int status = 400;
  std::string type = "invalid_request";
  std::string code = "invalid_request";
  std::string message;
  std::string param;
};
template <class T>
using ApiResult = std::expected<T, ApiError>;
using ApiStatus = ApiResult<void>;

std::unexpected<ApiError> NotFound(std::string_view what, std::string_view id);
std::unexpected<ApiError> WrongValue(std::string param, std::string message);
std::unexpected<ApiError> WrongState(std::string message);

enum class SubscriptionStatus { kFuture, kInTrial, kActive, kNonRenewing, kPaused, kCancelled };
std::string_view StatusName(SubscriptionStatus status);

// How charging the customer's card goes.
enum class Card { kNone, kValid, kFailsAtRenewal };

struct Customer {
  std::string id;
  std::string email;
  std::string first_name;
  std::string last_name;
  Card card = Card::kNone;
  bool auto_collection = true;  // false: invoices are paid by other means and never dunned
  bool deleted = false;
  Seconds created_at = 0;
  Seconds updated_at = 0;
  std::int64_t resource_version = 0;
  std::map<std::string, std::string> custom_fields;
};

struct SubscriptionItem {
  std::string item_price_id;
  std::string item_type = "plan";
  std::int64_t quantity = 1;
  std::int64_t unit_price = 0;
  bool operator==(const SubscriptionItem&) const = default;
};

// Items that replace the present ones at `at` (nothing: at the end of the term).
struct ScheduledChange {
  std::vector<SubscriptionItem> items;
  std::optional<Seconds> at;
};

struct EntitlementOverride {
  std::string value;
  bool enabled = true;
  std::optional<Seconds> expires_at;
};

// An unpaid renewal and the tries to collect it.
struct Dunning {
  std::string invoice_id;
  int attempts = 0;
  std::optional<Seconds> next_retry_at;
  std::int64_t amount = 0;
  Seconds since = 0;
};

struct Subscription {
  std::string id;
  std::string customer_id;
  SubscriptionStatus status = SubscriptionStatus::kActive;
  std::string status_override;  // shown instead of `status`: values clients do not know yet
  std::string currency = "USD";
  std::int64_t billing_period = 1;
  std::string billing_period_unit = "month";  // day week month year
  std::vector<SubscriptionItem> items;        // the first is the plan
  std::string channel = "web";

  Seconds created_at = 0;
  Seconds updated_at = 0;
  std::int64_t resource_version = 0;
  std::int64_t created_ms = 0;
  std::uint64_t sequence = 0;  // order of creation, from 1, unique in the site
  bool deleted = false;

  std::optional<Seconds> start_date, started_at, activated_at;
  std::optional<Seconds> trial_start, trial_end;
  std::optional<Seconds> current_term_start, current_term_end, next_billing_at;
  std::optional<Seconds> cancelled_at, cancel_schedule_created_at;
  std::string cancel_reason, cancel_reason_code;
  std::optional<Seconds> pause_date, resume_date;
  bool cancel_at_trial_end = false;
  std::optional<ScheduledChange> scheduled_change;
  std::optional<Dunning> dunning;

  std::map<std::string, std::string> custom_fields;  // cf_*
  std::map<std::string, EntitlementOverride> overrides;

  // For tests that count: calls that write, and every value cf_domain was given.
  std::int64_t api_writes = 0;
  std::vector<std::string> domain_values;
};

struct Invoice {
  std::string id;
  std::string subscription_id;
  std::string customer_id;
  std::string status = "paid";  // paid payment_due not_paid
  Seconds date = 0;
  std::int64_t total = 0;
  bool first = false;
  std::string dunning_status;
  std::optional<Seconds> next_retry_at;
};

// Whose doing an event is, and what the caller asked to be left out.
struct Origin {
  std::string source = "api";  // admin_console api hosted_page portal scheduled_job
  std::string user;
  bool skip_webhooks = false;
  bool skip_emails = false;
};

struct WebhookResult {
  std::string endpoint_id;
  std::string status;
};

struct Event {
  std::string id;
  std::uint64_t sequence = 0;
  Seconds occurred_at = 0;
  std::int64_t logged_ms = 0;
  std::string source;
  std::string user;
  std::string type;
  std::string subscription_id;  // "" for events about something else
  std::string content;          // JSON object
  std::string webhook_status = "not_configured";
  std::string failure_reason;
  std::vector<WebhookResult> webhooks;  // empty until the first attempt ended
};

struct WebhookEndpoint {
  std::string id;
  std::string name;
  std::string url;
  std::string user, password;  // basic auth when `user` is not empty
  std::string api_version = "v2";
  std::vector<std::string> enabled_events;  // empty: all
  bool disabled = false;
};

struct HostedPage {
  std::string id;
  std::string type = "checkout_new";
  std::string state = "created";  // created requested succeeded cancelled acknowledged
  Seconds created_at = 0;
  Seconds updated_at = 0;
  std::vector<SubscriptionItem> items;
  std::string subscription_id, customer_id, invoice_id;
  std::map<std::string, std::string> subscription_fields;  // subscription[...] of the call
  std::map<std::string, std::string> customer_fields;      // customer[...] of the call
  std::string redirect_url, cancel_url, pass_thru_content;
};

struct PortalSession {
  std::string id;
  std::string token;
  std::string customer_id;
  std::string redirect_url;
  Seconds created_at = 0;
};

// "Subscription is changed", as the vendor reworded it.
struct Mail {
  std::string id;
  Seconds sent_at = 0;
  std::string to;
  std::string subject;
  std::string text;
  std::string link;  // the application's address, "" while none is known
  std::string subscription_id;
  std::string event_id;
};

}  // namespace kl::chargebee_sim
