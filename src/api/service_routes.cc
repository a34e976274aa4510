#include "api/api.h"
#include "api/query.h"
#include "api/views.h"
#include "base/log.h"

namespace kl::api {
namespace {

// Log pieces as chunks of text, for `follow`.
class LogBody : public net::BodyReader {
 public:
  explicit LogBody(std::unique_ptr<LogReader> reader) : reader_(std::move(reader)) {}
  Task<Result<std::string>> Read() override { return reader_->Read(); }

 private:
  std::unique_ptr<LogReader> reader_;
};

}  // namespace

// A bare array; without `limit` all of it. With one, `Link` names the next page.
Task<net::Response> Api::ServiceList(Call call) {
  auto limit = QueryNumber(call, "limit", {.fallback = 0, .max = 1000});
  if (!limit) co_return Show(limit.error());
  std::string subscription = QueryText(call, "SubscriptionID");
  if (subscription.empty()) subscription = QueryText(call, "subscription_id");
  const std::string status = QueryText(call, "status");
  const std::string type = QueryText(call, "type");
  ValueList out;
  std::string after = QueryText(call, "offset");
  do {
    auto page = co_await deps_.records.services.List(after, *limit > 0 ? *limit : 500);
    if (!page) co_return Show(page.error());
    for (const Service& service : page->items) {
      const auto key = ParseSubscriptionKey(service.spec.subscription);
      if (!subscription.empty() && (!key || key->id != subscription)) continue;
      if (!status.empty() && service.status.phase != status) continue;
      if (!type.empty() && service.spec.type != type) continue;
      out.push_back(View(service));
    }
    after = page->next;
  } while (!after.empty() && *limit == 0);
  net::Response response = Show(Value(std::move(out)));
  LinkNext(response, call, after);
  co_return response;
}

Task<net::Response> Api::ServiceAdd(Call call) {
  auto wish = ServiceFromBody(call.request.body, deps_.site);
  if (!wish) co_return Show(wish.error());
  auto added = co_await deps_.verbs.Add(std::move(*wish), ActorOf(call.request));
  if (!added) co_return Show(added.error());
  co_return Show(View(*added), 201);
}

Task<net::Response> Api::ServiceGet(Call call) {
  auto service = co_await deps_.records.services.Get(call.id);
  if (!service) co_return Show(service.error());
  co_return Show(View(*service));
}

Task<net::Response> Api::ServiceEdit(Call call) {
  auto patch = PatchFromBody(call.request.body, deps_.site);
  if (!patch) co_return Show(patch.error());
  if (patch->id && *patch->id != call.id) {
    co_return Show(Error{.kind = ErrorKind::kInvalid,
                         .message = "id of " + call.id + " cannot change",
                         .field = "id"});
  }
  auto edited = co_await deps_.verbs.Edit(call.id, std::move(patch->fields), ActorOf(call.request));
  if (!edited) co_return Show(edited.error());
  co_return Show(View(*edited));
}

Task<net::Response> Api::ServiceDelete(Call call) {
  Status deleted = co_await deps_.verbs.Delete(call.id, ActorOf(call.request));
  if (!deleted) co_return Show(deleted.error());
  net::Response empty;
  co_return empty;
}

// Showing a secret is an act: it is in the audit, with who asked.
Task<net::Response> Api::ServiceSecrets(Call call) {
  auto service = co_await deps_.records.services.Get(call.id);
  if (!service) co_return Show(service.error());
  const app::Actor actor = ActorOf(call.request);
  std::vector<HistoryRecord> audit;
  audit.push_back({.stream = "audit",
                   .subject = call.id,
                   .kind = "service secrets",
                   .at = deps_.loop.Now(),
                   .trace = actor.trace,
                   .body = actor.name});
  Status audited = co_await deps_.history.Append(std::move(audit));
  if (!audited) co_return Show(audited.error());
  auto entry = co_await deps_.records.secrets.Get(ServiceUid(service->meta.uid));
  if (!entry) co_return Show(entry.error());
  ValueList out;
  for (const auto& [id, secret] : entry->values) {
    out.push_back(ValueMap{{"id", id}, {"value", secret.Reveal()}});
  }
  co_return Show(Value(std::move(out)));
}

Task<net::Response> Api::ServiceCredentials(Call call) {
  auto values = CredentialsFromBody(call.request.body);
  if (!values) co_return Show(values.error());
  app::Actor actor = ActorOf(call.request);
  Status set = co_await deps_.credentials.Set(call.id, std::move(*values), std::move(actor));
  if (!set) co_return Show(set.error());
  net::Response empty;
  co_return empty;
}

Task<net::Response> Api::ServiceLogs(Call call) {
  auto service = co_await deps_.records.services.Get(call.id);
  if (!service) co_return Show(service.error());
  const ServiceName name(service->meta.name);
  const ServiceUid uid(service->meta.uid);
  const bool follow = QueryText(call, "follow") == "true";
  auto tail = QueryNumber(call, "tail", {.fallback = follow ? 100 : 10000, .max = 100000});
  if (!tail) co_return Show(tail.error());
  std::vector<std::string> members;
  if (std::string one = QueryText(call, "ContainerName"); !one.empty()) members.push_back(one);
  if (members.empty()) {
    auto explanation = co_await deps_.explainer.Explain(call.id);
    if (!explanation) co_return Show(explanation.error());
    if (explanation->observed) {
      for (const MemberState& member : explanation->observed->members)
        members.push_back(member.name);
    }
  }
  ValueList out;
  for (const std::string& member : members) {
    LogQuery query{.member = member, .tail = *tail, .follow = follow};
    auto reader = co_await deps_.console.Logs(name, uid, std::move(query));
    if (!reader) co_return Show(reader.error());
    if (follow) {
      net::Response response;
      response.headers.Set("Content-Type", "text/plain; charset=utf-8");
      response.stream = std::make_unique<LogBody>(std::move(*reader));
      co_return response;
    }
    std::string text;
    for (;;) {
      auto piece = co_await (*reader)->Read();
      if (!piece) co_return Show(piece.error());
      if (piece->empty()) break;
      text += *piece;
    }
    out.push_back(ValueMap{{"containerName", member}, {"logs", std::move(text)}});
  }
  co_return Show(Value(std::move(out)));
}

Task<net::Response> Api::Explain(Call call) {
  auto explanation = co_await deps_.explainer.Explain(call.id);
  if (!explanation) co_return Show(explanation.error());
  co_return Show(View(*explanation));
}

Task<net::Response> Api::TemplateList(Call) {
  ValueList out;
  std::string after;
  do {
    auto page = co_await deps_.records.templates.List(after, 100);
    if (!page) co_return Show(page.error());
    for (const TemplateVersion& version : page->items) {
      out.push_back(ValueMap{{"id", version.meta.name},
                             {"type", version.spec.type},
                             {"digest", version.spec.digest},
                             {"current", version.spec.current}});
    }
    after = page->next;
  } while (!after.empty());
  co_return Show(Value(std::move(out)));
}

Task<net::Response> Api::AuditList(Call call) {
  auto limit = QueryNumber(call, "limit", {.fallback = 100, .max = 1000});
  if (!limit) co_return Show(limit.error());
  HistoryQuery query{.stream = "audit",
                     .subject = QueryText(call, "subject"),
                     .before = QueryText(call, "offset"),
                     .limit = *limit};
  auto records = co_await deps_.history.Read(std::move(query));
  if (!records) co_return Show(records.error());
  ValueList out;
  for (const HistoryRecord& record : *records) out.push_back(View(record, true));
  co_return Show(Value(std::move(out)));
}

}  // namespace kl::api
