// What the use cases need of the configuration.
#pragma once

#include <set>
#include <string>

#include "domain/amounts.h"
#include "domain/derive.h"
#include "domain/publication.h"

namespace kl::app {

struct Settings {
  std::string domain = "apps.localhost";  // kuberlogic_domain: instances live at <name>.<domain>
  std::uint16_t public_port = 0;          // of https when it is not 443
  DomainValue domain_value = DomainValue::kUrl;
  Mapping mapping = DefaultMapping();
  bool mapping_is_explicit = false;
  std::set<std::string> ignored_plans;  // billing.ignore

  Duration poll_without_webhook{std::chrono::seconds(15)};
  Duration poll_with_webhook{std::chrono::minutes(5)};
  Duration sweep_every{std::chrono::hours(24)};
  Duration resync_every{std::chrono::minutes(10)};  // every service is looked at again
  // A read older than the hint's version: read again after these, then take it.
  std::vector<Duration> lag_retries{Duration(300), Duration(1000), Duration(3000), Duration(10000)};
  int subscription_workers = 256;  // what is read meanwhile is one batch: more are fewer calls
  int service_workers = 32;

  // What may be promised to instances in all.
  Amounts capacity{
      .cpu_millis = kUnlimited, .memory_bytes = kUnlimited, .storage_bytes = kUnlimited};
  int capacity_warn_percent = 80;  // a person is told from here on
};

// The host as people reach it: with the port when it is not the scheme's own.
inline std::string PublicHost(const Settings& settings, const std::string& host) {
  return settings.public_port == 0 ? host : host + ":" + std::to_string(settings.public_port);
}

// Where a service with this spec is reached.
inline std::string EndpointOf(const Settings& settings, const Service::Spec& spec) {
  return (spec.insecure ? "http://" : "https://") + PublicHost(settings, spec.domain);
}

}  // namespace kl::app
