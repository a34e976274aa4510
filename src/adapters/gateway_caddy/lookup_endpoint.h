// Where the gateway's program looks certificates up: a loopback port and a secret path, kept in a
// file so that both stay over our restarts and a running program need not be configured anew.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace kl::gateway {

struct LookupEndpoint {
  std::uint16_t port = 0;
  std::string secret;
};

// Reads `path`, or makes it, 0600, with a port that is free now.
Result<LookupEndpoint> KeptLookupEndpoint(const std::string& path);
// Another port, for one that somebody else has taken meanwhile. The secret changes, too.
Result<LookupEndpoint> NewLookupEndpoint(const std::string& path);

}  // namespace kl::gateway
