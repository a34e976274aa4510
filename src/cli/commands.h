// Reads the command line of everything that is an API client.
#pragma once

#include <functional>

#include "cli/client.h"

namespace CLI {
class App;
}

namespace kl::cli {

// Adds the commands to `app`. Parsing one sets `run`; main() calls it afterwards. `globals` and
// `run` outlive the parse.
void AddCommands(CLI::App& app, Globals& globals, std::function<int()>& run);

}  // namespace kl::cli
