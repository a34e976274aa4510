// `kuberlogic serve`: the whole control plane in one process.
#pragma once

#include "cmd/config.h"

namespace kl::cmd {

// Serves until SIGINT or SIGTERM. Returns the exit code; errors of the start are printed to stderr
// with their remedy. A service manager named by `environment` is told (notify.h).
int Serve(const Config& config, const Environment& environment);

}  // namespace kl::cmd
