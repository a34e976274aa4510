#include "cmd/program.h"

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/completion_command.h"
#include "cmd/diag.h"
#include "cmd/machine_commands.h"
#include "cmd/setup_commands.h"

namespace kl::cmd {
namespace {

// Every configuration key is a flag of `serve`.
void AddServe(CLI::App& app, Flags& flags) {
  CLI::App* serve = app.add_subcommand("serve", "Run the control plane in this process");
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name == "token") continue;  // a flag of every command
    const std::string name(key.name);
    std::string flag = "--" + name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    serve->add_option_function<std::string>(
        flag, [&flags, name](const std::string& text) { flags.emplace_back(name, text); },
        std::string(key.help) + (key.secret ? " (@FILE or -)" : ""));
  }
}

void AddDiag(CLI::App& app, Program& program, const Environment& environment) {
  CLI::App* diag = app.add_subcommand(
      "diag", "Write one archive with what somebody who helps needs to know, without secrets");
  auto wish = std::make_shared<DiagWish>();
  diag->add_option("--output", wish->output,
                   "the archive; else kuberlogic-diag-<time>.tar.gz in this folder");
  diag->add_option("--log", wish->logs, "a log file beside the journal and those in data_dir");
  diag->add_option("--lines", wish->lines, "the last of each log")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  diag->callback([&program, environment, wish] {
    program.run = [&program, environment, wish] {
      Flags flags;
      if (!program.globals.config.empty()) flags.emplace_back("config", program.globals.config);
      return Diag(LoadConfig(flags, environment), program.globals, *wish);
    };
  });
}

}  // namespace

void AddProgram(CLI::App& app, Program& program, const Environment& environment) {
  app.require_subcommand(1);
  app.fallthrough();  // subcommands made from here on take the program's own flags too
  AddServe(app, program.serve_flags);
  app.add_option("--token", program.token, "API token (@FILE or -)");
  cli::AddCommands(app, program.globals, program.run);
  AddSetupCommands(app, program.globals, program.run, environment);
  AddMachineCommands(app, program.globals, program.run, environment);
  AddDiag(app, program, environment);
  cli::AddCompletion(app, program.globals, program.run);
  app.add_subcommand("version", "Show the version");
}

}  // namespace kl::cmd
