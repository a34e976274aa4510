// `service`: its verbs, with their names and flags of old.
#include "cli/adder.h"
#include "cli/verbs.h"

namespace kl::cli {
namespace {

// --flag, --flag=true and --flag=false; unset when it is not there.
void AddSwitch(CLI::App* command, const char* names, std::optional<bool>& value, const char* help) {
  command->add_flag_function(names, [&value](std::int64_t count) { value = count > 0; }, help);
}

void AddLimits(CLI::App* command, ServiceFields& fields) {
  command->add_option("--limits.cpu,--cpu", fields.cpu, "of the whole instance, as in 500m");
  command->add_option("--limits.memory,--memory", fields.memory,
                      "of the whole instance, as in 512Mi");
  command->add_option("--limits.storage,--storage", fields.storage,
                      "of all its volumes, as in 2Gi; it can only grow");
}

void AddFields(CLI::App* command, ServiceFields& fields, bool is_new) {
  command->add_option("id,--id,--service_id", fields.id, "the service's id")->required();
  if (is_new) command->add_option("--type", fields.type, "template")->required();
  command->add_option("--version", fields.version, "of the application");
  command->add_option("--domain", fields.domain, "host at which it is reached");
  command->add_option("--subscription,--subscription_id", fields.subscription,
                      "its subscription at the billing provider");
  command->add_option("--replicas", fields.replicas, "1; 0 stops it");
  command->add_option("--backup-schedule,--backup_schedule", fields.backup_schedule,
                      "cron expression");
  AddLimits(command, fields);
  command->add_option("--advanced", fields.advanced,
                      "parameter of the template as key=value; repeatable");
  AddSwitch(command, "--insecure", fields.insecure, "http, too");
  AddSwitch(command, "--use-letsencrypt,--use_letsencrypt", fields.use_letsencrypt,
            "a certificate of its own");
  if (!is_new)
    command->add_option("--template-digest", fields.template_digest,
                        "\"current\", or a version's digest");
  // "--insecure true" was always taken for "--insecure".
  command->add_option("after_a_switch", fields.after_a_switch)
      ->check(CLI::IsMember({"true"}))
      ->group("");
}

void AddLook(CLI::App* noun, const Adder& add) {
  CLI::App* list = noun->add_subcommand("list", "List them")->alias("serviceList");
  auto subscription = std::make_shared<std::string>();
  list->add_option("--subscription,--subscription_id", *subscription, "of this subscription only");
  add.Do(list, [subscription](const Globals& g) { return ServiceList(g, *subscription); });
  add.One(noun, "get", "Show one", ServiceGet)->alias("serviceGet");
  add.One(noun, "secrets", "Show its generated secrets (audited)", ServiceSecrets)
      ->alias("serviceSecretsList");
  add.One(noun, "explain", "Why is it as it is: by service, subscription, domain, e-mail or event",
          Explain)
      ->alias("serviceExplain");
  CLI::App* logs =
      noun->add_subcommand("logs", "Show what its containers print")->alias("serviceLogs");
  auto wish = std::make_shared<LogWish>();
  logs->add_option("id,--id,--service_id", wish->id, "which one")->required();
  logs->add_option("--container", wish->member, "of this container only");
  logs->add_option("--tail", wish->tail, "the last lines only");
  logs->add_flag("-f,--follow", wish->follow,
                 "go on until interrupted, with the first container unless one is named");
  add.Do(logs, [wish](const Globals& g) { return ServiceLogs(g, *wish); });
}

void AddChange(CLI::App* noun, const Adder& add) {
  CLI::App* create = noun->add_subcommand("add", "Make one by hand")->alias("serviceAdd");
  auto fresh = std::make_shared<ServiceFields>();
  AddFields(create, *fresh, true);
  add.Do(create, [fresh](const Globals& g) { return ServiceAdd(g, *fresh); });
  CLI::App* edit = noun->add_subcommand("edit", "Change the named fields")->alias("serviceEdit");
  auto fields = std::make_shared<ServiceFields>();
  AddFields(edit, *fields, false);
  add.Do(edit, [fields](const Globals& g) { return ServiceEdit(g, *fields, std::nullopt); });
  for (const bool paused : {true, false}) {
    CLI::App* command =
        noun->add_subcommand(paused ? "pause" : "resume",
                             paused ? "Stop it, keep everything of it" : "Let it run again");
    auto id = std::make_shared<ServiceFields>();
    command->add_option("id,--id,--service_id", id->id, "which one")->required();
    add.Do(command, [id, paused](const Globals& g) { return ServiceEdit(g, *id, paused); });
  }
}

// The old form, `delete --id NAME`, never asked; scripts have no --yes.
void AddDelete(CLI::App* noun, const Adder& add) {
  CLI::App* remove =
      noun->add_subcommand("delete", "Remove it with its data")->alias("serviceDelete");
  auto gone = std::make_shared<std::string>();
  auto old = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  CLI::Option* id = remove->add_option("id", *gone, "the service's id");
  remove->add_flag("--yes", *yes, "yes, with its data");
  remove->add_option("--id,--service_id", *old, "the same as ID --yes, for old scripts")
      ->excludes(id);
  add.Do(remove, [gone, old, yes](const Globals& g) {
    return old->empty() ? ServiceDelete(g, *gone, *yes) : ServiceDelete(g, *old, true);
  });
}

void AddCredentials(CLI::App* noun, const Adder& add) {
  struct Wish {
    std::string id;
    std::vector<std::string> pairs;
  };
  const auto fill = [&add](CLI::App* command, const char* id_names) {
    auto wish = std::make_shared<Wish>();
    command->add_option(id_names, wish->id, "the service's id")->required();
    command->add_option("pairs", wish->pairs, "NAME=@FILE, or NAME=- for standard input")
        ->required();
    add.Do(command,
           [wish](const Globals& g) { return ServiceCredentials(g, wish->id, wish->pairs); });
  };
  CLI::App* credentials =
      noun->add_subcommand("credentials", "What the application inside is entered with");
  credentials->require_subcommand(1);
  fill(credentials->add_subcommand("update", "Set new ones by the template's own command"),
       "id,--id");
  CLI::App* old = noun->add_subcommand("credentials-update", "The same by its old name");
  fill(old->alias("serviceCredentialsUpdate")->group(""), "--service_id");
}

}  // namespace

void AddService(CLI::App& app, const Adder& add) {
  CLI::App* noun = app.add_subcommand("service", "Instances of the application");
  noun->require_subcommand(1);
  AddLook(noun, add);
  AddChange(noun, add);
  AddDelete(noun, add);
  AddCredentials(noun, add);
}

}  // namespace kl::cli
