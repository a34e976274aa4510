// Files of an installation that are found where `make install` puts them unless configured.
#pragma once

#include <string>

#include "cmd/config.h"

namespace kl::cmd {

// The socket of the container engine: as configured, else that of the installation's own engine
// (<data_dir>/engine) where there is one, else Docker's or Podman's. kUnavailable with all places
// that were looked at.
Result<std::string> FindEngine(const Config& config);

// The archive of the pause image: as configured, else the one beside this program (a build tree's)
// or installed with it, else empty.
std::string PauseTar(const Config& config);

}  // namespace kl::cmd
