#include "cmd/setup_commands.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "cmd/billing_check.h"
#include "cmd/billing_order.h"
#include "cmd/config_verb.h"
#include "cmd/init.h"
#include "cmd/try.h"

namespace kl::cmd {
namespace {

void AddInit(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
             const Environment& environment) {
  CLI::App* init = app.add_subcommand(
      "init", "Ask what is needed, write kuberlogic.yaml, check the provider's site");
  auto wish = std::make_shared<InitWish>();
  init->add_option("--site", wish->site, "Chargebee site, as in example-test");
  init->add_option("--key-file", wish->key_file,
                   "file with the API key, or - for standard input; asked without echo otherwise");
  init->add_option("--domain", wish->domain, "instances live at <word>-<word>.DOMAIN");
  init->add_option("--template", wish->template_path, "your application's template");
  init->add_option("--data-dir", wish->data_dir, "where state is kept");
  init->add_flag("--non-interactive", wish->non_interactive, "ask nothing: what is missing fails");
  init->add_flag("--force", wish->force, "write over an existing file");
  init->add_flag("--no-check", wish->no_check, "do not contact the provider");
  init->callback([&globals, &run, environment, wish] {
    run = [&globals, environment, wish] { return Init(*wish, globals, environment); };
  });
}

void AddTry(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
            const Environment& environment) {
  CLI::App* command = app.add_subcommand(
      "try", "Run one instance of a template on this machine, without billing, until Ctrl-C");
  auto wish = std::make_shared<TryWish>();
  auto engine = std::make_shared<std::string>();
  command->add_option("file", wish->file, "the template")->required();
  command->add_option("--plan", wish->plan, "a plan of the template; else `default` or the first");
  command->add_option("--parameter", wish->parameters, "name=value, over the plan's; repeatable");
  command->add_option("--engine", *engine, "socket of the container engine; else found");
  command
      ->add_option("--patience", wish->patience_seconds,
                   "seconds within which it must be ready; 0: any number")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  command->add_flag("--once", wish->once, "end as soon as it is ready, as a test does");
  command->callback([&globals, &run, environment, wish, engine] {
    run = [&globals, environment, wish, engine] {
      return WithConfig(globals, environment, [&](Config config) {
        if (!engine->empty()) config.engine = *engine;
        return Try(config, globals, *wish);
      });
    };
  });
}

}  // namespace

void AddSetupCommands(CLI::App& app, cli::Globals& globals, std::function<int()>& run,
                      const Environment& environment) {
  AddInit(app, globals, run, environment);
  AddTry(app, globals, run, environment);
  CLI::App* billing = app.get_subcommand("billing");
  CLI::App* check = billing->add_subcommand(
      "check", "Is the provider's site ready for orders: each item with a tick or its remedy");
  auto order = std::make_shared<OrderWish>();
  check->add_option("--order", order->plan,
                    "then place a test order of this plan and follow it to the write-back");
  check->add_option("--email", order->email,
                    "customer of the test order: yours, to see the provider's mail arrive");
  check->add_option("--timeout", order->timeout_seconds, "seconds to wait for the domain")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  check->add_flag("--cancel", order->cancel, "cancel the test order at the end");
  check->callback([&globals, &run, environment, order] {
    run = [&globals, environment, order] {
      return WithConfig(globals, environment, [&](const Config& config) {
        const int code = BillingCheck(config, globals);
        if (order->plan.empty()) return code;
        if (code == 0) return BillingOrder(config, globals, *order);
        *globals.err << "no test order is placed until these are mended\n";
        return code;
      });
    };
  });
  CLI::App* setup =
      billing->add_subcommand("setup", "Make the webhook endpoint at the provider, or mend it");
  setup->callback([&globals, &run, environment] {
    run = [&globals, environment] {
      return WithConfig(globals, environment,
                        [&](const Config& config) { return BillingSetup(config, globals); });
    };
  });
}

}  // namespace kl::cmd
