#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "api/api.h"
#include "api/views.h"

namespace kl::api {
namespace {

void Gauge(prometheus::Registry& registry, const char* name, const char* help, double value,
           const prometheus::Labels& labels = {}) {
  prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels).Set(value);
}

void Counter(prometheus::Registry& registry, const char* name, const char* help, double value,
             const prometheus::Labels& labels = {}) {
  prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels).Increment(value);
}

// Cores and bytes. What is unlimited has no capacity to show.
void ShowRoom(prometheus::Registry& registry, const app::RoomReport& room) {
  for (const app::ResourceRoom& each : room.resources) {
    const double unit = each.resource == "cpu" ? 1000 : 1;
    const prometheus::Labels labels{{"resource", each.resource}};
    const auto show = [&](const char* name, const char* help, std::int64_t amount) {
      Gauge(registry, name, help, static_cast<double>(amount) / unit, labels);
    };
    if (each.total != kUnlimited)
      show("kuberlogic_capacity", "What may be promised to instances: cores, bytes.", each.total);
    show("kuberlogic_promised", "What instances are promised: cores, bytes.", each.promised);
    if (each.used)
      show("kuberlogic_machine_used", "What everything on the machine takes: cores, bytes.",
           *each.used);
  }
  for (const app::PlanRoom& each : room.plans) {
    if (!each.room) continue;
    Gauge(registry, "kuberlogic_room", "Instances of a plan that would start at once.",
          static_cast<double>(*each.room), {{"type", each.type}, {"plan", each.plan}});
  }
  Gauge(registry, "kuberlogic_waiting_for_room", "Services that wait for room.",
        static_cast<double>(room.waiting));
}

}  // namespace

Task<net::Response> Api::Overview(Call) {
  auto overview = co_await deps_.explainer.Look();
  if (!overview) co_return Show(overview.error());
  co_return Show(View(*overview));
}

Task<net::Response> Api::Info(Call) {
  ValueMap out{
      {"version", deps_.version}, {"provider", deps_.site.provider}, {"site", deps_.site.site}};
  if (deps_.intake) out["webhookPath"] = deps_.intake->Path();
  out["room"] = View(deps_.explainer.Room());
  co_return Show(Value(std::move(out)));
}

// Ready: the store answers.
Task<net::Response> Api::Ready(Call) {
  auto page = co_await deps_.records.services.List("", 1);
  if (!page) co_return Show(page.error());
  co_return net::TextResponse(200, "ready\n");
}

Task<net::Response> Api::Metrics(Call) {
  auto overview = co_await deps_.explainer.Look();
  if (!overview) co_return Show(overview.error());
  prometheus::Registry registry;
  const char* services_help = "Services by state.";
  Gauge(registry, "kuberlogic_services", services_help, static_cast<double>(overview->ready),
        {{"state", "ready"}});
  Gauge(registry, "kuberlogic_services", services_help, static_cast<double>(overview->starting),
        {{"state", "starting"}});
  Gauge(registry, "kuberlogic_services", services_help, static_cast<double>(overview->paused),
        {{"state", "paused"}});
  Gauge(registry, "kuberlogic_services", services_help, static_cast<double>(overview->failing),
        {{"state", "failing"}});
  Gauge(registry, "kuberlogic_orders_in_flight", "Subscriptions being worked on.",
        static_cast<double>(overview->in_flight));
  Gauge(registry, "kuberlogic_write_backs_owed", "Domains not written to their subscription yet.",
        static_cast<double>(overview->owed));
  Gauge(registry, "kuberlogic_subscriptions_unmatched",
        "Subscriptions whose plan no template names.", static_cast<double>(overview->unmatched));
  Gauge(registry, "kuberlogic_provider_reachable", "1 when the billing provider serves us.",
        overview->provider_error ? 0 : 1);
  Gauge(registry, "kuberlogic_gate_closed",
        "1 when nothing is stopped until an operator releases it.", overview->gate_closed ? 1 : 0);
  ShowRoom(registry, overview->room);
  if (deps_.intake) {
    const app::IntakeCounters& events = deps_.intake->counters();
    const char* help = "Webhook events by what became of them.";
    Counter(registry, "kuberlogic_events_total", help, static_cast<double>(events.stored),
            {{"result", "stored"}});
    Counter(registry, "kuberlogic_events_total", help, static_cast<double>(events.irrelevant),
            {{"result", "irrelevant"}});
    Counter(registry, "kuberlogic_events_total", help, static_cast<double>(events.malformed),
            {{"result", "malformed"}});
    Counter(registry, "kuberlogic_events_total", help, static_cast<double>(events.unauthenticated),
            {{"result", "unauthenticated"}});
    Counter(registry, "kuberlogic_events_total", help, static_cast<double>(events.not_stored),
            {{"result", "not_stored"}});
  }
  prometheus::TextSerializer serializer;
  std::string text = serializer.Serialize(registry.Collect());
  co_return net::TextResponse(200, std::move(text), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace kl::api
