#include "app/services/credentials.h"

#include <algorithm>

#include "base/log.h"

namespace kl::app {
namespace {

using Submitted = Credentials::Submitted;
using tmpl::CredentialsCommand;

constexpr char kPrefix[] = "CREDENTIAL_";  // as the template's commands refer to them
constexpr std::size_t kValueBytesMax = 4096;
constexpr std::size_t kReasonMax = 200;  // characters of a failed command's output

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The names in "${CREDENTIAL_name}".
std::set<std::string> NamesIn(const std::vector<CredentialsCommand>& commands) {
  std::set<std::string> out;
  const std::string mark = std::string("${") + kPrefix;
  for (const CredentialsCommand& command : commands) {
    for (const std::string& word : command.arguments) {
      for (auto at = word.find(mark); at != word.npos; at = word.find(mark, at + 1)) {
        const auto begin = at + mark.size();
        out.insert(word.substr(begin, word.find('}', begin) - begin));
      }
    }
  }
  return out;
}

// A program of the template's own may read any of them; a script says what it reads.
bool ReadsAny(const std::vector<CredentialsCommand>& commands) {
  return std::ranges::any_of(
      commands, [](const CredentialsCommand& command) { return NamesIn({command}).empty(); });
}

Status Check(const Submitted& values, const std::vector<CredentialsCommand>& commands) {
  const std::set<std::string> read = NamesIn(commands);
  for (const auto& [name, value] : values) {
    if (!IsName(name))
      return Fail(ErrorKind::kInvalid, "a credential's name is letters, digits and _", "name");
    if (value.Reveal().size() > kValueBytesMax || value.Reveal().find('\0') != std::string::npos)
      return Fail(ErrorKind::kInvalid, name + ": at most 4096 bytes, none of them zero", name);
    if (!read.contains(name) && !ReadsAny(commands))
      return Fail(ErrorKind::kInvalid, name + ": no command of the template reads it", name);
  }
  for (const std::string& name : read) {
    if (values.contains(name)) continue;
    return Fail(ErrorKind::kInvalid, name + ": the template's command needs it", name);
  }
  if (values.empty()) return Fail(ErrorKind::kInvalid, "no credential is given", "body");
  return {};
}

// A secret's name may have dashes, a variable's may not.
std::string AsVariable(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

void Mask(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + 3))
    text.replace(at, secret.size(), "***");
}

// The end of what the command said, without secrets and in one line.
std::string ReasonIn(std::string output, const Submitted& values, const Submitted& secrets) {
  for (const auto& [name, value] : values) Mask(output, value.Reveal());
  for (const auto& [name, value] : secrets) Mask(output, value.Reveal());
  while (!output.empty() && static_cast<unsigned char>(output.back()) <= ' ') output.pop_back();
  output.erase(0, output.size() - std::min(output.size(), kReasonMax));
  for (char& c : output) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
    if (static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return output;
}

}  // namespace

// One at a time: the instance must not end with one change and the store with the other.
Task<Status> Credentials::Set(std::string name, Submitted values, Actor actor) {
  if (!changing_.insert(name).second) {
    co_return Fail(ErrorKind::kConflict,
                   "service " + name + ": its credentials are being changed, try again");
  }
  Status set = co_await SetAlone(name, std::move(values), std::move(actor));
  changing_.erase(name);
  co_return set;
}

Task<Status> Credentials::SetAlone(std::string name, Submitted values, Actor actor) {
  KL_CO_TRY(Service service, co_await deps_.records.services.Get(name));
  if (service.spec.deleting)
    co_return Fail(ErrorKind::kConflict, "service " + name + " is being removed");
  KL_CO_TRY(auto type,
            co_await deps_.templates.Find(service.spec.type, service.spec.template_digest));
  const std::vector<CredentialsCommand> commands = type->CredentialsCommands();
  if (commands.empty()) {
    co_return Fail(ErrorKind::kInvalid,
                   "service " + name + ": its template has no x-kuberlogic-set-credentials-cmd",
                   "type");
  }
  KL_CO_RETURN_IF_ERROR(Check(values, commands));
  const ServiceUid uid(service.meta.uid);
  KL_CO_TRY(const SecretStore::Entry known, co_await deps_.records.secrets.Get(uid));
  std::string names;
  for (const auto& [each, value] : values) names += " " + each;
  std::vector<HistoryRecord> audit;
  audit.push_back({.stream = "audit",
                   .subject = name,
                   .kind = "service credentials update",
                   .at = deps_.loop.Now(),
                   .trace = actor.trace,
                   .body = actor.name + names});
  KL_CO_RETURN_IF_ERROR(co_await deps_.history.Append(std::move(audit)));
  for (const CredentialsCommand& command : commands) {
    InstanceCommand wish{.member = command.member, .arguments = command.arguments};
    for (const auto& [each, value] : values) wish.environment.emplace(kPrefix + each, value);
    ServiceName instance(name);
    KL_CO_TRY(const CommandOutcome outcome,
              co_await deps_.exec.Run(std::move(instance), uid, std::move(wish)));
    if (outcome.exit_code == 0) continue;
    const std::string reason = ReasonIn(outcome.output, values, known.values);
    co_return Fail(ErrorKind::kInvalid,
                   "service " + name + ": the command in " + command.member + " ended with " +
                       std::to_string(outcome.exit_code) + (reason.empty() ? "" : ": " + reason),
                   command.member);
  }
  co_return co_await Keep(std::move(service), std::move(values), actor.trace);
}

Task<Status> Credentials::Keep(Service service, Submitted values, std::string trace) {
  const ServiceUid uid(service.meta.uid);
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(SecretStore::Entry entry, co_await deps_.records.secrets.Get(uid));
    bool changed = false;
    for (auto& [name, secret] : entry.values) {
      const auto given = values.find(AsVariable(name));
      if (given == values.end() || given->second.Reveal() == secret.Reveal()) continue;
      secret = given->second;
      changed = true;
    }
    if (!changed) co_return Status{};
    auto stored = co_await deps_.records.secrets.Put(uid, std::move(entry));
    if (stored) co_return co_await Touch(service.meta.name, std::move(trace));
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict,
                 "service " + service.meta.name + ": its secrets changed again and again");
}

// Secrets are not watched: a change of the record makes the service loop look.
Task<Status> Credentials::Touch(std::string name, std::string trace) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Service service, co_await deps_.records.services.Get(name));
    service.spec.trace = trace;
    auto stored = co_await deps_.records.services.PutSpec(std::move(service));
    if (stored) co_return Status{};
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict,
                 "service " + name + ": changed again and again, try once more");
}

}  // namespace kl::app
