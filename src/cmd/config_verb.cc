#include "cmd/config_verb.h"

namespace kl::cmd {

int WithConfig(const cli::Globals& globals, const Environment& environment,
               const std::function<int(const Config&)>& verb) {
  Flags flags;
  if (!globals.config.empty()) flags.emplace_back("config", globals.config);
  auto config = LoadConfig(flags, environment);
  return config ? verb(*config) : cli::Report(globals, config.error());
}

}  // namespace kl::cmd
