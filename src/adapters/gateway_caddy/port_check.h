// Whether a TCP port is free. Caddy listens with SO_REUSEPORT, so two programs of one user would
// share a port silently and answer each other's visitors: we look before we start it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace kl::gateway {

// kUnavailable with the remedy when the port is taken or may not be had. `option` names the setting
// that chooses the port.
Status CheckPortFree(std::uint16_t port, bool all_addresses, const std::string& option);

}  // namespace kl::gateway
