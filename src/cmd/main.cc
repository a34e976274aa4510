// kuberlogic: one program, its verbs.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "base/crash_point.h"
#include "cmd/serve.h"

namespace {

std::optional<std::string> FromEnvironment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// Every configuration key is a flag of `serve`.
void AddServe(CLI::App& app, kl::cmd::Flags& flags) {
  CLI::App* serve = app.add_subcommand("serve", "Run the control plane in this process");
  const auto add = [&](std::string name, std::string help) {
    std::string flag = "--" + name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    serve->add_option_function<std::string>(
        flag, [&flags, name](const std::string& text) { flags.emplace_back(name, text); }, help);
  };
  add("config", "configuration file; else ./kuberlogic.yaml, else /etc/kuberlogic/kuberlogic.yaml");
  for (const kl::cmd::ConfigKey& key : kl::cmd::ConfigKeys()) {
    add(std::string(key.name), std::string(key.help) + (key.secret ? " (@FILE or -)" : ""));
  }
}

int RunServe(const kl::cmd::Flags& flags) {
  if (auto at = FromEnvironment("KUBERLOGIC_CRASH_AT")) kl::ArmCrashPoint(*at);
  auto config = kl::cmd::LoadConfig(flags, FromEnvironment);
  if (!config) {
    std::cerr << "kuberlogic: " << config.error().message << "\n";
    return 2;
  }
  return kl::cmd::Serve(*config);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns a docker-compose application into a SaaS"};
  app.require_subcommand(1);
  kl::cmd::Flags serve_flags;
  AddServe(app, serve_flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  if (app.got_subcommand("serve")) return RunServe(serve_flags);
  return 2;
}
