// The check's later half: what lies beyond the catalogue and the key.
#include "adapters/billing_chargebee/site_check.h"
#include "adapters/billing_chargebee/webhook_setup.h"

namespace kl::chargebee {
namespace {

constexpr int kTestSiteRate = 150;  // calls a minute of test sites and of the smallest plan

}  // namespace

Task<void> SiteCheck::FindWebhook() {
  auto endpoints = co_await All("/webhook_endpoints", "webhook_endpoint", {});
  if (!endpoints) {
    SayRefused("webhook", endpoints.error(),
               "look at Settings > Configure Chargebee > API Keys and Webhooks yourself");
    co_return;
  }
  const Attributes* ours = FindOurEndpoint(*endpoints, expected_.webhook_url);
  if (!ours) {
    Say("webhook", Verdict::kHint,
        "none leads here: events are polled every 15 s, which is enough for a laptop",
        "for orders without that delay: kuberlogic billing setup");
    co_return;
  }
  JudgeWebhook(*ours);
  const std::string id = At(*ours, "id");
  co_await JudgeDeliveries(id);
}

void SiteCheck::JudgeWebhook(const Attributes& endpoint) {
  const std::string url = At(endpoint, "url");
  std::string wrong;
  if (!SameUrl(url, expected_.webhook_url))
    wrong = "leads to " + url + " instead of " + expected_.webhook_url;
  else if (At(endpoint, "disabled") == "true")
    wrong = "is switched off";
  else if (At(endpoint, "api_version") != "v2")
    wrong = "sends API version " + At(endpoint, "api_version") + " instead of v2";
  else if (const std::string lacking = MissingEvents(At(endpoint, "enabled_events"));
           !lacking.empty())
    wrong = "does not send " + lacking;
  if (!wrong.empty()) {
    Say("webhook", Verdict::kBad, At(endpoint, "name") + " " + wrong,
        "kuberlogic billing setup (set chargebee_webhook_url if the address is right)");
    return;
  }
  Say("webhook", Verdict::kGood, "leads to " + url);
  if (api_.options().webhook_user.empty())
    Say("webhook credentials", Verdict::kBad, "none: anybody could send events",
        "set chargebee_webhook_user and chargebee_webhook_password, then kuberlogic billing setup");
}

// The provider never shows a password; whether it is right is seen by how deliveries went. The
// vendor may have other endpoints, whose failures are not ours.
Task<void> SiteCheck::JudgeDeliveries(std::string endpoint_id) {
  FormPairs query{{"limit", "10"}, {"sort_by[desc]", "occurred_at"}};
  auto events = co_await Page("/events", "event", std::move(query));
  if (!events) co_return;
  for (const Attributes& event : *events) {
    const std::string status = At(event, "webhooks." + endpoint_id);
    if (status == "succeeded") {
      Say("webhook deliveries", Verdict::kGood, "event " + At(event, "id") + " arrived");
      co_return;
    }
    if (status != "failed" && status != "re_scheduled") continue;
    Say("webhook deliveries", Verdict::kBad,
        "event " + At(event, "id") + " did not arrive: " + At(event, "webhook_failure_reason"),
        "401: kuberlogic billing setup writes the credentials anew; else see that " +
            expected_.webhook_url + " is reachable from outside and kuberlogic serves");
    co_return;
  }
  Say("webhook deliveries", Verdict::kHint, "none was tried yet",
      "the credentials show with the first event");
}

// Nothing of the mail settings can be read by API.
void SiteCheck::TellOfMail() {
  Say("mail to the customer", Verdict::kHint,
      "cannot be seen from here; it is OFF on a new site, the commonest reason for \"no mail\"",
      "Settings > Configure Chargebee > Email Notifications > Subscription Changes > "
      "\"Subscription "
      "is changed\": enable it and put {{subscription." +
          api_.options().domain_field + "}} into its text");
}

Task<void> SiteCheck::TryPortal() {
  if (!key_writes_) {
    Say("portal link", Verdict::kSkipped, "not tried: the key may not write");
    co_return;
  }
  const std::string customer = some_customer_.empty() ? kNobody : some_customer_;
  FormPairs form{{"customer[id]", customer}};
  auto answer = co_await api_.Post("/portal_sessions", std::move(form));
  if (!answer) {
    Say("portal link", Verdict::kSkipped, "not tried: " + answer.error().message);
    co_return;
  }
  if (answer->ok()) {
    Say("portal link", Verdict::kGood, "customers can be sent to the portal");
    co_return;
  }
  const Error error = api_.ErrorOf(*answer);
  if (error.kind == ErrorKind::kNotFound && some_customer_.empty()) {
    Say("portal link", Verdict::kGood, "permitted; there is no customer yet to try it with");
    co_return;
  }
  if (error.kind == ErrorKind::kDenied || error.kind == ErrorKind::kRateLimited) {
    SayRefused("portal link", error, "");
    co_return;
  }
  // No order depends on it, and a vendor may do without.
  Say("portal link", Verdict::kHint, error.message,
      "Settings > Configure Chargebee > Checkout and Self-Serve Portal > Portal: enable it");
}

void SiteCheck::TellOfRate() {
  const int rate = api_.options().rate_per_minute;
  const std::string calls = "this check took " + std::to_string(api_.calls()) + " calls";
  const bool test_site = api_.options().site.ends_with("-test");
  if (rate_limited_) {
    Say("rate limit", Verdict::kBad, "the site refuses calls for now (429)",
        "something else uses up the site's calls; wait a minute and try again");
  } else if (test_site && (rate == 0 || rate > kTestSiteRate)) {
    Say("rate limit", Verdict::kHint,
        calls + "; test sites permit " + std::to_string(kTestSiteRate) +
            " a minute, chargebee_rate_per_minute is " + std::to_string(rate),
        "leave chargebee_rate_per_minute at " + std::to_string(kTestSiteRate) + " for a test site");
  } else {
    Say("rate limit", Verdict::kGood,
        calls + (rate == 0 ? "; chargebee_rate_per_minute is 0: as many as it takes are made"
                           : "; at most " + std::to_string(rate) + " a minute are made"));
  }
}

}  // namespace kl::chargebee
