// Checkout: a hosted page, its test cards, and the page that says thank you.
#include <fmt/format.h>

#include "sim/chargebee/api.h"
#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

struct TestCard {
  const char *number, *shown, *meaning;
};
constexpr TestCard kCards[] = {
    {"4242424242424242", "4242 4242 4242 4242", "is accepted"},
    {"4000000000000002", "4000 0000 0000 0002", "is declined"},
    {"4000000000000341", "4000 0000 0000 0341", "is accepted, then fails at renewal"},
};

const Origin kShopper{"hosted_page", {}, false, false};

std::string Digits(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

// Keeps what was typed when the page comes back with an error.
std::string Input(const PageCall& call, const char* name, const char* label,
                  const std::string& fallback) {
  return fmt::format(R"(<label>{}<input name="{}" value="{}"></label>)", label, name,
                     Escape(call.params.OptionalText(name).value_or(fallback)));
}

std::string OrderSummary(const Catalog& catalog, const HostedPage& page) {
  std::string rows;
  std::int64_t total = 0;
  std::string currency = "USD";
  for (const auto& item : page.items) {
    const ItemPrice* price = catalog.FindPrice(item.item_price_id);
    total += price->price * item.quantity;
    currency = price->currency;
    rows += fmt::format("<tr><td>{}</td><td>{} / {}</td></tr>",
                        Escape(catalog.FindItem(price->item_id)->name),
                        Money(price->price * item.quantity, currency), Escape(price->period_unit));
  }
  return fmt::format(
      R"(<aside class="card"><h2>Your order</h2><table>{}
<tr class="total"><td>Today</td><td>{}</td></tr></table></aside>)",
      rows, Money(total, currency));
}

std::string CardHints() {
  std::string out;
  for (const auto& card : kCards) {
    out += fmt::format("<li><code>{}</code> {}</li>", card.shown, card.meaning);
  }
  return out;
}

net::Response CheckoutForm(const PageCall& call, const HostedPage& page, const std::string& error) {
  auto known = [&](const char* name) {
    auto it = page.customer_fields.find(name);
    return it == page.customer_fields.end() ? std::string() : it->second;
  };
  const std::string body = fmt::format(
      R"(<h1>Checkout</h1>{0}<div class="columns">
<form class="card" method="post" action="/pages/v3/{1}/">
{2}<div class="pair">{3}{4}</div>{5}<div class="pair">{6}{7}</div>
<button class="button" id="pay">Subscribe</button>
<details open><summary>Test cards</summary><ul>{8}</ul></details></form>{9}</div>)",
      error.empty() ? "" : fmt::format("<p class=\"error\" id=\"error\">{}</p>", Escape(error)),
      page.id, Input(call, "email", "E-mail", known("email")),
      Input(call, "first_name", "First name", known("first_name")),
      Input(call, "last_name", "Last name", known("last_name")),
      Input(call, "card_number", "Card number", kCards[0].shown),
      Input(call, "card_expiry", "Expires", "12 / 34"), Input(call, "card_cvc", "CVC", "123"),
      CardHints(), OrderSummary(call.site.catalog(), page));
  return HtmlPage(call.site.catalog().title, {"Checkout", "checkout", body},
                  error.empty() ? 200 : 402);
}

HostedPage* FindPage(const PageCall& call) {
  auto it = call.site.hosted_pages().find(call.args[0]);
  return it == call.site.hosted_pages().end() ? nullptr : &it->second;
}

// Where the shopper goes: the caller's page, or ours. Nobody may rely on his arriving there.
std::string AfterCheckout(const HostedPage& page) {
  if (page.redirect_url.empty()) return "/thank-you/" + page.id;
  const char* joint = page.redirect_url.find('?') == std::string::npos ? "?" : "&";
  return page.redirect_url + joint + "id=" + page.id + "&state=" + page.state;
}

// The storefront's button: a hosted page of one plan.
net::Response Buy(const PageCall& call) {
  if (!call.site.catalog().FindPrice(call.args[0])) return PageNotFound(call, "such plan");
  HostedPage page;
  page.id = call.site.NewId();
  page.created_at = page.updated_at = call.site.now();
  page.items.push_back({call.args[0]});
  const std::string id = page.id;
  call.site.hosted_pages()[id] = std::move(page);
  return RedirectTo("/pages/v3/" + id + "/");
}

net::Response ShowCheckout(const PageCall& call) {
  HostedPage* page = FindPage(call);
  if (!page) return PageNotFound(call, "such checkout");
  if (!page->subscription_id.empty()) return RedirectTo(AfterCheckout(*page));
  page->state = "requested";
  return CheckoutForm(call, *page, {});
}

// The subscription the page asks for, with what the customer typed.
NewSubscription Order(const PageCall& call, const HostedPage& page, Card card) {
  NewSubscription wanted;
  wanted.items = page.items;
  wanted.customer = ReadCustomer(page.customer_fields);
  wanted.customer_id = wanted.customer.id;
  wanted.customer.email = call.params.Text("email");
  wanted.customer.first_name = call.params.Text("first_name");
  wanted.customer.last_name = call.params.Text("last_name");
  wanted.customer.card = card;
  for (const auto& [name, value] : page.subscription_fields) {
    if (name == "id") wanted.id = value;
    if (name == "trial_end") wanted.trial_end = ParseNumber(value);
    if (name == "start_date") wanted.start_date = ParseNumber(value);
    if (name.starts_with("cf_")) wanted.custom_fields[name] = value;
  }
  return wanted;
}

net::Response Pay(const PageCall& call) {
  HostedPage* page = FindPage(call);
  if (!page) return PageNotFound(call, "such checkout");
  // A second click on the button buys nothing twice.
  if (!page->subscription_id.empty()) return RedirectTo(AfterCheckout(*page));
  const std::string number = Digits(call.params.Text("card_number"));
  if (call.params.Text("email").find('@') == std::string::npos) {
    return CheckoutForm(call, *page, "Please enter your e-mail address.");
  }
  if (number == kCards[1].number) {
    return CheckoutForm(call, *page, "Your card was declined. Please try another one.");
  }
  if (number != kCards[0].number && number != kCards[2].number && number != "4111111111111111") {
    return CheckoutForm(call, *page, "This is not one of the test cards.");
  }
  const Card card = number == kCards[2].number ? Card::kFailsAtRenewal : Card::kValid;
  auto made = call.site.Create(Order(call, *page, card), kShopper);
  if (!made) return CheckoutForm(call, *page, made.error().message);
  page->subscription_id = (*made)->id;
  page->customer_id = (*made)->customer_id;
  page->state = "succeeded";
  page->updated_at = call.site.now();
  return RedirectTo(AfterCheckout(*page));
}

// Reloads itself every second until the domain is there.
net::Response ThankYou(const PageCall& call) {
  HostedPage* page = FindPage(call);
  const Subscription* s = page ? call.site.FindSubscription(page->subscription_id) : nullptr;
  if (!s) return PageNotFound(call, "such order");
  auto domain = s->custom_fields.find("cf_domain");
  const bool ready = domain != s->custom_fields.end();
  const std::string state =
      ready ? fmt::format(R"(<p>Your application instance is ready:</p>
<p><a class="button" id="open" href="{0}">{0}</a></p>)",
                          Escape(AsUrl(domain->second)))
            : std::string(R"(<p class="waiting">Your instance is being prepared. This page shows its
address as soon as it is known; an e-mail follows too.</p>)");
  const std::string body = fmt::format(
      R"(<section class="card narrow"><h1>Thank you!</h1>{}
<dl><dt>Subscription</dt><dd id="subscription"><code>{}</code></dd><dt>Plan</dt><dd>{}</dd></dl>
<p><a id="portal" href="{}">Manage your subscription</a></p></section>)",
      state, Escape(s->id), Escape(s->items.front().item_price_id),
      OpenPortal(call.site, s->customer_id));
  return HtmlPage(call.site.catalog().title, {"Thank you", "checkout", body, ready ? 0 : 1});
}

}  // namespace

void AddCheckoutPages(PageRouter& r) {
  r.Add("GET", "buy/{}", Buy);
  r.Add("GET", "pages/v3/{}", ShowCheckout);
  r.Add("POST", "pages/v3/{}", Pay);
  r.Add("GET", "thank-you/{}", ThankYou);
}

}  // namespace kl::chargebee_sim
