// What the Chargebee adapter is told by the configuration.
#pragma once

#include <string>

#include "base/loop.h"
#include "base/secret.h"

namespace kl::chargebee {

inline constexpr char kProviderName[] = "chargebee";

struct Options {
  std::string site;  // "example-test"
  SecretString api_key;
  std::string api_url;  // empty: https://{site}.chargebee.com/api/v2
  std::string domain_field = "cf_domain";
  std::string webhook_user;  // empty: webhooks are not authenticated (a warning at start)
  SecretString webhook_password;
  int rate_per_minute = 150;  // 0: no limit. 150 is what test sites and the smallest plan allow
  Duration timeout = std::chrono::seconds(20);
};

}  // namespace kl::chargebee
