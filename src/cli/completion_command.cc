#include "cli/completion_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "cli/adder.h"
#include "cli/completion.h"

namespace kl::cli {

void AddCompletion(CLI::App& app, Globals& globals, std::function<int()>& run) {
  CLI::App* command = app.add_subcommand("completion", "Print the script that completes commands");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "which shell it is for")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  Adder{globals, run}.Do(command, [&app, shell](const Globals& g) {
    const Shell kind = *shell == "bash"  ? Shell::kBash
                       : *shell == "zsh" ? Shell::kZsh
                                         : Shell::kFish;
    *g.out << Completion(DescribeCommands(app), kind);
    return 0;
  });
}

}  // namespace kl::cli
