// kuberlogic: one program, its verbs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "base/crash_point.h"
#include "cmd/program.h"
#include "cmd/serve.h"
#include "cmd/version.h"

namespace {

std::optional<std::string> FromEnvironment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

int RunServe(kl::cmd::Flags flags, const std::string& config_file, const std::string& token) {
  if (!config_file.empty()) flags.emplace_back("config", config_file);
  if (!token.empty()) flags.emplace_back("token", token);
  if (auto at = FromEnvironment("KUBERLOGIC_CRASH_AT")) kl::ArmCrashPoint(*at);
  auto config = kl::cmd::LoadConfig(flags, FromEnvironment);
  if (!config) {
    std::cerr << "kuberlogic: " << config.error().message << "\n";
    return 2;
  }
  return kl::cmd::Serve(*config, FromEnvironment);
}

// A secret given as a literal is for old scripts only: it is wiped from the process list at once.
void WipeSecret(const std::string& flag, char* value) {
  if (value[0] == '@' || std::strcmp(value, "-") == 0) return;
  std::memset(value, '*', std::strlen(value));
  std::cerr << "kuberlogic: " << flag
            << ": a secret on the command line is seen by others; use @FILE or -\n";
}

// Both spellings: --key VALUE and --key=VALUE.
void WipeSecrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string given = argv[i];
    const auto equals = given.find('=');
    const std::string flag = given.substr(0, equals);
    std::string name = flag;
    std::replace(name.begin(), name.end(), '-', '_');
    for (const kl::cmd::ConfigKey& key : kl::cmd::ConfigKeys()) {
      if (!key.secret || name != "__" + std::string(key.name)) continue;
      if (equals != std::string::npos)
        WipeSecret(flag, argv[i] + equals + 1);
      else if (i + 1 < argc)
        WipeSecret(flag, argv[i + 1]);
    }
  }
}

// The words after `service credentials update` (or its old names): NAME=VALUE.
void WipeCredentials(int argc, char** argv) {
  bool after = false;
  for (int i = 1; i < argc; ++i) {
    const std::string given = argv[i];
    const auto equals = given.find('=');
    if (after && !given.starts_with('-') && equals != std::string::npos)
      WipeSecret(given.substr(0, equals), argv[i] + equals + 1);
    after = after || given == "credentials" || given == "credentials-update" ||
            given == "serviceCredentialsUpdate";
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns a docker-compose application into a SaaS"};
  kl::cmd::Program program{.globals = {.out = &std::cout, .err = &std::cerr}};
  kl::cli::Globals& globals = program.globals;
  globals.color = isatty(STDOUT_FILENO) && !FromEnvironment("NO_COLOR");
  kl::cmd::AddProgram(app, program, FromEnvironment);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  WipeSecrets(argc, argv);
  WipeCredentials(argc, argv);
  if (app.got_subcommand("version")) {
    std::cout << "kuberlogic " << kl::cmd::Version() << "\n";
    return 0;
  }
  if (app.got_subcommand("serve"))
    return RunServe(program.serve_flags, globals.config, program.token);
  if (!program.token.empty()) {
    auto secret = kl::cmd::ReadSecretFlag(program.token);
    if (!secret) return kl::cli::Report(globals, secret.error());
    globals.token = *secret;
  }
  kl::cli::Connect(globals,
                   [](const std::string& name) { return FromEnvironment(name).value_or(""); });
  return program.run ? program.run() : 2;
}
