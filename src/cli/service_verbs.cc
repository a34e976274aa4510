#include <charconv>
#include <ostream>

#include "cli/output.h"
#include "cli/secret_flag.h"
#include "cli/verbs.h"

namespace kl::cli {
namespace {

const std::string kServices = "/api/v1/services/";

const std::vector<Column> kColumns = {{"ID", "id"},
                                      {"STATUS", "status"},
                                      {"TYPE", "type"},
                                      {"PLAN", "plan"},
                                      {"CPU", "limits.cpu"},
                                      {"MEMORY", "limits.memory"},
                                      {"STORAGE", "limits.storage"},
                                      {"ENDPOINT", "endpoint"},
                                      {"SUBSCRIPTION", "subscription"}};

std::string PathOf(const std::string& id, const std::string& verb = "") {
  return kServices + net::PercentEncode(id) + "/" + verb;
}

// "5" is a number, "true" a boolean, the rest text: the API checks what the template's parameter
// asks for.
Value Guess(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  std::int64_t number = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = ec == std::errc() && end == text.data() + text.size();
  if (whole && std::to_string(number) == text) return number;  // "007" is text
  return text;
}

ValueMap BodyOf(const ServiceFields& fields) {
  ValueMap body;
  const auto put = [&body](const char* key, const std::string& text) {
    if (!text.empty()) body[key] = text;
  };
  put("type", fields.type);
  put("version", fields.version);
  put("domain", fields.domain);
  put("subscription", fields.subscription);
  put("backupSchedule", fields.backup_schedule);
  put("templateDigest", fields.template_digest);
  ValueMap limits;
  if (!fields.cpu.empty()) limits["cpu"] = fields.cpu;
  if (!fields.memory.empty()) limits["memory"] = fields.memory;
  if (!fields.storage.empty()) limits["storage"] = fields.storage;
  if (!limits.empty()) body["limits"] = std::move(limits);
  if (fields.replicas) body["replicas"] = std::int64_t{*fields.replicas};
  if (fields.insecure) body["insecure"] = *fields.insecure;
  if (fields.use_letsencrypt) body["use_letsencrypt"] = *fields.use_letsencrypt;
  ValueMap advanced;
  for (const std::string& pair : fields.advanced) {
    const auto equals = pair.find('=');
    advanced[pair.substr(0, equals)] =
        equals == std::string::npos ? Value() : Guess(pair.substr(equals + 1));
  }
  if (!advanced.empty()) body["advanced"] = std::move(advanced);
  return body;
}

int ShowOne(const Globals& globals, const Result<Value>& answer) {
  if (!answer) return Report(globals, answer.error());
  ShowObject(globals, *answer);
  return 0;
}

// "--format string" is asked for by scripts that read the old sentence.
int ShowChanged(const Globals& globals, const Result<Value>& answer, const std::string& done) {
  if (!answer || globals.format != "string") return ShowOne(globals, answer);
  *globals.out << "Service '" << At(*answer, "id") << "' successfully " << done << "\n";
  return 0;
}

}  // namespace

int ServiceList(const Globals& globals, const std::string& subscription) {
  std::string path = kServices;
  if (!subscription.empty()) path += "?SubscriptionID=" + net::PercentEncode(subscription);
  auto list = Client(globals).Get(path);
  if (!list) return Report(globals, list.error());
  ShowList(globals, *list, kColumns);
  return 0;
}

int ServiceGet(const Globals& globals, const std::string& id) {
  return ShowOne(globals, Client(globals).Get(PathOf(id)));
}

int ServiceAdd(const Globals& globals, const ServiceFields& fields) {
  ValueMap body = BodyOf(fields);
  body["id"] = fields.id;
  return ShowChanged(globals, Client(globals).Send("POST", kServices, body), "created");
}

int ServiceEdit(const Globals& globals, const ServiceFields& fields, std::optional<bool> paused) {
  ValueMap body = BodyOf(fields);
  if (paused) body["paused"] = *paused;
  if (body.empty()) {
    *globals.err << "kuberlogic: nothing to change: name a field, see --help\n";
    return 2;
  }
  return ShowChanged(globals, Client(globals).Send("PATCH", PathOf(fields.id), body), "edited");
}

int ServiceDelete(const Globals& globals, const std::string& id, bool yes) {
  if (id.empty()) {
    *globals.err << "kuberlogic: which service? Name its id\n";
    return 2;
  }
  if (!yes) {
    *globals.err << "kuberlogic: this removes containers, volumes and secrets of " << id
                 << " for good; say so with --yes\n";
    return 2;
  }
  auto deleted = Client(globals).Send("DELETE", PathOf(id));
  if (!deleted) return Report(globals, deleted.error());
  if (globals.format == "string")
    *globals.out << "Service '" << id << "' successfully removed\n";
  else
    *globals.out << id << " is being removed\n";
  return 0;
}

int ServiceCredentials(const Globals& globals, const std::string& id,
                       const std::vector<std::string>& pairs) {
  ValueMap body;
  const auto refuse = [&globals](const std::string& why) {
    *globals.err << "kuberlogic: " << why << "\n";
    return 2;
  };
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (name.empty() || equals == std::string::npos)
      return refuse("a credential is written NAME=@FILE, NAME=- or NAME=VALUE");
    if (body.contains(name)) return refuse(name + ": given twice");
    auto value = ReadSecretFlag(pair.substr(equals + 1));
    if (!value) return Report(globals, value.error());
    body[name] = value->Reveal();
  }
  auto set = Client(globals).Send("POST", PathOf(id, "credentials/"), body);
  if (!set) return Report(globals, set.error());
  *globals.out << "Credentials updated\n";
  return 0;
}

int ServiceSecrets(const Globals& globals, const std::string& id) {
  auto list = Client(globals).Get(PathOf(id, "secrets"));
  if (!list) return Report(globals, list.error());
  ShowList(globals, *list, {{"ID", "id"}, {"VALUE", "value"}});
  return 0;
}

int ServiceLogs(const Globals& globals, const LogWish& wish) {
  std::string path = PathOf(wish.id, "logs") + "?ContainerName=" + net::PercentEncode(wish.member);
  if (wish.tail > 0) path += "&tail=" + std::to_string(wish.tail);
  Client client(globals);
  if (wish.follow) {
    Status followed = client.Follow(path + "&follow=true", *globals.out);
    return followed ? 0 : Report(globals, followed.error());
  }
  auto logs = client.Get(path);
  if (!logs) return Report(globals, logs.error());
  if (globals.format == "json" || globals.format == "yaml") {
    ShowObject(globals, *logs);
    return 0;
  }
  const auto* list = std::get_if<ValueList>(&logs->data);
  for (const Value& each : list ? *list : ValueList{}) {
    if (list->size() > 1)
      *globals.out << Paint(globals, Tone::kBold, "==> " + At(each, "containerName")) << "\n";
    if (const Value* text = Find(each, "logs")) *globals.out << ToText(*text);
  }
  return 0;
}

int Explain(const Globals& globals, const std::string& what) {
  auto answer = Client(globals).Get("/api/v1/explain/" + net::PercentEncode(what));
  if (!answer) return Report(globals, answer.error());
  if (globals.format == "json" || globals.format == "yaml") {
    ShowObject(globals, *answer);
    return 0;
  }
  std::ostream& out = *globals.out;
  const std::string reason = At(*answer, "reason");
  out << Paint(globals, Tone::kBold, At(*answer, "subject")) << "\n\n";
  out << "  " << Paint(globals, reason == "Ready" ? Tone::kGood : Tone::kWarn, reason) << "  "
      << At(*answer, "summary") << "\n";
  if (const std::string remedy = At(*answer, "remedy"); !remedy.empty())
    out << "  what to do: " << remedy << "\n";
  if (const std::string next = At(*answer, "nextRetryAt"); !next.empty())
    out << "  next try:   " << next << "\n";
  if (const Value* timeline = Find(*answer, "timeline")) {
    out << "\n";
    ShowList(globals, *timeline,
             {{"WHEN", "at"}, {"STEP", "step"}, {"DETAIL", "detail"}, {"TRACE", "trace"}});
  }
  if (const Value* containers = Find(*answer, "pod.containers")) {
    out << "\n";
    ShowList(globals, *containers,
             {{"CONTAINER", "name"},
              {"STATUS", "status"},
              {"RESTARTS", "restartCount"},
              {"ERROR", "error"}});
  }
  return 0;
}

}  // namespace kl::cli
