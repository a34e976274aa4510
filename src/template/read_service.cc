// The keys of one service.
// Each key has a reader of a few lines; the table at the end says which keys there are, and why the
// others have no effect or are refused. Topics of their own (ports, volumes, ...) have a file.
#include <algorithm>
#include <array>

#include "template/app_draft.h"
#include "template/duration.h"
#include "template/shell_split.h"

namespace kl::tmpl {
namespace {

// What stays within the instance's namespaces. Those that reach the kernel or the host as a whole
// (SYS_ADMIN, SYS_MODULE, SYS_RAWIO, SYS_TIME, BPF, ...) are left out on purpose: instances of
// different customers share one machine.
constexpr std::array<std::string_view, 27> kCapabilities = {"AUDIT_WRITE",
                                                            "BLOCK_SUSPEND",
                                                            "CHECKPOINT_RESTORE",
                                                            "CHOWN",
                                                            "DAC_OVERRIDE",
                                                            "FOWNER",
                                                            "FSETID",
                                                            "IPC_LOCK",
                                                            "IPC_OWNER",
                                                            "KILL",
                                                            "LEASE",
                                                            "MKNOD",
                                                            "NET_ADMIN",
                                                            "NET_BIND_SERVICE",
                                                            "NET_BROADCAST",
                                                            "NET_RAW",
                                                            "SETFCAP",
                                                            "SETGID",
                                                            "SETPCAP",
                                                            "SETUID",
                                                            "SYS_CHROOT",
                                                            "SYS_NICE",
                                                            "SYS_PTRACE",
                                                            "SYS_RESOURCE",
                                                            "SYS_TTY_CONFIG",
                                                            "WAKE_ALARM",
                                                            "LINUX_IMMUTABLE"};

// An expression without a value leaves "name:" behind; better found here than by a pull.
void ReadImage(const Cursor& at, ServiceDraft& service) {
  auto image = at.NonEmptyText();
  if (!image) return;
  if (image->find_first_of(" \t\r\n") != image->npos)
    return at.Error("an image has no spaces in its name: " + at.Shown());
  if (image->ends_with(':') || image->ends_with('@'))
    return at.Error("the image's tag is empty: give a default, as in {{ or .Version \"latest\" }}");
  service.member.image = std::move(*image);
}

// A list as it stands, or a string split as a shell would.
std::optional<std::vector<std::string>> ReadWords(const Cursor& at) {
  if (at.node().is_sequence()) return at.TextList();
  auto text = at.Text();
  if (!text) return std::nullopt;
  auto words = ShellSplit(*text);
  if (words) return std::move(*words);
  at.Error(words.error() + ": " + at.Shown());
  return std::nullopt;
}

void ReadCommand(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  NoteSecretArgument(at);
  service.member.command = ReadWords(at);
}

void ReadEntrypoint(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  NoteSecretArgument(at);
  service.member.entrypoint = ReadWords(at);
}

// "on-failure:3": the number is dropped, crashes are backed off and never given up on.
void ReadRestart(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  std::string_view word = std::string_view(*text).substr(0, text->find(':'));
  if (word == "always" || word == "unless-stopped")
    service.restart = {RestartPolicy::kAlways, at.mark()};
  else if (word == "on-failure")
    service.restart = {RestartPolicy::kOnFailure, at.mark()};
  else if (word == "no" || word == "false")
    service.restart = {RestartPolicy::kNever, at.mark()};
  else
    at.Error("one of no, always, on-failure, unless-stopped is wanted here, not " + at.Shown());
}

// Whether the user exists is known only to the image.
void ReadUser(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  if (text->find_first_of(" \t\r\n/") != text->npos)
    return at.Error("a user or user:group is wanted here, not " + at.Shown());
  service.member.user = std::move(*text);
}

void ReadWorkingDir(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  if (!text->starts_with('/'))
    return at.Error("an absolute path is wanted here, not " + at.Shown());
  service.member.working_dir = std::move(*text);
}

void ReadReadOnly(const Cursor& at, ServiceDraft& service) {
  service.member.read_only = at.Bool().value_or(false);
}

void ReadInit(const Cursor& at, ServiceDraft& service) {
  service.member.init = at.Bool().value_or(false);
}

// Names and numbers alike; the engine knows which exist.
void ReadStopSignal(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  const bool known =
      text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-") == text->npos;
  if (!known || text->size() > 16)
    return at.Error("a signal such as SIGTERM is wanted here, not " + at.Shown());
  service.member.stop_signal = std::move(*text);
}

void ReadStopGrace(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  service.stop_grace = ParseDuration(*text);
  if (!service.stop_grace)
    at.Error("a duration such as 30s or 1m30s is wanted here, not " + at.Shown());
}

// "cap_net_admin", "CAP_NET_ADMIN" and "NET_ADMIN" are one.
std::string UpperWithoutCap(std::string_view name) {
  std::string out;
  for (char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out.starts_with("CAP_") ? out.substr(4) : out;
}

void ReadCapAdd(const Cursor& at, ServiceDraft& service) {
  if (!at.ExpectList("a list of capabilities")) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    auto text = item.NonEmptyText();
    if (!text) continue;
    std::string name = UpperWithoutCap(*text);
    if (std::ranges::find(kCapabilities, name) == kCapabilities.end())
      item.Error("capability " + item.Shown() +
                 " would reach beyond the instance: name only those it needs, such as SYS_NICE");
    else
      service.member.cap_add.push_back(std::move(name));
  }
}

// Dropping more than there is does no harm, so any name is taken.
void ReadCapDrop(const Cursor& at, ServiceDraft& service) {
  auto names = at.TextList();
  if (!names) return;
  for (const std::string& name : *names) service.member.cap_drop.push_back(UpperWithoutCap(name));
}

// The older spelling of deploy.replicas.
void ReadScale(const Cursor& at, ServiceDraft&) {
  auto text = at.Text();
  if (!text) return;
  if (*text != "1")
    at.Error("one instance is one set of containers: remove `scale`, or give the service more cpu");
  else if (at.session().notes)
    at.Note("'scale' has no effect: every service runs once");
}

void ReadNetworkMode(const Cursor& at, ServiceDraft&) {
  auto text = at.Text();
  if (!text) return;
  if (*text == "host")
    at.Error(
        "'network_mode: host' is not supported: the services of an instance share a network "
        "of their own; remove the key");
  else if (at.session().notes)
    at.Note("'network_mode' has no effect: the services of an instance share one network");
}

void ReadPrivileged(const Cursor& at, ServiceDraft&) {
  if (at.Bool().value_or(false))
    at.Error("'privileged' is not supported: name the capabilities it needs under cap_add");
}

// Reasons and remedies that several keys share.
constexpr std::string_view kOneNetwork = "the services of an instance share one network";
constexpr std::string_view kOnePod =
    "one instance has one host name; services reach each other by name and by localhost";
constexpr std::string_view kMachine = "it is a matter of the machine, not of the application";
constexpr std::string_view kDns = "names are resolved as the machine resolves them";
constexpr std::string_view kInline =
    "nothing is read from the vendor's disk; write the values under `environment`, or let "
    "`kuberlogic template import` do it";
constexpr std::string_view kIsolation = "an instance is isolated from its machine; remove it";

using Rule = KeyRule<ServiceDraft>;

// Sorted, for a binary search; the assertion below keeps it so.
constexpr std::array kRules = {
    Rule{"annotations", ReadAnnotations},
    NoteKey<ServiceDraft>("attach", "logs are kept for every service"),
    RefuseKey<ServiceDraft>("blkio_config", kMachine),
    RefuseKey<ServiceDraft>(
        "build", "an instance runs ready images; build it, push it, and name it under `image`"),
    Rule{"cap_add", ReadCapAdd},
    Rule{"cap_drop", ReadCapDrop},
    RefuseKey<ServiceDraft>("cgroup", kIsolation),
    RefuseKey<ServiceDraft>("cgroup_parent", kIsolation),
    Rule{"command", ReadCommand},
    Rule{"configs", ReadServiceConfigs},
    NoteKey<ServiceDraft>("container_name", kOnePod),
    NoteKey<ServiceDraft>("cpu_shares", "use x-kuberlogic-share to divide the plan's cpu"),
    Rule{"cpus", ReadCpus},
    RefuseKey<ServiceDraft>("cpuset", kMachine),
    Rule{"depends_on", ReadDependsOn},
    Rule{"deploy", ReadDeploy},
    NoteKey<ServiceDraft>("develop", "it is for development"),
    RefuseKey<ServiceDraft>("device_cgroup_rules", kIsolation),
    RefuseKey<ServiceDraft>("devices", kIsolation),
    NoteKey<ServiceDraft>("dns", kDns),
    NoteKey<ServiceDraft>("dns_opt", kDns),
    NoteKey<ServiceDraft>("dns_search", kDns),
    RefuseKey<ServiceDraft>("domainname", "the domain is given by KuberLogic; see {{ .Host }}"),
    Rule{"entrypoint", ReadEntrypoint},
    RefuseKey<ServiceDraft>("env_file", kInline),
    Rule{"environment", ReadEnvironment},
    Rule{"expose", ReadExpose},
    Rule{"extends", [](const Cursor&, ServiceDraft&) {}},  // read before, see extends.cc
    RefuseKey<ServiceDraft>("external_links", kIsolation),
    Rule{"extra_hosts", ReadExtraHosts},
    RefuseKey<ServiceDraft>("group_add", "give the group in `user: name:group`"),
    Rule{"healthcheck", ReadHealthcheck},
    NoteKey<ServiceDraft>("hostname", kOnePod),
    Rule{"image", ReadImage},
    Rule{"init", ReadInit},
    RefuseKey<ServiceDraft>("ipc", kIsolation),
    RefuseKey<ServiceDraft>("isolation", kIsolation),
    Rule{"labels", ReadLabels},
    NoteKey<ServiceDraft>("links", kOnePod),
    NoteKey<ServiceDraft>("logging", "logs are kept by KuberLogic"),
    RefuseKey<ServiceDraft>("mac_address", kIsolation),
    Rule{"mem_limit", ReadMemLimit},
    NoteKey<ServiceDraft>("mem_reservation", "memory is divided by the plan"),
    NoteKey<ServiceDraft>("mem_swappiness", kMachine),
    RefuseKey<ServiceDraft>("memswap_limit", kMachine),
    Rule{"network_mode", ReadNetworkMode},
    NoteKey<ServiceDraft>("networks", kOneNetwork),
    NoteKey<ServiceDraft>("oom_kill_disable", kMachine),
    NoteKey<ServiceDraft>("oom_score_adj", kMachine),
    RefuseKey<ServiceDraft>("pid", kIsolation),
    NoteKey<ServiceDraft>("pids_limit", "every container has a limit of processes already"),
    NoteKey<ServiceDraft>("platform", kMachine),
    Rule{"ports", ReadPorts},
    RefuseKey<ServiceDraft>("post_start",
                            "do it in the image's entrypoint, or in a service of its own"),
    RefuseKey<ServiceDraft>("pre_stop", "handle the stop signal"),
    Rule{"privileged", ReadPrivileged},
    Rule{"profiles", ReadProfiles},
    NoteKey<ServiceDraft>("pull_policy", "an image is pulled when it is not there yet"),
    Rule{"read_only", ReadReadOnly},
    Rule{"restart", ReadRestart},
    RefuseKey<ServiceDraft>("runtime", kMachine),
    Rule{"scale", ReadScale},
    Rule{"secrets", ReadServiceSecrets},
    Rule{"security_opt", ReadSecurityOpt},
    Rule{"shm_size", ReadShmSize},
    NoteKey<ServiceDraft>("stdin_open", "nobody is at the console"),
    Rule{"stop_grace_period", ReadStopGrace},
    Rule{"stop_signal", ReadStopSignal},
    RefuseKey<ServiceDraft>("storage_opt", "use limits.storage of a plan"),
    Rule{"sysctls", ReadSysctls},
    Rule{"tmpfs", ReadTmpfs},
    NoteKey<ServiceDraft>("tty", "nobody is at the console"),
    Rule{"ulimits", ReadUlimits},
    Rule{"user", ReadUser},
    RefuseKey<ServiceDraft>("userns_mode", kIsolation),
    RefuseKey<ServiceDraft>("uts", kIsolation),
    Rule{"volumes", ReadVolumeMounts},
    RefuseKey<ServiceDraft>("volumes_from", "name the same volume in both services"),
    Rule{"working_dir", ReadWorkingDir},
    Rule{"x-kuberlogic-access-http-path", ReadAccessPath},
    Rule{"x-kuberlogic-backup", ReadBackup},
    Rule{"x-kuberlogic-file-configs", ReadFileConfigs},
    Rule{"x-kuberlogic-health-endpoint", ReadHealthEndpoint},
    Rule{"x-kuberlogic-set-credentials-cmd", ReadCredentialsCommand},
    Rule{"x-kuberlogic-share", ReadShare},
};
static_assert(std::ranges::is_sorted(kRules, {}, &Rule::key));

}  // namespace

void NoteSecretArgument(const Cursor& at) {
  if (!at.session().notes) return;
  bool found = at.UsesSecret();
  for (const Node* item : at.node().items) found |= item->text && item->text->uses_secret;
  if (found) at.Note("a secret among the arguments shows in process lists: pass it by environment");
}

void ReadService(const Cursor& at, ServiceDraft& service) {
  ReadKeys<ServiceDraft>(at, kRules, service);
  service.has_image |=
      !at.node().is_mapping() || at.node().Find("image") || at.node().Find("build");
}

}  // namespace kl::tmpl
