// The webhook endpoint of a site: which one is ours, what it must send, and making it so by API.
#pragma once

#include <string>
#include <vector>

#include "adapters/billing_chargebee/site_api.h"
#include "adapters/billing_chargebee/site_wire.h"

namespace kl::chargebee {

// Event types that say anything to us, as the API names them.
const std::vector<std::string>& WebhookEvents();

// Which of WebhookEvents() a comma-separated list lacks, the first three of them; empty when none
// is lacking. An empty list means all events.
std::string MissingEvents(const std::string& enabled);

// Equal but for a final slash.
bool SameUrl(std::string a, std::string b);

// The endpoint with our address, else the one we named, else one with our path; null when there is
// none.
const Attributes* FindOurEndpoint(const std::vector<Attributes>& endpoints, const std::string& url);

struct WebhookOutcome {
  bool created = false;  // else it was there and is now as wished
  std::string id;
  std::string replaced_url;  // where it led before, when elsewhere
};
// Makes exactly one endpoint of ours lead to `url` with the configured credentials, API version v2,
// switched on. As often as one likes: the second time changes nothing. kInvalid when no credentials
// are configured.
Task<Result<WebhookOutcome>> SetUpWebhook(SiteApi& api, std::string url);

}  // namespace kl::chargebee
