// Hosted pages: checkout, portal and pricing page sessions.
#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

// The provider's checkout pages die after three hours.
constexpr Seconds kPageLife = 3 * 3600;

// Only what exists: a page nobody finished has no content.
std::string PageContent(const Site& site, const HostedPage& page) {
  JsonObject out;
  if (const Subscription* s = site.FindSubscription(page.subscription_id)) {
    out.Raw("subscription", RenderSubscription(*s));
  }
  if (const Customer* c = site.FindCustomer(page.customer_id))
    out.Raw("customer", RenderCustomer(*c));
  if (const Invoice* i = site.FindInvoice(page.invoice_id)) out.Raw("invoice", RenderInvoice(*i));
  return out.str();
}

ApiAnswer PageAnswer(const ApiCall& call, const HostedPage& page) {
  JsonObject out;
  out.Text("id", page.id)
      .Text("type", page.type)
      .Text("url", call.simulator.url() + "/pages/v3/" + page.id + "/")
      .Text("state", page.state)
      .Flag("embed", false)
      .TextIfAny("pass_thru_content", page.pass_thru_content)
      .Number("created_at", page.created_at)
      .Number("expires_at", page.created_at + kPageLife)
      .Number("updated_at", page.updated_at)
      .Text("object", "hosted_page");
  if (page.state == "succeeded" || page.state == "acknowledged") {
    out.Raw("content", PageContent(call.site, page));
  }
  return {200, JsonObject().Raw("hosted_page", out.str()).str()};
}

// Refuses unknown prices at once, so that no customer meets them at checkout.
ApiAnswer CheckoutNew(const ApiCall& call) {
  auto wanted = ReadNewSubscription(call.params);
  if (!wanted) return ApiFailure(wanted.error());
  for (const auto& item : wanted->items) {
    if (!call.site.catalog().FindPrice(item.item_price_id)) {
      return ApiFailure(WrongValue("subscription_items[item_price_id]",
                                   "unknown item price " + item.item_price_id)
                            .error());
    }
  }
  for (const auto& [name, value] : wanted->custom_fields) {
    if (call.site.options().custom_fields.contains(name)) continue;
    return ApiFailure(
        WrongValue("subscription[" + name + "]", name + " : not in allowed values").error());
  }
  HostedPage page;
  page.id = call.site.NewId();
  page.created_at = page.updated_at = call.site.now();
  page.items = wanted->items;
  page.subscription_fields = call.params.WithPrefix("subscription[");
  page.customer_fields = call.params.WithPrefix("customer[");
  page.redirect_url = call.params.Text("redirect_url");
  page.cancel_url = call.params.Text("cancel_url");
  page.pass_thru_content = call.params.Text("pass_thru_content");
  const HostedPage& stored = call.site.hosted_pages()[page.id] = page;
  return PageAnswer(call, stored);
}

ApiAnswer RetrievePage(const ApiCall& call) {
  auto it = call.site.hosted_pages().find(call.args[0]);
  if (it == call.site.hosted_pages().end()) {
    return ApiFailure(NotFound("hosted page", call.args[0]).error());
  }
  return PageAnswer(call, it->second);
}

ApiAnswer AcknowledgePage(const ApiCall& call) {
  auto it = call.site.hosted_pages().find(call.args[0]);
  if (it == call.site.hosted_pages().end()) {
    return ApiFailure(NotFound("hosted page", call.args[0]).error());
  }
  if (it->second.state != "succeeded") {
    return ApiFailure(WrongState("the hosted page is " + it->second.state).error());
  }
  it->second.state = "acknowledged";
  return PageAnswer(call, it->second);
}

// The token is the way in: whoever holds access_url is that customer.
ApiAnswer CreatePortalSession(const ApiCall& call) {
  if (!call.site.options().portal_by_api) {
    return ApiFailure({400,
                       "invalid_request",
                       "configuration_incompatible",
                       "Portal access by API is not enabled for this site",
                       {}});
  }
  const std::string customer_id = call.params.Text("customer[id]");
  if (!call.site.FindCustomer(customer_id)) {
    return ApiFailure(NotFound("customer", customer_id).error());
  }
  PortalSession session;
  session.id = "portal_" + call.site.NewId();
  session.token = call.site.NewId() + call.site.NewId();
  session.customer_id = customer_id;
  session.redirect_url = call.params.Text("redirect_url");
  session.created_at = call.site.now();
  call.site.portal_sessions()[session.token] = session;
  JsonObject out;
  out.Text("id", session.id)
      .Text("token", session.token)
      .Text("access_url", call.simulator.url() + "/portal/v2/authenticate?token=" + session.token)
      .TextIfAny("redirect_url", session.redirect_url)
      .Text("status", "created")
      .Number("created_at", session.created_at)
      .Number("expires_at", session.created_at + 3600)
      .Text("customer_id", customer_id)
      .Raw("linked_customers", "[]")
      .Text("object", "portal_session");
  return {200, JsonObject().Raw("portal_session", out.str()).str()};
}

// The storefront is the pricing page, whichever id is asked for.
ApiAnswer CreatePricingPage(const ApiCall& call) {
  const Seconds at = call.site.now();
  JsonObject out;
  out.Text("id", call.site.NewId())
      .Text("url", call.simulator.url() + "/")
      .Number("created_at", at)
      .Number("expires_at", at + kPageLife)
      .Text("object", "pricing_page_session");
  return {200, JsonObject().Raw("pricing_page_session", out.str()).str()};
}

}  // namespace

void AddHostedCalls(ApiRouter& r) {
  r.Add("POST", "hosted_pages/checkout_new_for_items", CheckoutNew);
  r.Add("GET", "hosted_pages/{}", RetrievePage);
  r.Add("POST", "hosted_pages/{}/acknowledge", AcknowledgePage);
  r.Add("POST", "portal_sessions", CreatePortalSession);
  r.Add("POST", "pricing_page_sessions/create_for_new_subscription", CreatePricingPage);
}

}  // namespace kl::chargebee_sim
