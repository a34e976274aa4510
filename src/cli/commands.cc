#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/template_commands.h"
#include "cli/verbs.h"

namespace kl::cli {
namespace {

using Run = std::function<int()>;

struct Adder {
  Globals& globals;
  Run& run;

  // A command without flags of its own but one positional id.
  void One(CLI::App* noun, const char* verb, const char* help,
           int (*action)(const Globals&, const std::string&)) const {
    CLI::App* command = noun->add_subcommand(verb, help);
    auto id = std::make_shared<std::string>();
    command->add_option("id,--id,--service_id,--subscription_id", *id)->required();
    Globals& g = globals;
    Run& r = run;
    command->callback([&g, &r, id, action] { r = [&g, id, action] { return action(g, *id); }; });
  }
};

void AddFields(CLI::App* command, const std::shared_ptr<ServiceFields>& fields, bool is_new) {
  command->add_option("id,--id,--service_id", fields->id, "service id")->required();
  if (is_new) command->add_option("--type", fields->type, "template")->required();
  command->add_option("--version", fields->version);
  command->add_option("--domain", fields->domain);
  command->add_option("--subscription,--subscription_id", fields->subscription);
  command->add_option("--replicas", fields->replicas);
  command->add_option("--backup-schedule,--backup_schedule", fields->backup_schedule);
  command->add_option("--limits.cpu,--cpu", fields->cpu);
  command->add_option("--limits.memory,--memory", fields->memory);
  command->add_option("--limits.storage,--storage", fields->storage);
  command->add_option("--advanced", fields->advanced, "parameter as key=value; repeatable");
  command->add_flag("--insecure", fields->insecure);
  command->add_flag("--use-letsencrypt,--use_letsencrypt", fields->use_letsencrypt);
  if (!is_new)
    command->add_option("--template-digest", fields->template_digest,
                        "\"current\", or a version's digest");
}

void AddService(CLI::App& app, const Adder& add) {
  CLI::App* noun = app.add_subcommand("service", "Instances of the application");
  noun->require_subcommand(1);
  Globals& g = add.globals;
  Run& run = add.run;
  CLI::App* list = noun->add_subcommand("list", "List them");
  auto subscription = std::make_shared<std::string>();
  list->add_option("--subscription,--subscription_id", *subscription, "of this subscription only");
  list->callback([&g, &run, subscription] {
    run = [&g, subscription] { return ServiceList(g, *subscription); };
  });
  add.One(noun, "get", "Show one", ServiceGet);
  add.One(noun, "secrets", "Show its generated secrets (audited)", ServiceSecrets);
  add.One(noun, "explain", "Why is it as it is: by service, subscription, domain, e-mail or event",
          Explain);

  CLI::App* create = noun->add_subcommand("add", "Make one by hand");
  auto fresh = std::make_shared<ServiceFields>();
  AddFields(create, fresh, true);
  create->callback([&g, &run, fresh] { run = [&g, fresh] { return ServiceAdd(g, *fresh); }; });
  CLI::App* edit = noun->add_subcommand("edit", "Change the named fields");
  auto fields = std::make_shared<ServiceFields>();
  AddFields(edit, fields, false);
  edit->callback(
      [&g, &run, fields] { run = [&g, fields] { return ServiceEdit(g, *fields, std::nullopt); }; });
  for (const bool paused : {true, false}) {
    CLI::App* command =
        noun->add_subcommand(paused ? "pause" : "resume",
                             paused ? "Stop it, keep everything of it" : "Let it run again");
    auto id = std::make_shared<ServiceFields>();
    command->add_option("id,--id,--service_id", id->id)->required();
    command->callback(
        [&g, &run, id, paused] { run = [&g, id, paused] { return ServiceEdit(g, *id, paused); }; });
  }
  CLI::App* remove = noun->add_subcommand("delete", "Remove it with its data");
  auto gone = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  remove->add_option("id,--id,--service_id", *gone)->required();
  remove->add_flag("--yes", *yes, "yes, with its data");
  remove->callback(
      [&g, &run, gone, yes] { run = [&g, gone, yes] { return ServiceDelete(g, *gone, *yes); }; });
  CLI::App* logs = noun->add_subcommand("logs", "Show what its containers print");
  auto wish = std::make_shared<LogWish>();
  logs->add_option("id,--id,--service_id", wish->id)->required();
  logs->add_option("--container", wish->member, "of this container only");
  logs->add_option("--tail", wish->tail, "the last lines only");
  logs->add_flag("-f,--follow", wish->follow);
  logs->callback([&g, &run, wish] { run = [&g, wish] { return ServiceLogs(g, *wish); }; });
}

void AddBilling(CLI::App& app, const Adder& add) {
  Globals& g = add.globals;
  Run& run = add.run;
  CLI::App* noun =
      app.add_subcommand("subscription", "What the billing provider says, and what became of it");
  noun->require_subcommand(1);
  noun->add_subcommand("list", "List them")->callback([&g, &run] {
    run = [&g] { return SubscriptionList(g); };
  });
  add.One(noun, "get", "Show one", SubscriptionGet);
  auto id = std::make_shared<std::string>();
  auto flag = std::make_shared<bool>(false);
  CLI::App* sync = noun->add_subcommand("sync", "Read it from the provider now");
  sync->add_option("id,--subscription_id", *id)->required();
  sync->add_flag("--republish", *flag, "write the domain although someone changed the field");
  sync->callback(
      [&g, &run, id, flag] { run = [&g, id, flag] { return SubscriptionSync(g, *id, *flag); }; });
  CLI::App* publish = noun->add_subcommand("publish", "Write the domain now");
  publish->add_option("id,--subscription_id", *id)->required();
  publish->add_flag("--force", *flag, "although it deletes scheduled changes");
  publish->callback([&g, &run, id, flag] {
    run = [&g, id, flag] { return SubscriptionPublish(g, *id, *flag); };
  });

  CLI::App* event = app.add_subcommand("event", "The billing inbox");
  event->require_subcommand(1);
  CLI::App* events = event->add_subcommand("list", "List them, newest first");
  auto of = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(50);
  events->add_option("--subscription,--subscription_id", *of);
  events->add_option("--limit", *limit);
  events->callback(
      [&g, &run, of, limit] { run = [&g, of, limit] { return EventList(g, *of, *limit); }; });
  add.One(event, "get", "Show one as it came", EventGet);
  add.One(event, "replay", "Read its subscription again", EventReplay);

  CLI::App* billing = app.add_subcommand("billing", "The billing provider");
  billing->require_subcommand(1);
  billing->add_subcommand("release", "Open the gate for an hour: what was condemned is stopped")
      ->callback([&g, &run] { run = [&g] { return BillingRelease(g); }; });
}

void AddTemplates(CLI::App& app, const Adder& add) {
  Globals& g = add.globals;
  Run& run = add.run;
  CLI::App* noun = app.add_subcommand("template", "Application templates");
  noun->require_subcommand(1);
  noun->add_subcommand("list", "List the versions kept")->callback([&g, &run] {
    run = [&g] { return TemplateList(g); };
  });
  CLI::App* check = noun->add_subcommand("check", "List every problem with file, line and column");
  auto file = std::make_shared<std::string>();
  check->add_option("file", *file)->required();
  check->callback([&g, &run, file] {
    run = [&g, file] { return TemplateCheck(*file, "app", *g.out, *g.err); };
  });
  CLI::App* render = noun->add_subcommand("render", "Show what an instance would be");
  auto wish = std::make_shared<TemplateRenderOptions>();
  render->add_option("file", wish->file)->required();
  render->add_option("--plan", wish->plan);
  render->add_option("--name", wish->name);
  render->add_option("--host", wish->host);
  render->add_option("--version", wish->version);
  render->add_option("--parameter", wish->parameters, "NAME=VALUE; repeatable");
  render->add_option("--customer-email", wish->customer_email);
  render->add_option("--customer-name", wish->customer_name);
  render->add_flag("--insecure", wish->insecure);
  render->add_flag("--reveal", wish->reveal, "show the (invented) secrets");
  render->callback(
      [&g, &run, wish] { run = [&g, wish] { return TemplateRender(*wish, *g.out, *g.err); }; });
  CLI::App* import =
      noun->add_subcommand("import", "Make a template of an ordinary Compose file and its .env");
  auto source = std::make_shared<TemplateImportOptions>();
  import->add_option("file", source->file)->required();
  import->add_option("--env-file", source->env_file, "instead of the .env beside the file");
  import->add_option("-o,--output", source->output, "file to write; standard output unless set");
  import->add_flag("--force", source->force, "replace the output file");
  import->callback([&g, &run, source] {
    run = [&g, source] { return TemplateImport(*source, *g.out, *g.err); };
  });
}

}  // namespace

void AddCommands(CLI::App& app, Globals& globals, std::function<int()>& run) {
  app.add_option("--hostname", globals.hostname, "API address, host:port");
  app.add_option("--scheme", globals.scheme, "http or https")
      ->check(CLI::IsMember({"http", "https"}));
  app.add_option("--config", globals.config, "configuration file");
  app.add_option("-o,--format", globals.format, "table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml", "string"}));
  const Adder add{globals, run};
  AddService(app, add);
  AddBilling(app, add);
  AddTemplates(app, add);
  app.add_subcommand("status", "One screen: what is going on, owed, and needs a person")
      ->callback([&globals, &run] { run = [&globals] { return ShowStatus(globals); }; });
  app.add_subcommand("info", "What this installation is")->callback([&globals, &run] {
    run = [&globals] { return ShowInfo(globals); };
  });
  auto what = std::make_shared<std::string>();
  CLI::App* explain = app.add_subcommand("explain", "Why is it as it is");
  explain->add_option("what", *what, "service, subscription, domain, e-mail or event")->required();
  explain->callback(
      [&globals, &run, what] { run = [&globals, what] { return Explain(globals, *what); }; });
}

}  // namespace kl::cli
