// FakeProvider: a billing provider in memory, with its faults by seed. It keeps the truth about
// subscriptions, shows it as real ones do (lists lag, ids are missing, calls fail), and counts what
// was written to it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/billing.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

struct FakeProviderOptions {
  std::string provider = "fake";
  std::string site = "main";
  std::size_t page = 100;  // of the feed and the sweep
};

// Probabilities per call, and switches that stay.
struct ProviderFaults {
  double unavailable = 0;
  double rate_limited = 0;    // with and without retry_after
  double empty_list = 0;      // an answer of the batch or the sweep is empty, with 200
  double lag = 0;             // a list shows a subscription as it was
  Duration lag_time{10'000};  // at most so long ago
  bool down = false;
  bool wrong_key = false;
  bool other_site = false;     // the key is of a site that knows none of the ids
  bool field_missing = false;  // there is no such custom field
};

class FakeProvider : public Provider, public ProviderFeed, public Links {
 public:
  explicit FakeProvider(CallGate& gate, FakeProviderOptions options = {});

  // --- ports ---
  std::string Name() const override { return options_.provider; }
  std::string SiteName() const override { return options_.site; }
  Task<Result<ReadAnswer>> Read(std::vector<std::string> ids, CallPriority priority) override;
  Task<Result<ReadAnswer>> Confirm(std::string id) override;
  Task<Result<std::vector<Entitlement>>> Entitlements(std::string id) override;
  Task<Result<Written>> PublishDomain(std::string id, std::string value,
                                      std::string idempotency) override;
  Task<Result<EventPage>> Changes(std::string cursor) override;
  Task<Result<SweepPage>> Sweep(std::string cursor) override;
  Task<Result<std::vector<std::string>>> OfCustomer(std::string customer_id) override;
  Task<Result<std::string>> Checkout(std::string plan) override;
  Task<Result<std::string>> Portal(std::string customer_id) override;

  // --- the world's hand; each makes an event ---
  using Edit = std::function<void(BillingSubscription&)>;
  // A subscription in state `subscription.state`; key and version are filled in from its id.
  void Create(BillingSubscription subscription);
  void Change(const std::string& id, const std::string& event_type, const Edit& edit);
  void Delete(const std::string& id);
  void SetEntitlements(const std::string& id, std::vector<Entitlement> entitlements);
  // A change that happens when ApplyScheduled() is called, unless a write deletes it before.
  void Schedule(const std::string& id, Edit edit);
  void ApplyScheduled(const std::string& id);
  // Called for every event, at once; the world delivers, drops, repeats and reorders.
  std::function<void(const ParsedEvent& event)> on_event;
  // Whether the host in a written value has answered from outside; asked at every effective write.
  std::function<bool(const std::string& value)> has_answered;
  ProviderFaults faults;

  // --- for checkers ---
  const BillingSubscription* Truth(const std::string& id) const;
  bool deleted(const std::string& id) const;
  std::vector<std::string> ids() const;
  const std::vector<ParsedEvent>& events() const { return events_; }
  // Writes that changed the field, by subscription and value: each is an e-mail to the customer.
  const std::map<std::pair<std::string, std::string>, int>& effective_writes() const {
    return effective_writes_;
  }
  int redundant_writes() const { return redundant_writes_; }
  int early_announcements() const { return early_announcements_; }
  int lost_schedules() const { return lost_schedules_; }  // deleted by our writes
  int calls(const std::string& name) const;
  int calls() const;

 private:
  struct Past {
    std::optional<BillingSubscription> state;  // nullopt: it did not exist
    MonoTime until{};
  };
  struct Record {
    BillingSubscription now;
    bool deleted = false;
    std::deque<Past> past;
    std::vector<Entitlement> entitlements;
    std::vector<Edit> scheduled;
  };

  Status Fault(const std::string& call);
  Record* Find(const std::string& id);
  std::optional<BillingSubscription> Listed(Record& record);
  BillingSubscription Shown(const Record& record) const;
  void Remember(Record& record);
  void Commit(Record& record, const std::string& event_type);
  void Tell(const Record& record, const std::string& event_type, bool entitlements);

  CallGate& gate_;
  FakeProviderOptions options_;
  std::map<std::string, Record> records_;
  std::vector<ParsedEvent> events_;
  std::map<std::string, BillingSubscription> replays_;  // by idempotency key
  std::int64_t version_ = 0;
  std::map<std::pair<std::string, std::string>, int> effective_writes_;
  std::map<std::string, int> calls_;
  int redundant_writes_ = 0;
  int early_announcements_ = 0;
  int lost_schedules_ = 0;
};

// The webhooks of a FakeProvider: a body is `{"id":"ev_7"}`, the header "authorization: fake".
class FakeIntake : public Intake {
 public:
  explicit FakeIntake(const FakeProvider& provider) : provider_(provider) {}

  std::string Path() const override { return "/fake-webhook"; }
  Status Verify(const HeaderList& headers, std::string_view target,
                std::string_view body) const override;
  Result<ParsedEvent> Parse(std::string_view body) const override;

  static std::string BodyOf(const ParsedEvent& event) { return R"({"id":")" + event.id + R"("})"; }
  static HeaderList Headers() { return {{"authorization", "fake"}}; }

 private:
  const FakeProvider& provider_;
};

}  // namespace kl::testing
