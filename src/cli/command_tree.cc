#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

namespace kl::cli {
namespace {

// CLI11 says what a value may be as "TEXT:{table,json,yaml}".
std::vector<std::string> WordsOf(const std::string& type) {
  const auto begin = type.find('{'), end = type.rfind('}');
  std::vector<std::string> out;
  if (begin == type.npos || end == type.npos) return out;
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  for (std::string word; std::getline(list, word, ',');) out.push_back(word);
  return out;
}

FlagDoc Describe(const CLI::Option& option) {
  FlagDoc out{.words = WordsOf(option.get_type_name()),
              .help = option.get_description(),
              .fallback = option.get_default_str(),
              .takes_value = option.get_items_expected_max() > 0,
              .required = option.get_required(),
              .repeats = option.get_expected_max() > 1};
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  if (!option.get_positional()) return out;
  out.argument = option.get_name(true);
  for (char& c : out.argument) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

CommandDoc DescribeCommands(const CLI::App& app) {
  CommandDoc out{.name = app.get_name(), .help = app.get_description()};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty() || option == app.get_help_ptr()) continue;
    FlagDoc flag = Describe(*option);
    auto& list = flag.argument.empty() ? out.flags : out.arguments;
    list.push_back(std::move(flag));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) out.commands.push_back(DescribeCommands(*command));
  return out;
}

}  // namespace kl::cli
