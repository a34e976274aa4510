#include "api/api.h"
#include "api/query.h"
#include "api/views.h"
#include "app/intake/intake.h"

namespace kl::api {
namespace {

constexpr std::chrono::hours kReleaseFor{1};

Error Disabled() {
  return {.kind = ErrorKind::kConflict,
          .message = "the billing integration is disabled: no site of a provider is configured"};
}

}  // namespace

// By object name, or by the provider's id.
Task<Result<Subscription>> Api::FindSubscription(std::string id) {
  SubscriptionKey key = deps_.site;
  key.id = id;
  auto record = co_await deps_.records.subscriptions.Get(NameOf(key).str());
  if (record || record.error().kind != ErrorKind::kNotFound) co_return record;
  auto by_name = co_await deps_.records.subscriptions.Get(id);
  if (by_name || by_name.error().kind != ErrorKind::kNotFound) co_return by_name;
  co_return Fail(ErrorKind::kNotFound, "no subscription " + id);
}

Task<net::Response> Api::SubscriptionList(Call call) {
  auto limit = QueryNumber(call, "limit", {.fallback = 0, .max = 1000});
  if (!limit) co_return Show(limit.error());
  ValueList out;
  std::string after = QueryText(call, "offset");
  do {
    auto page = co_await deps_.records.subscriptions.List(after, *limit > 0 ? *limit : 500);
    if (!page) co_return Show(page.error());
    for (const Subscription& record : page->items) out.push_back(View(record));
    after = page->next;
  } while (!after.empty() && *limit == 0);
  net::Response response = Show(Value(std::move(out)));
  LinkNext(response, call, after);
  co_return response;
}

Task<net::Response> Api::SubscriptionGet(Call call) {
  auto record = co_await FindSubscription(call.id);
  if (!record) co_return Show(record.error());
  co_return Show(View(*record));
}

// ?republish=true, ?force=true: an operator's word, in the audit.
Task<net::Response> Api::SubscriptionSync(Call call) {
  if (!deps_.subscriptions) co_return Show(Disabled());
  auto record = co_await FindSubscription(call.id);
  if (!record) co_return Show(record.error());
  app::SubscriptionLoop::Wish wish{.force = QueryText(call, "force") == "true",
                                   .republish = QueryText(call, "republish") == "true"};
  const app::Actor actor = ActorOf(call.request);
  std::vector<HistoryRecord> audit;
  audit.push_back(
      {.stream = "audit",
       .subject = record->meta.name,
       .kind = "subscription sync",
       .at = deps_.loop.Now(),
       .trace = actor.trace,
       .body = actor.name + (wish.force ? " force" : "") + (wish.republish ? " republish" : "")});
  Status audited = co_await deps_.history.Append(std::move(audit));
  if (!audited) co_return Show(audited.error());
  Status synced = co_await deps_.subscriptions->Sync(record->meta.name, wish);
  if (!synced) co_return Show(synced.error());
  co_return Show(View(*record));
}

Task<net::Response> Api::EventList(Call call) {
  auto limit = QueryNumber(call, "limit", {.fallback = 100, .max = 1000});
  if (!limit) co_return Show(limit.error());
  HistoryQuery query{.stream = "events", .before = QueryText(call, "offset"), .limit = *limit};
  if (const std::string id = QueryText(call, "subscription"); !id.empty()) {
    auto record = co_await FindSubscription(id);
    if (!record) co_return Show(record.error());
    query.subject = record->meta.name;
  }
  auto records = co_await deps_.history.Read(std::move(query));
  if (!records) co_return Show(records.error());
  ValueList out;
  for (const HistoryRecord& record : *records) out.push_back(View(record, false));
  co_return Show(Value(std::move(out)));
}

Task<net::Response> Api::EventGet(Call call) {
  HistoryQuery query{.stream = "events", .id = call.id, .limit = 1};
  auto records = co_await deps_.history.Read(std::move(query));
  if (!records) co_return Show(records.error());
  if (records->empty())
    co_return Show(Error{.kind = ErrorKind::kNotFound, .message = "no event " + call.id});
  co_return Show(View(records->front(), true));
}

// Replaying an event = a hint for its subscription: the truth is read again.
Task<net::Response> Api::EventReplay(Call call) {
  HistoryQuery query{.stream = "events", .id = call.id, .limit = 1};
  auto records = co_await deps_.history.Read(std::move(query));
  if (!records) co_return Show(records.error());
  if (records->empty())
    co_return Show(Error{.kind = ErrorKind::kNotFound, .message = "no event " + call.id});
  if (!deps_.intake) co_return Show(Disabled());
  Status replayed = co_await deps_.intake->Replay(records->front());
  if (!replayed) co_return Show(replayed.error());
  co_return Show(View(records->front(), false));
}

Task<net::Response> Api::GateRelease(Call call) {
  if (!deps_.marks) co_return Show(Disabled());
  const WallTime until = deps_.loop.Now() + kReleaseFor;
  const app::Actor actor = ActorOf(call.request);
  std::vector<HistoryRecord> audit;
  audit.push_back({.stream = "audit",
                   .subject = "gate",
                   .kind = "billing release",
                   .at = deps_.loop.Now(),
                   .trace = actor.trace,
                   .body = actor.name});
  Status done = co_await deps_.history.Append(std::move(audit));
  if (done) done = co_await deps_.marks->Release(until);
  if (!done) co_return Show(done.error());
  deps_.subscriptions->Nudge();
  co_return Show(ValueMap{{"releasedFor", "1h"}});
}

}  // namespace kl::api
