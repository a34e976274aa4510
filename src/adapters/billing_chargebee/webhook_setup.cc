#include "adapters/billing_chargebee/webhook_setup.h"

#include <algorithm>

namespace kl::chargebee {
namespace {

constexpr char kName[] = "KuberLogic";
constexpr std::string_view kPath = "/chargebee-webhook";

FormPairs WishOf(const Options& options, const std::string& url) {
  FormPairs form{{"name", kName},
                 {"url", url},
                 {"api_version", "v2"},
                 {"disabled", "false"},
                 {"basic_auth_username", options.webhook_user},
                 {"basic_auth_password", options.webhook_password.Reveal()}};
  const auto& events = WebhookEvents();
  for (std::size_t i = 0; i < events.size(); ++i)
    form.emplace_back("enabled_events[" + std::to_string(i) + "]", events[i]);
  return form;
}

}  // namespace

// Every change of a subscription that can change what runs; invoices and payments do not.
const std::vector<std::string>& WebhookEvents() {
  static const std::vector<std::string> kEvents = {"subscription_created",
                                                   "subscription_created_with_backdating",
                                                   "subscription_started",
                                                   "subscription_trial_extended",
                                                   "subscription_activated",
                                                   "subscription_activated_with_backdating",
                                                   "subscription_changed",
                                                   "subscription_changed_with_backdating",
                                                   "subscription_changes_scheduled",
                                                   "subscription_scheduled_changes_removed",
                                                   "subscription_cancellation_scheduled",
                                                   "subscription_scheduled_cancellation_removed",
                                                   "subscription_cancelled",
                                                   "subscription_canceled_with_backdating",
                                                   "subscription_reactivated",
                                                   "subscription_reactivated_with_backdating",
                                                   "subscription_pause_scheduled",
                                                   "subscription_scheduled_pause_removed",
                                                   "subscription_paused",
                                                   "subscription_resumption_scheduled",
                                                   "subscription_scheduled_resumption_removed",
                                                   "subscription_resumed",
                                                   "subscription_renewed",
                                                   "subscription_deleted",
                                                   "subscription_entitlements_created",
                                                   "subscription_entitlements_updated",
                                                   "item_entitlements_updated",
                                                   "item_entitlements_removed",
                                                   "entitlement_overrides_updated",
                                                   "entitlement_overrides_removed",
                                                   "entitlement_overrides_auto_removed",
                                                   "item_price_entitlements_updated",
                                                   "item_price_entitlements_removed",
                                                   "customer_deleted"};
  return kEvents;
}

std::string MissingEvents(const std::string& enabled) {
  if (enabled.empty()) return {};
  const std::string list = "," + enabled + ",";
  std::string missing;
  int count = 0;
  for (const std::string& type : WebhookEvents()) {
    if (list.find("," + type + ",") != std::string::npos) continue;
    if (++count <= 3) missing += (missing.empty() ? "" : ", ") + type;
  }
  return count > 3 ? missing + " and " + std::to_string(count - 3) + " more" : missing;
}

bool SameUrl(std::string a, std::string b) {
  for (std::string* url : {&a, &b}) {
    while (url->ends_with('/')) url->pop_back();
  }
  return a == b;
}

const Attributes* FindOurEndpoint(const std::vector<Attributes>& endpoints,
                                  const std::string& url) {
  const auto first = [&](auto is_ours) -> const Attributes* {
    const auto it = std::ranges::find_if(endpoints, is_ours);
    return it == endpoints.end() ? nullptr : &*it;
  };
  if (auto* exact = first([&](const Attributes& e) { return SameUrl(At(e, "url"), url); }))
    return exact;
  if (auto* named = first([](const Attributes& e) { return At(e, "name") == kName; })) return named;
  return first([](const Attributes& e) {
    std::string path = At(e, "url");
    while (path.ends_with('/')) path.pop_back();
    return path.ends_with(kPath);
  });
}

Task<Result<WebhookOutcome>> SetUpWebhook(SiteApi& api, std::string url) {
  const Options& options = api.options();
  if (options.webhook_user.empty() || options.webhook_password.empty()) {
    co_return Fail(ErrorKind::kInvalid,
                   "a webhook needs credentials: set chargebee_webhook_user and "
                   "chargebee_webhook_password",
                   "chargebee_webhook_user");
  }
  FormPairs query{{"limit", "100"}};
  auto listed = co_await api.Get("/webhook_endpoints", std::move(query));
  if (!listed) co_return std::unexpected(listed.error());
  if (!listed->ok()) co_return Wrap(api.ErrorOf(*listed), "webhook endpoints");
  auto page = ParsePage(listed->body, "webhook_endpoint");
  if (!page) co_return Wrap(page.error(), "webhook endpoints");
  WebhookOutcome outcome;
  std::string path = "/webhook_endpoints";
  if (const Attributes* ours = FindOurEndpoint(page->items, url)) {
    outcome.id = At(*ours, "id");
    if (!SameUrl(At(*ours, "url"), url)) outcome.replaced_url = At(*ours, "url");
    path += "/" + net::PercentEncode(outcome.id);
  } else {
    outcome.created = true;
  }
  // Written even when all that is seen is as wished: the password is never shown.
  FormPairs form = WishOf(options, url);
  auto done = co_await api.Post(path, std::move(form));
  if (!done) co_return std::unexpected(done.error());
  if (!done->ok()) co_return Wrap(api.ErrorOf(*done), "webhook endpoint " + url);
  auto endpoint = ParseOne(done->body, "webhook_endpoint");
  if (!endpoint) co_return Fail(ErrorKind::kUnavailable, endpoint.error().message);
  outcome.id = At(*endpoint, "id");
  co_return outcome;
}

}  // namespace kl::chargebee
