#include "cli/commands.h"

#include "cli/adder.h"
#include "cli/template_commands.h"
#include "cli/verbs.h"

namespace kl::cli {

void AddBilling(CLI::App& app, const Adder& add) {
  CLI::App* noun =
      app.add_subcommand("subscription", "What the billing provider says, and what became of it");
  noun->require_subcommand(1);
  add.Do(noun->add_subcommand("list", "List them"), SubscriptionList);
  add.One(noun, "get", "Show one", SubscriptionGet);
  auto id = std::make_shared<std::string>();
  auto flag = std::make_shared<bool>(false);
  CLI::App* sync = noun->add_subcommand("sync", "Read it from the provider now");
  sync->add_option("id,--subscription_id", *id, "which one")->required();
  sync->add_flag("--republish", *flag, "write the domain although someone changed the field");
  add.Do(sync, [id, flag](const Globals& g) { return SubscriptionSync(g, *id, *flag); });
  CLI::App* publish = noun->add_subcommand("publish", "Write the domain now");
  publish->add_option("id,--subscription_id", *id, "which one")->required();
  publish->add_flag("--force", *flag, "although it deletes scheduled changes");
  add.Do(publish, [id, flag](const Globals& g) { return SubscriptionPublish(g, *id, *flag); });

  CLI::App* event = app.add_subcommand("event", "The billing inbox");
  event->require_subcommand(1);
  CLI::App* events = event->add_subcommand("list", "List them, newest first");
  auto of = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(50);
  events->add_option("--subscription,--subscription_id", *of, "of this subscription only");
  events->add_option("--limit", *limit, "at most so many")->capture_default_str();
  add.Do(events, [of, limit](const Globals& g) { return EventList(g, *of, *limit); });
  add.One(event, "get", "Show one as it came", EventGet);
  add.One(event, "replay", "Read its subscription again", EventReplay);

  CLI::App* billing = app.add_subcommand("billing", "The billing provider");
  billing->require_subcommand(1);
  add.Do(billing->add_subcommand("release",
                                 "Open the gate for an hour: what was condemned is stopped"),
         BillingRelease);
}

void AddTemplates(CLI::App& app, const Adder& add) {
  CLI::App* noun = app.add_subcommand("template", "Application templates");
  noun->require_subcommand(1);
  add.Do(noun->add_subcommand("list", "List the versions kept"), TemplateList);
  CLI::App* check = noun->add_subcommand("check", "List every problem with file, line and column");
  auto file = std::make_shared<std::string>();
  check->add_option("file", *file, "the template")->required();
  add.Do(check, [file](const Globals& g) { return TemplateCheck(*file, g); });
  CLI::App* render = noun->add_subcommand("render", "Show what an instance would be");
  auto wish = std::make_shared<TemplateRenderOptions>();
  render->add_option("file", wish->file, "the template")->required();
  render->add_option("--plan", wish->plan, "one of the template's; else the only, or \"default\"");
  render->add_option("--name", wish->name, "of the instance")->capture_default_str();
  render->add_option("--host", wish->host, "at which it is reached; else NAME.example.com");
  render->add_option("--version", wish->version, "of the application; else the plan's");
  render->add_option("--parameter", wish->parameters, "NAME=VALUE; repeatable");
  render->add_option("--customer-email", wish->customer_email, "who bought it")
      ->capture_default_str();
  render->add_option("--customer-name", wish->customer_name, "who bought it")
      ->capture_default_str();
  render->add_flag("--insecure", wish->insecure, "as an instance that is served on http, too");
  render->add_flag("--reveal", wish->reveal, "show the (invented) secrets");
  add.Do(render, [wish](const Globals& g) { return TemplateRender(*wish, *g.out, *g.err); });
  CLI::App* import =
      noun->add_subcommand("import", "Make a template of an ordinary Compose file and its .env");
  auto source = std::make_shared<TemplateImportOptions>();
  import->add_option("file", source->file, "the Compose file")->required();
  import->add_option("--env-file", source->env_file, "instead of the .env beside the file");
  import->add_option("-o,--output", source->output, "file to write; standard output unless set");
  import->add_flag("--force", source->force, "replace the output file");
  add.Do(import, [source](const Globals& g) { return TemplateImport(*source, *g.out, *g.err); });
}

namespace {

// Old names of verbs are understood and not advertised.
class Formatter : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), command->get_description(), column_width_);
    return out.str();
  }
};

}  // namespace

void AddCommands(CLI::App& app, Globals& globals, std::function<int()>& run) {
  app.formatter(std::make_shared<Formatter>());
  app.add_option("--hostname", globals.hostname, "API address, host:port");
  app.add_option("--scheme", globals.scheme, "of that address")
      ->check(CLI::IsMember({"http", "https"}));
  app.add_option("--config", globals.config, "configuration file of serve, or your own");
  app.add_option("-o,--format", globals.format,
                 "how an answer is shown; string is an old word for table")
      ->check(CLI::IsMember({"table", "json", "yaml", "string"}));
  app.add_flag("--debug", globals.debug, "say what is asked and answered");
  app.add_flag("--dry-run", globals.dry_run, "ask the API nothing, say what would be asked");
  const Adder add{globals, run};
  AddService(app, add);
  AddBilling(app, add);
  AddTemplates(app, add);
  add.Do(app.add_subcommand("status", "One screen: what is going on, owed, and needs a person"),
         ShowStatus);
  add.Do(app.add_subcommand("info", "What this installation is"), ShowInfo);
  auto what = std::make_shared<std::string>();
  CLI::App* explain = app.add_subcommand("explain", "Why is it as it is");
  explain->add_option("what", *what, "service, subscription, domain, e-mail or event")->required();
  add.Do(explain, [what](const Globals& g) { return Explain(g, *what); });
}

}  // namespace kl::cli
