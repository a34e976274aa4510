#include "adapters/billing_chargebee/test_order.h"

#include "adapters/billing_chargebee/site_wire.h"

namespace kl::chargebee {
namespace {

// The resource of a 2xx answer.
Result<Attributes> Resource(const SiteApi& api, const Result<SiteAnswer>& answer,
                            const std::string& name) {
  if (!answer) return std::unexpected(answer.error());
  if (!answer->ok()) return Wrap(api.ErrorOf(*answer), name);
  auto one = ParseOne(answer->body, name);
  if (!one) return Fail(ErrorKind::kUnavailable, one.error().message);
  return one;
}

}  // namespace

Task<Result<PlacedOrder>> PlaceTestOrder(SiteApi& api, std::string plan, std::string email) {
  if (!api.options().site.ends_with("-test")) {
    co_return Fail(ErrorKind::kDenied,
                   "site " + api.options().site +
                       " is no test site: test orders are placed at sites whose name ends with "
                       "-test only");
  }
  // Asked first, so that an order of nothing leaves no customer behind.
  auto sold = co_await api.Get("/item_prices/" + net::PercentEncode(plan), {});
  auto price = Resource(api, sold, "item_price");
  if (!price && price.error().kind == ErrorKind::kNotFound)
    co_return Fail(ErrorKind::kInvalid, "plan " + plan + ": the site has no such plan price",
                   "order");
  if (!price) co_return std::unexpected(price.error());
  FormPairs person{
      {"email", email}, {"first_name", "Test"}, {"last_name", "Order"}, {"auto_collection", "off"}};
  auto made = co_await api.Post("/customers", std::move(person));
  KL_CO_TRY(const Attributes customer, Resource(api, made, "customer"));
  PlacedOrder order{.customer_id = At(customer, "id")};
  FormPairs wish{{"subscription_items[item_price_id][0]", plan}, {"auto_collection", "off"}};
  const std::string path =
      "/customers/" + net::PercentEncode(order.customer_id) + "/subscription_for_items";
  auto placed = co_await api.Post(path, std::move(wish));
  KL_CO_TRY(const Attributes subscription, Resource(api, placed, "subscription"));
  order.subscription_id = At(subscription, "id");
  order.status = At(subscription, "status");
  co_return order;
}

Task<Result<OrderState>> ReadOrder(SiteApi& api, std::string subscription_id) {
  auto answer = co_await api.Get("/subscriptions/" + net::PercentEncode(subscription_id), {});
  KL_CO_TRY(const Attributes subscription, Resource(api, answer, "subscription"));
  OrderState state;
  state.status = At(subscription, "status");
  state.domain = At(subscription, api.options().domain_field);
  co_return state;
}

Task<Status> CancelOrder(SiteApi& api, std::string subscription_id) {
  FormPairs how{{"cancel_option", "immediately"},
                {"credit_option_for_current_term_charges", "none"}};
  const std::string path =
      "/subscriptions/" + net::PercentEncode(subscription_id) + "/cancel_for_items";
  auto answer = co_await api.Post(path, std::move(how));
  auto cancelled = Resource(api, answer, "subscription");
  if (!cancelled) co_return std::unexpected(cancelled.error());
  co_return Status{};
}

}  // namespace kl::chargebee
