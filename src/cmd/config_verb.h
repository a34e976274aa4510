// Verbs that run in this program instead of asking `serve`.
#pragma once

#include <functional>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

// Runs `verb` with the configuration `serve` would have; reports why there is none. Returns the
// exit code.
int WithConfig(const cli::Globals& globals, const Environment& environment,
               const std::function<int(const Config&)>& verb);

}  // namespace kl::cmd
