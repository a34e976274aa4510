// The command lines of what is done to a machine: upgrade, uninstall, and what the other units of
// an installation run.
#pragma once

#include <functional>

#include "cli/client.h"
#include "cmd/config.h"

namespace CLI {
class App;
}

namespace kl::cmd {

// `globals`, `run` outlive the parse.
void AddMachineCommands(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                        const Environment& environment);

}  // namespace kl::cmd
