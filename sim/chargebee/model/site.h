// One Chargebee site: catalogue, customers, subscriptions, their events and mails, and what time
// does to them. Pure: the real time is passed in and travel is an offset on it. One thread.
//
// Every change raises the resource's version and writes its events to the log; whoever delivers
// webhooks listens with OnEvent. Changes follow the provider's state machine: an operation a status
// does not permit is 409 invalid_state_for_request.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "base/random.h"
#include "sim/chargebee/model/catalog.h"
#include "sim/chargebee/model/due.h"
#include "sim/chargebee/model/filter.h"
#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

struct SiteOptions {
  std::string name = "example-test";
  Catalog catalog = DefaultCatalog();
  // Custom fields of subscriptions that the vendor has created in the console.
  std::set<std::string> custom_fields = {"cf_domain"};
  // The mail "Subscription is changed": off on a new site.
  bool mail_enabled = true;
  // The vendor's template of it, see merge.h; "" = the one built in.
  std::string mail_subject, mail_text;
  // "v1": a site of old times. It has no items, and says so.
  std::string product_catalog_version = "v2";
  // Whether the vendor allowed portal sessions by API.
  bool portal_by_api = true;
  // Whether a change of custom fields alone emits subscription_changed (and so its mail).
  bool echo_custom_fields = true;
  // Whether a new subscription also emits subscription_entitlements_created, and a changed plan
  // subscription_entitlements_updated.
  bool entitlement_events = false;
  std::size_t events_max = 200'000;  // the oldest are forgotten
};

struct NewSubscription {
  std::string id;           // "" = made up
  std::string customer_id;  // of an existing customer; "" or unknown: one is created
  Customer customer;        // used when one is created
  std::vector<SubscriptionItem> items;
  std::optional<Seconds> start_date;  // in the future: status `future`
  std::optional<Seconds> trial_end;   // 0 = no trial; nothing: as the price says
  bool cancel_at_trial_end = false;
  std::map<std::string, std::string> custom_fields;
};

struct SubscriptionUpdate {
  std::vector<SubscriptionItem> items;               // empty: kept
  bool replace_items = false;                        // false: `items` are merged by type and price
  std::map<std::string, std::string> custom_fields;  // "" clears
  std::optional<Seconds> trial_end;
  bool end_of_term = false;
  std::optional<Seconds> changes_scheduled_at;
};

struct Cancellation {
  enum class When { kNow, kEndOfTerm, kAt } when = When::kNow;
  std::optional<Seconds> at;
  std::string reason;       // cancel_reason: not_paid, no_card, ... of the provider's own doing
  std::string reason_code;  // cancel_reason_code: the vendor's list
};

struct PauseRequest {
  enum class When { kNow, kEndOfTerm, kAt } when = When::kNow;
  std::optional<Seconds> at;
  std::optional<Seconds> resume_at;
};

// Lists may show the past: subscriptions as they were `age` ago or `versions` changes ago (which
// wins when both are set), and no event younger than `age`.
struct ListLag {
  Duration age{0};
  int versions = 0;
  bool any() const { return age.count() > 0 || versions > 0; }
};

struct ListRequest {
  std::vector<Filter> filters;
  int limit = 10;
  std::optional<Cursor> after;
  bool descending = true;
  bool by_update = false;  // subscriptions: by updated_at rather than created_at
  bool include_deleted = false;
};

template <class T>
struct Page {
  std::vector<const T*> items;  // valid until the site changes
  std::optional<std::string> next_offset;
};

class Site {
 public:
  using Listener = std::function<void(const Event&)>;
  using Updated = ApiResult<const Subscription*>;

  Site(SiteOptions options, Random& random, std::function<WallTime()> real_time);
  Site(const Site&) = delete;

  SiteOptions& options() { return options_; }
  const Catalog& catalog() const { return options_.catalog; }
  void OnEvent(Listener listener) { listener_ = std::move(listener); }

  // --- time
  std::int64_t now_ms() const;
  Seconds now() const { return now_ms() / 1000; }
  Duration offset() const { return offset_; }
  // Makes happen, in order of time, all that is due by now.
  void RunDue();
  // Moves the site's clock forward and makes all happen that falls into the gap, each at its time.
  void Advance(Duration by);

  // --- reading. Pointers stay valid until Reset(); what they point to changes with the site.
  const Subscription* FindSubscription(const std::string& id) const;  // deleted ones too
  const Customer* FindCustomer(const std::string& id) const;
  const Invoice* FindInvoice(const std::string& id) const;
  const Event* FindEvent(const std::string& id) const;
  const std::deque<Event>& events() const { return events_; }
  std::vector<const Subscription*> SubscriptionsOf(const std::string& customer_id) const;
  std::size_t subscription_count() const { return order_.size(); }
  const std::vector<Subscription*>& all_subscriptions() const { return order_; }
  Page<Subscription> ListSubscriptions(const ListRequest& request) const;
  Page<Event> ListEvents(const ListRequest& request) const;
  Page<Customer> ListCustomers(const ListRequest& request) const;

  // --- changing subscriptions. Each returns the subscription as it is now; 404 for unknown and
  // deleted ones, 400 for values, 409 for a status that does not permit the operation. A refused
  // operation changes nothing and emits nothing.
  Updated Create(NewSubscription wanted, const Origin& origin);
  Updated Update(const std::string& id, const SubscriptionUpdate& change, const Origin& origin);
  Updated Cancel(const std::string& id, const Cancellation& how, const Origin& origin);
  Updated RemoveScheduledCancellation(const std::string& id, const Origin& origin);
  Updated RemoveScheduledChanges(const std::string& id, const Origin& origin);
  Updated Pause(const std::string& id, const PauseRequest& how, const Origin& origin);
  Updated RemoveScheduledPause(const std::string& id, const Origin& origin);
  Updated Resume(const std::string& id, std::optional<Seconds> at, const Origin& origin);
  Updated RemoveScheduledResumption(const std::string& id, const Origin& origin);
  Updated Reactivate(const std::string& id, std::optional<Seconds> trial_end, const Origin& origin);
  Updated Delete(const std::string& id, const Origin& origin);
  // Nothing as `value` removes the override.
  Updated SetOverride(const std::string& id, const std::string& feature,
                      std::optional<EntitlementOverride> value, const Origin& origin);
  // A value of `status` the API does not document ("" ends it). Emits subscription_changed.
  Updated ShowStatus(const std::string& id, std::string status, const Origin& origin);
  // One more write call by a client; unknown ids are not counted.
  void CountWrite(const std::string& id);

  // --- the rest of the site
  const Customer& CreateCustomer(Customer customer, const Origin& origin);
  ApiResult<const Customer*> UpdateCustomer(const std::string& id,
                                            const std::map<std::string, std::string>& fields,
                                            const Origin& origin);
  ApiResult<const Customer*> DeleteCustomer(const std::string& id, const Origin& origin);
  // The customer gives another card; an unpaid invoice is collected at once when it works.
  ApiStatus SetCard(const std::string& customer_id, Card card, const Origin& origin);
  // The catalogue's entitlement changes for everyone who has that item or price.
  ApiStatus SetItemEntitlement(const std::string& entity_id, const std::string& feature,
                               const std::string& value, const Origin& origin);

  std::map<std::string, HostedPage>& hosted_pages() { return hosted_pages_; }
  std::map<std::string, PortalSession>& portal_sessions() { return portal_sessions_; }
  std::vector<WebhookEndpoint>& endpoints() { return endpoints_; }
  const std::deque<Mail>& outbox() const { return outbox_; }
  // An event of any kind and content, true or not; nothing else of the site changes.
  const Event& EmitRaw(std::string type, std::string content, const std::string& subscription_id,
                       const Origin& origin) {
    return Emit(std::move(type), std::move(content), subscription_id, origin);
  }
  // A site without customers, as on its first day; options, catalogue and endpoints stay.
  void Reset();
  void ClearOutbox() { outbox_.clear(); }
  void ClearCounters();
  // 16 characters, unique in the site, as the provider's own ids look.
  std::string NewId();

  // --- what deliveries and faults write
  // `status` as in webhooks[]: succeeded, re_scheduled, failed. The event's own status is the worst
  // of its endpoints'.
  void RecordDelivery(const std::string& event_id, const std::string& endpoint_id,
                      const std::string& status, const std::string& failure);
  void SetListLag(ListLag lag);
  const ListLag& list_lag() const { return lag_; }

 private:
  struct Snapshot {
    std::int64_t visible_from_ms = 0;
    Subscription state;
  };
  // What one update really changed.
  struct Changes {
    bool unscheduled = false;
    bool fields = false;
    bool items = false;
    bool trial = false;
    bool any() const { return unscheduled || fields || items || trial; }
  };

  // site.cc
  Subscription* Editable(const std::string& id);
  Customer& MutableCustomer(const std::string& id) { return customers_.at(id); }
  // Ends every change: version and time of update rise, what is due next is noted, and where lists
  // lag the new state is kept for later.
  void Commit(Subscription& subscription);
  void TouchCustomer(Customer& customer);
  const Event& Emit(std::string type, std::string content, const std::string& subscription_id,
                    const Origin& origin);
  const Event& EmitFor(const Subscription& subscription, std::string type, const Origin& origin,
                       const Invoice* invoice = nullptr);
  void EmitEntitlements(const Subscription& subscription, std::string type, const Origin& origin);
  void SendMail(const Subscription& subscription, const Event& event);
  std::string Content(const Subscription& subscription, const Invoice* invoice) const;
  // site_subscriptions.cc
  ApiStatus FillItems(std::vector<SubscriptionItem>& items) const;
  ApiStatus CheckCustomFields(const std::map<std::string, std::string>& fields) const;
  ApiStatus CheckNew(NewSubscription& wanted) const;
  Subscription& Enter(NewSubscription wanted);
  void Start(Subscription& subscription, std::optional<Seconds> trial_end);
  Updated ScheduleChange(Subscription& subscription, std::vector<SubscriptionItem> items,
                         std::optional<Seconds> at, const Origin& origin);
  void EmitChanges(const Subscription& subscription, const Changes& done, const Origin& origin);
  bool ApplyCustomFields(Subscription& subscription,
                         const std::map<std::string, std::string>& fields);
  void ApplyPeriod(Subscription& subscription);
  // site_due.cc
  void Perform(Subscription& subscription, const Due& due);
  void BeginTerm(Subscription& subscription, Seconds at);
  void Renew(Subscription& subscription);
  void EndTrial(Subscription& subscription);
  void RetryDunning(Subscription& subscription);
  void Finish(Subscription& subscription, const std::string& reason, const Origin& origin);
  void ApplyScheduledChange(Subscription& subscription);
  // Charges one term; on failure the invoice stays due and dunning begins.
  const Invoice& Charge(Subscription& subscription, bool first);
  void Collected(Subscription& subscription, const Origin& origin);
  // site_lists.cc
  const Subscription* Visible(const Subscription& subscription) const;

  SiteOptions options_;
  Random& random_;
  std::function<WallTime()> real_time_;
  Duration offset_{0};
  std::optional<Seconds> moment_;  // while time-driven changes run: when they happen
  Listener listener_;

  std::unordered_map<std::string, std::unique_ptr<Subscription>> subscriptions_;
  std::vector<Subscription*> order_;  // [sequence - 1]
  std::map<std::string, Customer> customers_;
  std::map<std::string, Invoice> invoices_;
  std::deque<Event> events_;  // consecutive sequences
  std::unordered_map<std::string, std::uint64_t> event_sequences_;
  std::uint64_t next_event_ = 1;
  std::set<std::pair<Seconds, std::uint64_t>> due_;  // time, subscription sequence
  std::unordered_map<std::uint64_t, Seconds> due_of_;
  std::deque<Mail> outbox_;
  std::map<std::string, HostedPage> hosted_pages_;
  std::map<std::string, PortalSession> portal_sessions_;
  std::vector<WebhookEndpoint> endpoints_;
  ListLag lag_;
  std::unordered_map<std::string, std::deque<Snapshot>> history_;  // only while lists lag
};

}  // namespace kl::chargebee_sim
