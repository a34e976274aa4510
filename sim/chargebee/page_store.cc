// The storefront: a pricing table.
#include <fmt/format.h>

#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

std::string PlanCard(const Catalog& catalog, const ItemPrice& price, bool favourite) {
  const Item& item = *catalog.FindItem(price.item_id);
  std::string lines;
  for (const auto& line : item.highlights) lines += fmt::format("<li>{}</li>", Escape(line));
  const std::string trial =
      price.trial_days > 0 ? fmt::format("<p class=\"trial\">{} days free</p>", price.trial_days)
                           : "";
  return fmt::format(
      R"(<article class="plan{0}">{1}<h2>{2}</h2><p class="about">{3}</p>
<p class="price">{4}<small> / {5}</small></p>{6}<ul>{7}</ul>
<a class="button" id="buy-{8}" href="/buy/{8}">Choose {2}</a></article>)",
      favourite ? " favourite" : "", favourite ? "<span class=\"ribbon\">Most chosen</span>" : "",
      Escape(item.name), Escape(item.description), Money(price.price, price.currency),
      Escape(price.period_unit), trial, lines, Escape(price.id));
}

net::Response Storefront(const PageCall& call) {
  const Catalog& catalog = call.site.catalog();
  std::vector<const ItemPrice*> plans;
  for (const auto& price : catalog.prices) {
    const Item* item = catalog.FindItem(price.item_id);
    if (item->type == "plan") plans.push_back(&price);
  }
  std::string cards;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    cards += PlanCard(catalog, *plans[i], plans.size() == 3 && i == 1);
  }
  const std::string body = fmt::format(
      R"(<section class="hero"><h1>{}</h1><p>Pick a plan, pay, and your instance
starts at an address of its own. Change or cancel whenever you like.</p></section>
<section class="plans">{}</section>)",
      Escape(catalog.tagline), cards);
  return HtmlPage(catalog.title, {"Plans", "store", body});
}

}  // namespace

void AddStorePages(PageRouter& r) { r.Add("GET", "/", Storefront); }

}  // namespace kl::chargebee_sim
