// `kuberlogic completion SHELL`.
#pragma once

#include <functional>

#include "cli/client.h"

namespace CLI {
class App;
}

namespace kl::cli {

// Last of all: it knows the commands that `app` has when it runs.
void AddCompletion(CLI::App& app, Globals& globals, std::function<int()>& run);

}  // namespace kl::cli
