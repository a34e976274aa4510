#include "ports/testing/fake_provider.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <span>

#include "base/assert.h"

namespace kl::testing {
namespace {

constexpr std::size_t kIdsMax = 100;
constexpr std::size_t kPastKept = 8;
constexpr std::string_view kEventPrefix = "ev_";

std::size_t Number(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::unexpected<Error> Unknown(const std::string& id) {
  return Fail(ErrorKind::kNotFound, "subscription '" + id + "' not found at the provider");
}

}  // namespace

FakeProvider::FakeProvider(CallGate& gate, FakeProviderOptions options)
    : gate_(gate), options_(std::move(options)) {}

// --- how it fails ---

Status FakeProvider::Fault(const std::string& call) {
  ++calls_[call];
  auto& random = gate_.random();
  if (faults.wrong_key) return Fail(ErrorKind::kUnauthenticated, "provider: the key is wrong");
  if (faults.down || Happens(random, faults.unavailable)) {
    return Fail(ErrorKind::kUnavailable, "provider: 503");
  }
  if (Happens(random, faults.rate_limited)) {
    Error error{ErrorKind::kRateLimited, "provider: 429", {}, std::nullopt};
    if (random.Below(2) == 0) error.retry_after = std::chrono::seconds(30);
    return Fail(std::move(error));
  }
  return {};
}

FakeProvider::Record* FakeProvider::Find(const std::string& id) {
  const auto it = records_.find(id);
  return faults.other_site || it == records_.end() ? nullptr : &it->second;
}

// As a list shows it: perhaps as it was a while ago, never when deleted.
std::optional<BillingSubscription> FakeProvider::Listed(Record& record) {
  const MonoTime oldest = gate_.loop().Monotonic() - faults.lag_time;
  while (!record.past.empty() && record.past.front().until < oldest) record.past.pop_front();
  if (!record.past.empty() && Happens(gate_.random(), faults.lag)) {
    return record.past[gate_.random().Below(record.past.size())].state;
  }
  if (record.deleted) return std::nullopt;
  return Shown(record);
}

BillingSubscription FakeProvider::Shown(const Record& record) const {
  BillingSubscription shown = record.now;
  shown.scheduled_changes = !record.scheduled.empty();
  if (record.deleted) shown.state = BillingState::kDeleted;
  return shown;
}

// --- reads ---

Task<Result<Provider::ReadAnswer>> FakeProvider::Read(std::vector<std::string> ids, CallPriority) {
  KL_PASS(gate_, Before, "provider.read");
  KL_CO_RETURN_IF_ERROR(Fault("read"));
  if (ids.empty() || ids.size() > kIdsMax) {
    co_return Fail(ErrorKind::kInvalid, "ids: not from 1 to 100", "ids");
  }
  const bool empty = Happens(gate_.random(), faults.empty_list);
  ReadAnswer answer;
  for (const auto& id : ids) {
    Record* record = empty ? nullptr : Find(id);
    auto listed = record == nullptr ? std::nullopt : Listed(*record);
    if (listed) {
      answer.found.push_back(*std::move(listed));
    } else {
      answer.absent.push_back(id);
    }
  }
  KL_PASS(gate_, After, "provider.read");
  co_return answer;
}

Task<Result<Provider::ReadAnswer>> FakeProvider::Confirm(std::string id) {
  KL_PASS(gate_, Before, "provider.confirm");
  KL_CO_RETURN_IF_ERROR(Fault("confirm"));
  ReadAnswer answer;
  if (const Record* record = Find(id)) {
    answer.found.push_back(Shown(*record));
  } else {
    answer.absent.push_back(id);
  }
  KL_PASS(gate_, After, "provider.confirm");
  co_return answer;
}

Task<Result<std::vector<Entitlement>>> FakeProvider::Entitlements(std::string id) {
  KL_PASS(gate_, Before, "provider.entitlements");
  KL_CO_RETURN_IF_ERROR(Fault("entitlements"));
  const Record* record = Find(id);
  if (record == nullptr) co_return Unknown(id);
  auto entitlements = record->entitlements;
  KL_PASS(gate_, After, "provider.entitlements");
  co_return entitlements;
}

Task<Result<ProviderFeed::EventPage>> FakeProvider::Changes(std::string cursor) {
  KL_PASS(gate_, Before, "provider.changes");
  KL_CO_RETURN_IF_ERROR(Fault("changes"));
  std::span<const ParsedEvent> known;
  if (!faults.other_site) known = events_;
  const std::size_t from = std::min(Number(cursor), known.size());
  const std::size_t to = std::min(from + options_.page, known.size());
  EventPage page;
  for (std::size_t i = from; i < to; ++i) {
    page.events.push_back(known[i]);
    page.bodies.push_back(FakeIntake::BodyOf(known[i]));
  }
  page.cursor = faults.other_site ? cursor : std::to_string(to);
  page.more = to < known.size();
  KL_PASS(gate_, After, "provider.changes");
  co_return page;
}

Task<Result<ProviderFeed::SweepPage>> FakeProvider::Sweep(std::string cursor) {
  KL_PASS(gate_, Before, "provider.sweep");
  KL_CO_RETURN_IF_ERROR(Fault("sweep"));
  SweepPage page;
  const bool empty = faults.other_site || Happens(gate_.random(), faults.empty_list);
  std::size_t seen = 0;
  for (auto it = records_.upper_bound(cursor); !empty && it != records_.end(); ++it) {
    if (++seen > options_.page) break;
    if (auto listed = Listed(it->second)) page.subscriptions.push_back(*std::move(listed));
    page.cursor = it->first;
  }
  if (seen <= options_.page) page.cursor.clear();
  KL_PASS(gate_, After, "provider.sweep");
  co_return page;
}

Task<Result<std::vector<std::string>>> FakeProvider::OfCustomer(std::string customer_id) {
  KL_PASS(gate_, Before, "provider.of_customer");
  KL_CO_RETURN_IF_ERROR(Fault("of_customer"));
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) {
    if (!faults.other_site && record.now.customer_id == customer_id) ids.push_back(id);
  }
  KL_PASS(gate_, After, "provider.of_customer");
  co_return ids;
}

// --- the write ---

Task<Result<Provider::Written>> FakeProvider::PublishDomain(std::string id, std::string value,
                                                            std::string idempotency) {
  KL_PASS(gate_, Before, "provider.publish");
  KL_CO_RETURN_IF_ERROR(Fault("publish"));
  Record* record = Find(id);
  if (record == nullptr) co_return Unknown(id);
  if (faults.field_missing) {
    co_return Fail(ErrorKind::kInvalid, "provider: unknown parameter 'domain'", "domain");
  }
  const auto replay = replays_.find(idempotency);
  if (replay == replays_.end()) {
    Remember(*record);
    // Any write of a subscription replaces what was scheduled for it.
    if (!record->scheduled.empty()) ++lost_schedules_;
    record->scheduled.clear();
    if (record->now.domain == value) {
      ++redundant_writes_;
    } else {
      ++effective_writes_[{id, value}];
      if (has_answered && !has_answered(value)) ++early_announcements_;
    }
    record->now.domain = value;
    Commit(*record, "subscription_changed");
    replays_.emplace(idempotency, Shown(*record));
  }
  Written written{replays_.at(idempotency)};
  KL_PASS(gate_, After, "provider.publish");
  co_return written;
}

// --- links ---

Task<Result<std::string>> FakeProvider::Checkout(std::string plan) {
  KL_PASS(gate_, Before, "provider.checkout");
  KL_CO_RETURN_IF_ERROR(Fault("checkout"));
  co_return "https://" + options_.site + ".example.com/checkout/" + plan;
}

Task<Result<std::string>> FakeProvider::Portal(std::string customer_id) {
  KL_PASS(gate_, Before, "provider.portal");
  KL_CO_RETURN_IF_ERROR(Fault("portal"));
  co_return "https://" + options_.site + ".example.com/portal/" + customer_id;
}

// --- the world's hand ---

// Before a change: what lists may go on showing for a while.
void FakeProvider::Remember(Record& record) {
  const bool existed = record.now.version != 0 && !record.deleted;
  record.past.push_back({existed ? std::optional<BillingSubscription>(Shown(record)) : std::nullopt,
                         gate_.loop().Monotonic()});
  if (record.past.size() > kPastKept) record.past.pop_front();
}

// After a change. As real ones: the version is the time of the change, and never twice the same.
void FakeProvider::Commit(Record& record, const std::string& event_type) {
  version_ = std::max(version_ + 1, gate_.loop().Now().time_since_epoch().count());
  record.now.version = version_;
  Tell(record, event_type, false);
}

void FakeProvider::Tell(const Record& record, const std::string& event_type, bool entitlements) {
  ParsedEvent event;
  event.id = std::string(kEventPrefix) + std::to_string(events_.size() + 1);
  event.type = event_type;
  event.occurred = gate_.loop().Now();
  event.relevant = true;
  event.hints = {{.kind = HintKind::kSubscription,
                  .provider = options_.provider,
                  .site = options_.site,
                  .id = record.now.key.id,
                  .version = record.now.version,
                  .entitlements = entitlements,
                  .event_id = event.id,
                  .event_type = event_type,
                  .occurred = event.occurred}};
  events_.push_back(event);
  if (on_event) on_event(event);
}

void FakeProvider::Create(BillingSubscription subscription) {
  subscription.key.provider = options_.provider;
  subscription.key.site = options_.site;
  subscription.version = 0;
  KL_ASSERT(!subscription.key.id.empty() && !records_.contains(subscription.key.id));
  Record& record = records_[subscription.key.id];
  Remember(record);
  record.now = std::move(subscription);
  Commit(record, "subscription_created");
}

void FakeProvider::Change(const std::string& id, const std::string& event_type, const Edit& edit) {
  Record& record = records_.at(id);
  Remember(record);
  edit(record.now);
  Commit(record, event_type);
}

void FakeProvider::Delete(const std::string& id) {
  Record& record = records_.at(id);
  Remember(record);
  record.deleted = true;
  Commit(record, "subscription_deleted");
}

void FakeProvider::SetEntitlements(const std::string& id, std::vector<Entitlement> entitlements) {
  Record& record = records_.at(id);
  record.entitlements = std::move(entitlements);
  Tell(record, "subscription_entitlements_updated", true);
}

void FakeProvider::Schedule(const std::string& id, Edit edit) {
  Record& record = records_.at(id);
  Remember(record);
  record.scheduled.push_back(std::move(edit));
  Commit(record, "subscription_changes_scheduled");
}

void FakeProvider::ApplyScheduled(const std::string& id) {
  Record& record = records_.at(id);
  if (record.scheduled.empty()) return;
  Remember(record);
  for (const auto& edit : std::exchange(record.scheduled, {})) edit(record.now);
  Commit(record, "subscription_changed");
}

// --- for checkers ---

const BillingSubscription* FakeProvider::Truth(const std::string& id) const {
  const auto it = records_.find(id);
  return it == records_.end() ? nullptr : &it->second.now;
}

bool FakeProvider::deleted(const std::string& id) const {
  const auto it = records_.find(id);
  return it != records_.end() && it->second.deleted;
}

std::vector<std::string> FakeProvider::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) ids.push_back(id);
  return ids;
}

int FakeProvider::calls(const std::string& name) const {
  const auto it = calls_.find(name);
  return it == calls_.end() ? 0 : it->second;
}

int FakeProvider::calls() const {
  return std::accumulate(calls_.begin(), calls_.end(), 0,
                         [](int sum, const auto& entry) { return sum + entry.second; });
}

// --- webhooks ---

Status FakeIntake::Verify(const HeaderList& headers, std::string_view, std::string_view) const {
  const bool known = std::ranges::any_of(headers, [](const auto& header) {
    return header.first == "authorization" && header.second == "fake";
  });
  if (!known) return Fail(ErrorKind::kUnauthenticated, "webhook: wrong credentials");
  return {};
}

Result<ParsedEvent> FakeIntake::Parse(std::string_view body) const {
  constexpr std::string_view kStart = R"({"id":"ev_)";
  if (!body.starts_with(kStart)) return Fail(ErrorKind::kInvalid, "event: no id", "id");
  const std::size_t number = Number(body.substr(kStart.size()));
  if (number == 0 || number > provider_.events().size()) {
    return Fail(ErrorKind::kInvalid, "event: unknown id", "id");
  }
  return provider_.events()[number - 1];
}

}  // namespace kl::testing
