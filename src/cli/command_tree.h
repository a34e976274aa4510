// The commands as data: what the reference page and the shells' completions are made from.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kl::cli {

struct FlagDoc {
  std::vector<std::string>
      names;             // "--format", "-o"; of an argument the flags that may stand for it
  std::string argument;  // its name when it needs no flag, in capitals
  std::vector<std::string> words;  // what it may be; empty: anything
  std::string help;
  std::string fallback;  // default; empty: none
  bool takes_value = true;
  bool required = false;
  bool repeats = false;
};

struct CommandDoc {
  std::string name;
  std::string help;
  std::vector<FlagDoc> arguments;
  std::vector<FlagDoc> flags;  // without --help
  std::vector<CommandDoc> commands;
};

// What is hidden (old names) is left out.
CommandDoc DescribeCommands(const CLI::App& app);

}  // namespace kl::cli
