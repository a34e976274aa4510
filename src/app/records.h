// The stores every use case works on, and the little helpers around them.
#pragma once

#include "ports/store.h"

namespace kl::app {

// References to what main() (or the simulated world) picked. All outlive the use cases.
struct Records {
  Store<Subscription>& subscriptions;
  Store<Service>& services;
  Store<NameClaim>& names;
  Store<TemplateVersion>& templates;
  Store<Site>& sites;
  SecretStore& secrets;
};

// A conflict means: somebody else wrote meanwhile; read again and decide again. More often than
// this in a row it is an error.
inline constexpr int kConflictRetries = 8;

}  // namespace kl::app
