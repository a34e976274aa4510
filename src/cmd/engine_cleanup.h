// Removing what an installation has on its engine, without a `serve`.
#pragma once

#include <string>

#include "cmd/config.h"
#include "net/io_loop.h"

namespace kl::cmd {

struct Removed {
  int containers = 0;
  int networks = 0;
};

// All containers and networks that carry the installation's id; volumes are folders of data_dir and
// stay. Runs the loop. kUnavailable when the engine does not answer; nothing when the installation
// has no id yet.
Result<Removed> RemoveFromEngine(net::IoLoop& loop, const Config& config);

}  // namespace kl::cmd
