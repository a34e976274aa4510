// The whole command line: every command of the program and what parsing it fills.
#pragma once

#include <functional>
#include <string>

#include "cli/client.h"
#include "cmd/config.h"

namespace CLI {
class App;
}

namespace kl::cmd {

struct Program {
  cli::Globals globals;
  std::string token;         // of --token, as given
  Flags serve_flags;         // of `serve`
  std::function<int()> run;  // of the command that was parsed; empty for `serve` and `version`
};

// `program` and `app` outlive the parse; `environment` is asked when a command runs.
void AddProgram(CLI::App& app, Program& program, const Environment& environment);

}  // namespace kl::cmd
