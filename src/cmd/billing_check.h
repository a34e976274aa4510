// `kuberlogic billing check | setup`: the vendor's provider account, looked at and made ready. They
// talk to the provider with the configuration of `serve`, which need not run.
#pragma once

#include <string>

#include "cli/client.h"
#include "cmd/config.h"
#include "domain/catalogue.h"

namespace kl::cmd {

// The templates the configuration names, as far as a check of plans and features goes. kInvalid
// names the template that does not load.
Result<Expectation> LoadExpectation(const Config& config);

// Prints each item with a tick or its remedy (or, as the format says, the list as JSON or YAML). 0
// when orders can come, 1 when something is missing, 2 when the configuration has no provider.
int BillingCheck(const Config& config, const cli::Globals& globals);

// Makes the webhook endpoint at the provider; as often as one likes.
int BillingSetup(const Config& config, const cli::Globals& globals);

}  // namespace kl::cmd
