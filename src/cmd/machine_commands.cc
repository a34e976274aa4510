#include "cmd/machine_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "adapters/gateway_caddy/gateway.h"
#include "cmd/config_verb.h"
#include "cmd/open_volumes.h"
#include "cmd/uninstall.h"
#include "cmd/upgrade.h"

namespace kl::cmd {
namespace {

void AddUpgrade(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                const Environment& environment) {
  CLI::App* upgrade = app.add_subcommand(
      "upgrade", "Put this program in place of the installed one; goes back when it is not ready");
  auto wish = std::make_shared<UpgradeWish>();
  upgrade->add_option("--from", wish->from, "the new program, when it is not this one");
  upgrade->add_option("--program", wish->program, "the installed program")->capture_default_str();
  upgrade
      ->add_option("--patience", wish->patience_seconds,
                   "seconds within which the new program must be ready")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  upgrade->add_flag("--back", wish->back, "go back to what the last upgrade replaced");
  upgrade->callback([&globals, &run, environment, wish] {
    run = [&globals, environment, wish] {
      return WithConfig(globals, environment,
                        [&](const Config& config) { return Upgrade(config, globals, *wish); });
    };
  });
}

void AddUninstall(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                  const Environment& environment) {
  CLI::App* uninstall = app.add_subcommand(
      "uninstall", "Remove the program and what runs of it; customers' data is kept");
  auto wish = std::make_shared<UninstallWish>();
  uninstall->add_option("--program", wish->program, "the installed program")->capture_default_str();
  uninstall->add_option("--root", wish->root, "where DESTDIR of make install was");
  uninstall->add_flag("--delete-data", wish->delete_data,
                      "delete the data of every customer as well; needs --confirm");
  uninstall->add_option("--confirm", wish->confirm, "the domain under which the instances live");
  uninstall->callback([&globals, &run, environment, wish] {
    run = [&globals, environment, wish] {
      return WithConfig(globals, environment,
                        [&](const Config& config) { return Uninstall(config, globals, *wish); });
    };
  });
}

int RunGateway(const cli::Globals& globals, const std::string& data_dir, const std::string& caddy) {
  return cli::Report(globals, BecomeGateway(data_dir, caddy).error());
}

// The gateway's folder, too: its unit sees nothing else of data_dir, so it cannot make it.
int PrepareStorage(const cli::Globals& globals, const Config& config) {
  for (const char* folder : {"", "/gateway"}) {
    if (Status made = MakePrivateDirectory(config.data_dir + folder); !made)
      return cli::Report(globals, made.error());
  }
  net::IoLoop loop;
  auto volumes = OpenVolumes(loop, config);
  return volumes ? 0 : cli::Report(globals, volumes.error());
}

// Not for people: these are what units run.
void AddParts(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
              const Environment& environment) {
  CLI::App* machine = app.add_subcommand("machine", "What the units beside `serve` run");
  machine->require_subcommand(1);
  CLI::App* gateway = machine->add_subcommand(
      "gateway", "Become the gateway's Caddy; reads no configuration, so it sees no secret of it");
  struct Options {
    std::string data_dir = Config().data_dir, caddy = Config().caddy;
  };
  auto options = std::make_shared<Options>();
  gateway->add_option("--data-dir", options->data_dir, "as in the configuration")
      ->capture_default_str();
  gateway->add_option("--caddy", options->caddy, "Caddy's program")->capture_default_str();
  gateway->callback([&globals, &run, options] {
    run = [&globals, options] { return RunGateway(globals, options->data_dir, options->caddy); };
  });
  CLI::App* storage = machine->add_subcommand(
      "storage", "Make or mount the instances' storage, which a sandboxed serve cannot");
  storage->callback([&globals, &run, environment] {
    run = [&globals, environment] {
      return WithConfig(globals, environment,
                        [&](const Config& config) { return PrepareStorage(globals, config); });
    };
  });
}

}  // namespace

void AddMachineCommands(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                        const Environment& environment) {
  AddUpgrade(app, globals, run, environment);
  AddUninstall(app, globals, run, environment);
  AddParts(app, globals, run, environment);
}

}  // namespace kl::cmd
