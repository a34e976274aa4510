// What the tables of commands are written with.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "cli/client.h"

namespace kl::cli {

struct Adder {
  Globals& globals;
  std::function<int()>& run;

  // Parsing `command` makes main() call `action`.
  void Do(CLI::App* command, std::function<int(const Globals&)> action) const {
    Globals& g = globals;
    std::function<int()>& r = run;
    command->callback([&g, &r, action] { r = [&g, action] { return action(g); }; });
  }

  // A command without flags of its own but one positional id.
  CLI::App* One(CLI::App* noun, const char* verb, const char* help,
                int (*action)(const Globals&, const std::string&)) const {
    CLI::App* command = noun->add_subcommand(verb, help);
    auto id = std::make_shared<std::string>();
    command->add_option("id,--id,--service_id,--subscription_id", *id, "which one")->required();
    Do(command, [id, action](const Globals& g) { return action(g, *id); });
    return command;
  }
};

// Each adds one noun with its verbs.
void AddService(CLI::App& app, const Adder& add);
void AddBilling(CLI::App& app, const Adder& add);
void AddTemplates(CLI::App& app, const Adder& add);

}  // namespace kl::cli
