// The vendor's side: all subscriptions, the clock, the event log.
#include <fmt/format.h>

#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/model/render.h"
#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

constexpr std::size_t kRowsMax = 200;

std::string EventRow(const Event& event) {
  return fmt::format(
      R"(<tr><td class="when">{}</td><td><a href="/event-log/{}">{}</a></td><td>{}</td>
<td><code>{}</code></td><td><span class="badge {}">{}</span></td></tr>)",
      FormatTime(event.occurred_at), Escape(event.id), Escape(event.type), Escape(event.source),
      Escape(event.subscription_id), Escape(event.webhook_status), Escape(event.webhook_status));
}

net::Response EventLog(const PageCall& call) {
  const auto& events = call.site.events();
  std::string rows;
  std::size_t count = 0;
  for (auto it = events.rbegin(); it != events.rend() && count < kRowsMax; ++it, ++count) {
    rows += EventRow(*it);
  }
  const std::string body = fmt::format(
      R"(<h1>Events</h1><p class="about">{} so far, newest first</p><div class="card">
<table class="wide"><tr><th>Time (UTC)</th><th>Event</th><th>Source</th><th>Subscription</th>
<th>Webhook</th></tr>{}</table></div>)",
      events.size(), rows);
  return HtmlPage(call.site.catalog().title, {"Events", "events", body});
}

net::Response OneEvent(const PageCall& call) {
  const Event* event = call.site.FindEvent(call.args[0]);
  if (!event) return PageNotFound(call, "such event");
  return net::JsonResponse(200, RenderEvent(*event));
}

std::string SubscriptionRow(const PageCall& call, const Subscription& s) {
  const Customer* customer = call.site.FindCustomer(s.customer_id);
  auto domain = s.custom_fields.find("cf_domain");
  const std::string address =
      domain == s.custom_fields.end()
          ? ""
          : fmt::format(R"(<a href="{}">{}</a>)", Escape(AsUrl(domain->second)),
                        Escape(domain->second));
  return fmt::format(
      "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
      Escape(s.id), Escape(customer ? customer->email : ""), Escape(s.items.front().item_price_id),
      StatusBadge(s), address, s.next_billing_at ? FormatDay(*s.next_billing_at) : "");
}

std::string AdvanceButton(int days, const char* label) {
  return fmt::format(
      R"(<form method="post" action="/console/advance"><input type="hidden" name="days" value="{}">
<button class="button quiet">{}</button></form>)",
      days, label);
}

net::Response Console(const PageCall& call) {
  const auto& all = call.site.all_subscriptions();
  std::string rows;
  std::size_t count = 0;
  for (auto it = all.rbegin(); it != all.rend() && count < kRowsMax; ++it, ++count) {
    rows += SubscriptionRow(call, **it);
  }
  const std::string body = fmt::format(
      R"(<h1>Console</h1><section class="card clock">
<p>The site's clock: <b>{} UTC</b></p><div class="actions">{}{}{}{}</div></section>
<div class="card"><table class="wide"><tr><th>Subscription</th><th>Customer</th>
<th>Plan</th><th>Status</th><th>Domain</th><th>Next invoice</th></tr>{}</table></div>)",
      FormatTime(call.site.now()), AdvanceButton(1, "+ 1 day"), AdvanceButton(7, "+ 1 week"),
      AdvanceButton(31, "+ 31 days"), AdvanceButton(365, "+ 1 year"), rows);
  return HtmlPage(call.site.catalog().title, {"Console", "console", body});
}

net::Response Advance(const PageCall& call) {
  const std::int64_t days = call.params.Number("days").value_or(0);
  if (days > 0) call.site.Advance(std::chrono::hours(24) * days);
  return RedirectTo("/console");
}

}  // namespace

void AddConsolePages(PageRouter& r) {
  r.Add("GET", "event-log", EventLog);
  r.Add("GET", "event-log/{}", OneEvent);
  r.Add("GET", "console", Console);
  r.Add("POST", "console/advance", Advance);
}

}  // namespace kl::chargebee_sim
