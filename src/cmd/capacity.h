// How much may be promised to instances: as configured, else by what the machine has.
#pragma once

#include "cmd/config.h"
#include "domain/amounts.h"

namespace kl::cmd {

// kInvalid names the key.
Status CheckCapacity(const Config& config);

// Of a machine that has so much. Cores are lent four times, as instances seldom need theirs at the
// same time; memory once, less what the system, the gateway and KuberLogic need. `pool`: storage
// sizes are in force and the file system is theirs alone.
Result<Amounts> CapacityOf(const Config& config, const Amounts& has, bool pool);

}  // namespace kl::cmd
