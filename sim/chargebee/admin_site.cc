// The site itself: settings, clock, event log, outbox, counters.
#include "sim/chargebee/admin.h"
#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

ApiAnswer State(const AdminCall& call) {
  Site& site = call.site;
  const SiteOptions& options = site.options();
  const std::vector<std::string> fields(options.custom_fields.begin(), options.custom_fields.end());
  return {200, JsonObject()
                   .Text("site", options.name)
                   .Text("url", call.simulator.url())
                   .Text("api_url", call.simulator.api_url())
                   .Number("now", site.now())
                   .Text("now_text", FormatTime(site.now()))
                   .Number("offset_seconds", site.offset().count() / 1000)
                   .Number("subscriptions", site.subscription_count())
                   .Number("events", site.events().size())
                   .Number("mails", site.outbox().size())
                   .Number("webhooks_pending", call.simulator.webhooks().pending())
                   .Flag("mail_enabled", options.mail_enabled)
                   .Text("product_catalog_version", options.product_catalog_version)
                   .Flag("portal_by_api", options.portal_by_api)
                   .Flag("api_key_writes", call.simulator.options().api_key_writes)
                   .Flag("echo_custom_fields", options.echo_custom_fields)
                   .Flag("entitlement_events", options.entitlement_events)
                   .Raw("custom_fields", JsonTexts(fields))
                   .Number("rate_limit", call.simulator.rate_limit().per_minute())
                   .Flag("retry_after_header", call.simulator.retry_after_header())
                   .str()};
}

// Only what the body names is changed.
ApiAnswer Settings(const AdminCall& call) {
  SiteOptions& options = call.site.options();
  const Params& body = call.body;
  auto set = [&](const char* key, bool& flag) { flag = body.Flag(key).value_or(flag); };
  set("mail_enabled", options.mail_enabled);
  set("portal_by_api", options.portal_by_api);
  set("api_key_writes", call.simulator.options().api_key_writes);
  set("echo_custom_fields", options.echo_custom_fields);
  set("entitlement_events", options.entitlement_events);
  set("retry_after_header", call.simulator.retry_after_header());
  if (auto limit = body.Number("rate_limit")) {
    call.simulator.rate_limit().Set(static_cast<int>(*limit));
  }
  if (const std::string* text = body.Find("mail_subject")) options.mail_subject = *text;
  if (const std::string* text = body.Find("mail_text")) options.mail_text = *text;
  if (const std::string* key = body.Find("api_key")) call.simulator.options().api_key = *key;
  if (const std::string* version = body.Find("product_catalog_version")) {
    options.product_catalog_version = *version;
  }
  if (const std::string* list = body.Find("custom_fields")) {
    auto names = ParseJsonArray(*list);
    if (!names) return AdminFailure(400, "custom_fields: not a list");
    options.custom_fields = {names->begin(), names->end()};
  }
  return State(call);
}

ApiAnswer Advance(const AdminCall& call) {
  const Params& body = call.body;
  const Seconds seconds =
      body.Number("seconds").value_or(0) + body.Number("minutes").value_or(0) * 60 +
      body.Number("hours").value_or(0) * 3600 + body.Number("days").value_or(0) * 86400;
  if (seconds <= 0) return AdminFailure(400, "seconds, minutes, hours or days: none is positive");
  call.site.Advance(std::chrono::seconds(seconds));
  return State(call);
}

ApiAnswer Events(const AdminCall& call) {
  const std::string type = call.body.Text("type");
  const std::string subscription = call.body.Text("subscription");
  std::vector<std::string> all;
  for (const Event& event : call.site.events()) {
    if (!type.empty() && event.type != type) continue;
    if (!subscription.empty() && event.subscription_id != subscription) continue;
    all.push_back(RenderEvent(event));
  }
  return {200, JsonObject().Raw("events", JsonArray(all)).str()};
}

// For kinds of event nobody has heard of, and for subscriptions of other sites.
ApiAnswer EmitRaw(const AdminCall& call) {
  const std::string type = call.body.Text("event_type");
  const std::string content = call.body.OptionalText("content").value_or("{}");
  if (type.empty()) return AdminFailure(400, "event_type: missing");
  if (!ParseFlatJson(content)) return AdminFailure(400, "content: not a JSON object");
  return {200, RenderEvent(call.site.EmitRaw(type, content, {}, call.origin))};
}

ApiAnswer Resend(const AdminCall& call) {
  if (!call.site.FindEvent(call.args[0])) {
    return ApiFailure(NotFound("event", call.args[0]).error());
  }
  call.simulator.webhooks().Resend(call.args[0]);
  return AdminOk();
}

ApiAnswer Outbox(const AdminCall& call) {
  std::vector<std::string> all;
  for (const Mail& mail : call.site.outbox()) {
    all.push_back(JsonObject()
                      .Text("id", mail.id)
                      .Number("sent_at", mail.sent_at)
                      .Text("to", mail.to)
                      .Text("subject", mail.subject)
                      .Text("text", mail.text)
                      .Text("link", mail.link)
                      .Text("subscription_id", mail.subscription_id)
                      .Text("event_id", mail.event_id)
                      .str());
  }
  return {200, JsonObject().Raw("mails", JsonArray(all)).str()};
}

ApiAnswer ClearOutbox(const AdminCall& call) {
  call.site.ClearOutbox();
  return AdminOk();
}

template <class Map>
std::string Counts(const Map& counts) {
  JsonObject out;
  for (const auto& [key, count] : counts) {
    if constexpr (std::is_same_v<typename Map::key_type, int>) {
      out.Number(std::to_string(key), count);
    } else {
      out.Number(key, count);
    }
  }
  return out.str();
}

ApiAnswer Counters(const AdminCall& call) {
  const ApiCounters& api = call.simulator.counters();
  const WebhookCounters& hooks = call.simulator.webhooks().counters();
  JsonObject writes;
  for (const Subscription* s : call.site.all_subscriptions()) {
    if (s->api_writes > 0) writes.Number(s->id, s->api_writes);
  }
  return {200, JsonObject()
                   .Number("api_calls", api.total)
                   .Raw("by_route", Counts(api.by_route))
                   .Raw("by_status", Counts(api.by_status))
                   .Number("webhook_attempts", hooks.attempts)
                   .Number("webhooks_succeeded", hooks.succeeded)
                   .Number("webhooks_failed", hooks.failed)
                   .Number("webhooks_dropped", hooks.dropped)
                   .Number("webhooks_pending", call.simulator.webhooks().pending())
                   .Raw("webhooks_by_type", Counts(hooks.succeeded_by_type))
                   .Raw("writes", writes.str())
                   .Number("mails", call.site.outbox().size())
                   .str()};
}

ApiAnswer ResetCounters(const AdminCall& call) {
  call.simulator.ResetCounters();
  return AdminOk();
}

ApiAnswer Reset(const AdminCall& call) {
  call.site.Reset();
  call.simulator.ResetCounters();
  return AdminOk();
}

// Another catalogue from now on; customers keep what they bought.
ApiAnswer SetCatalog(const AdminCall& call) {
  auto catalog = ParseCatalog(call.body.OptionalText("catalog").value_or("{}"));
  if (!catalog) return AdminFailure(400, catalog.error().message);
  call.site.options().catalog = std::move(*catalog);
  return AdminOk();
}

ApiAnswer SetEntitlement(const AdminCall& call) {
  auto done =
      call.site.SetItemEntitlement(call.body.Text("entity_id"), call.body.Text("feature_id"),
                                   call.body.Text("value"), call.origin);
  return done ? AdminOk() : ApiFailure(done.error());
}

}  // namespace

void AddAdminSiteCalls(AdminRouter& r) {
  r.Add("GET", "state", State);
  r.Add("POST", "settings", Settings);
  r.Add("POST", "clock/advance", Advance);
  r.Add("GET", "events", Events);
  r.Add("POST", "events", EmitRaw);
  r.Add("POST", "events/{}/resend", Resend);
  r.Add("GET", "outbox", Outbox);
  r.Add("POST", "outbox/clear", ClearOutbox);
  r.Add("GET", "counters", Counters);
  r.Add("POST", "counters/reset", ResetCounters);
  r.Add("POST", "reset", Reset);
  r.Add("POST", "entitlements", SetEntitlement);
  r.Add("POST", "catalog", SetCatalog);
}

}  // namespace kl::chargebee_sim
