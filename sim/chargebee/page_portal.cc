// The customer portal: one's subscriptions and what one may do with them.
#include <fmt/format.h>

#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

using enum SubscriptionStatus;

const Origin kCustomer{"portal", {}, false, false};

std::string Action(const std::string& base, const char* verb, const char* label,
                   const char* style = "quiet") {
  return fmt::format(
      R"(<form method="post" action="{}/{}">
<button class="button {}" name="do" value="{}">{}</button></form>)",
      base, verb, style, verb, label);
}

std::string PlanForm(const Catalog& catalog, const Subscription& s, const std::string& base) {
  std::string options;
  for (const auto& price : catalog.prices) {
    const Item* item = catalog.FindItem(price.item_id);
    if (item->type != "plan") continue;
    options += fmt::format(R"(<option value="{}"{}>{} · {}</option>)", Escape(price.id),
                           price.id == s.items.front().item_price_id ? " selected" : "",
                           Escape(item->name), Money(price.price, price.currency));
  }
  return fmt::format(
      R"(<form method="post" action="{}/plan" class="inline">
<select name="item_price_id">{}</select>
<button class="button quiet">Change plan</button></form>)",
      base, options);
}

// One button for everything the status permits, none for what would be refused.
std::string Actions(const Catalog& catalog, const Subscription& s, const std::string& base) {
  std::string out;
  switch (s.status) {
    case kActive:
      out = PlanForm(catalog, s, base) + Action(base, "pause", "Pause") +
            Action(base, "cancel-at-end", "Cancel at the end of the term") +
            Action(base, "cancel", "Cancel now", "danger");
      break;
    case kInTrial:
      out = PlanForm(catalog, s, base) +
            (s.cancelled_at ? Action(base, "keep", "Keep it after all")
                            : Action(base, "cancel-at-end", "Cancel at the end of the trial")) +
            Action(base, "cancel", "Cancel now", "danger");
      break;
    case kNonRenewing:
      out = Action(base, "keep", "Keep it after all", "") +
            Action(base, "cancel", "Cancel now", "danger");
      break;
    case kPaused:
      out = Action(base, "resume", "Resume", "") + Action(base, "cancel", "Cancel now", "danger");
      break;
    case kCancelled: out = Action(base, "reactivate", "Reactivate", ""); break;
    case kFuture: out = Action(base, "cancel", "Cancel", "danger"); break;
  }
  if (s.dunning) out += Action(base, "new-card", "Give a new card");
  return out;
}

std::string Row(const char* name, const std::optional<Seconds>& at) {
  return at ? fmt::format("<dt>{}</dt><dd>{}</dd>", name, FormatDay(*at)) : "";
}

std::string SubscriptionCard(const Catalog& catalog, const Subscription& s,
                             const std::string& portal) {
  const Item* item = catalog.ItemOfPrice(s.items.front().item_price_id);
  auto domain = s.custom_fields.find("cf_domain");
  const std::string address =
      domain == s.custom_fields.end()
          ? std::string("<span class=\"waiting\">being prepared</span>")
          : fmt::format(R"(<a class="domain" href="{}">{}</a>)", Escape(AsUrl(domain->second)),
                        Escape(domain->second));
  const std::string due =
      s.dunning ? fmt::format("<p class=\"error\">A payment of {} is due since {}.</p>",
                              Money(s.dunning->amount, s.currency), FormatDay(s.dunning->since))
                : "";
  return fmt::format(
      R"(<article class="card subscription" id="{0}"><h2>{1} {2}</h2>{3}
<dl><dt>Address</dt><dd>{4}</dd><dt>Subscription</dt><dd><code>{0}</code></dd>{5}{6}{7}{8}</dl>
<div class="actions">{9}</div></article>)",
      Escape(s.id), Escape(item ? item->name : s.items.front().item_price_id), StatusBadge(s), due,
      address, Row("Trial until", s.status == kInTrial ? s.trial_end : std::nullopt),
      Row("Next invoice", s.next_billing_at),
      Row(s.status == kCancelled ? "Ended" : "Ends", s.cancelled_at), Row("Resumes", s.resume_date),
      Actions(catalog, s, portal + "/subscriptions/" + net::PercentEncode(s.id)));
}

// Whoever holds the session's token; null for a token nobody was given.
const Customer* CustomerOf(const PageCall& call) {
  auto it = call.site.portal_sessions().find(call.args[0]);
  return it == call.site.portal_sessions().end() ? nullptr
                                                 : call.site.FindCustomer(it->second.customer_id);
}

net::Response ShowPortal(const PageCall& call) {
  const Customer* customer = CustomerOf(call);
  if (!customer) return PageNotFound(call, "such portal session");
  const std::string portal = "/portal/" + call.args[0];
  std::string cards;
  for (const Subscription* s : call.site.SubscriptionsOf(customer->id)) {
    if (!s->deleted) cards += SubscriptionCard(call.site.catalog(), *s, portal);
  }
  const std::string failure = call.params.Text("failure");
  const std::string body = fmt::format(
      "<h1>Your subscriptions</h1><p class=\"about\">Signed in as {}</p>{}{}",
      Escape(customer->email),
      failure.empty() ? "" : fmt::format("<p class=\"error\">{}</p>", Escape(failure)), cards);
  return HtmlPage(call.site.catalog().title, {"My account", "portal", body});
}

Site::Updated Do(Site& site, const std::string& id, const std::string& verb, const Params& params) {
  if (verb == "pause") return site.Pause(id, {}, kCustomer);
  if (verb == "resume") return site.Resume(id, {}, kCustomer);
  if (verb == "cancel") return site.Cancel(id, {}, kCustomer);
  if (verb == "cancel-at-end") {
    return site.Cancel(id, {.when = Cancellation::When::kEndOfTerm}, kCustomer);
  }
  if (verb == "keep") return site.RemoveScheduledCancellation(id, kCustomer);
  if (verb == "reactivate") return site.Reactivate(id, {}, kCustomer);
  if (verb == "plan") {
    SubscriptionUpdate change;
    change.items.push_back({params.Text("item_price_id")});
    return site.Update(id, change, kCustomer);
  }
  if (verb == "new-card") {
    const Subscription* s = site.FindSubscription(id);
    auto done = site.SetCard(s->customer_id, Card::kValid, kCustomer);
    if (!done) return std::unexpected(done.error());
    return s;
  }
  return NotFound("action", verb);
}

net::Response Change(const PageCall& call) {
  const Customer* customer = CustomerOf(call);
  const Subscription* s = call.site.FindSubscription(call.args[1]);
  if (!customer || !s || s->customer_id != customer->id) {
    return PageNotFound(call, "such subscription of yours");
  }
  auto done = Do(call.site, s->id, call.args[2], call.params);
  std::string target = "/portal/" + call.args[0];
  if (!done) target += "?failure=" + net::PercentEncode(done.error().message);
  return RedirectTo(target);
}

// By address alone: this is a simulator, and whoever can open it may be anybody.
net::Response SignIn(const PageCall& call) {
  const std::string email = call.params.Text("email");
  for (const Subscription* s : call.site.all_subscriptions()) {
    const Customer* customer = call.site.FindCustomer(s->customer_id);
    if (!email.empty() && customer && customer->email == email) {
      return RedirectTo(OpenPortal(call.site, customer->id));
    }
  }
  const std::string body = fmt::format(
      R"(<form class="card narrow" method="get" action="/portal"><h1>My account</h1>{}
<label>E-mail<input name="email" value="{}"></label><button class="button">Open</button></form>)",
      email.empty() ? "" : "<p class=\"error\">Nobody with this address has a subscription.</p>",
      Escape(email));
  return HtmlPage(call.site.catalog().title, {"My account", "portal", body});
}

net::Response Authenticate(const PageCall& call) {
  return RedirectTo("/portal/" + net::PercentEncode(call.params.Text("token")));
}

}  // namespace

std::string OpenPortal(Site& site, const std::string& customer_id) {
  for (const auto& [token, session] : site.portal_sessions()) {
    if (session.customer_id == customer_id) return "/portal/" + token;
  }
  PortalSession session{site.NewId(), site.NewId() + site.NewId(), customer_id, {}, site.now()};
  const std::string token = session.token;
  site.portal_sessions()[token] = std::move(session);
  return "/portal/" + token;
}

void AddPortalPages(PageRouter& r) {
  r.Add("GET", "portal", SignIn);
  r.Add("GET", "portal/v2/authenticate", Authenticate);
  r.Add("GET", "portal/{}", ShowPortal);
  r.Add("POST", "portal/{}/subscriptions/{}/{}", Change);
}

}  // namespace kl::chargebee_sim
