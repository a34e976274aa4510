// What the billing adapter is told, from the configuration.
#pragma once

#include <string>

#include "adapters/billing_chargebee/options.h"
#include "cmd/config.h"

namespace kl::cmd {

inline chargebee::Options ChargebeeOptions(const Config& config) {
  return {.site = config.chargebee_site,
          .api_key = config.chargebee_key,
          .api_url = config.chargebee_api_url,
          .domain_field = config.chargebee_domain_field,
          .webhook_user = config.chargebee_webhook_user,
          .webhook_password = config.chargebee_webhook_password,
          .rate_per_minute = config.chargebee_rate_per_minute};
}

// Where the provider reaches the webhook from outside.
inline std::string WebhookUrl(const Config& config) {
  if (!config.chargebee_webhook_url.empty()) return config.chargebee_webhook_url;
  const int port = config.gateway_https_port;
  return "https://billing." + config.kuberlogic_domain +
         (port == 443 ? "" : ":" + std::to_string(port)) + "/chargebee-webhook";
}

}  // namespace kl::cmd
