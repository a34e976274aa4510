// The command lines of what a vendor runs before the first order: init, billing check, billing
// setup. They need the configuration and an adapter, so they live here and not among the API's
// clients.
#pragma once

#include <functional>

#include "cli/client.h"
#include "cmd/config.h"

namespace CLI {
class App;
}

namespace kl::cmd {

// After cli::AddCommands, whose `billing` they join. `globals`, `run` outlive the parse.
void AddSetupCommands(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                      const Environment& environment);

}  // namespace kl::cmd
