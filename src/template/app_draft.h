// What is read of a template before its parts are put together.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "domain/app_spec.h"
#include "template/cursor.h"

namespace kl::tmpl {

template <class T>
struct Marked {
  T value{};
  Mark mark;
};

// A config or secret a service mounts.
struct FileReference {
  std::string source;
  std::string path;
  std::uint32_t mode = 0444;
  bool is_secret = false;
  Mark mark;
};

// x-kuberlogic-backup, before its volumes and paths are looked up.
struct BackupDraft {
  std::vector<std::string> pre, post;
  std::vector<Marked<std::string>> volumes, paths;
};

using NameValue = std::pair<std::string, std::string>;

struct ServiceDraft {
  Member member;
  Mark mark;
  // "services.web", or "services.web.ports" with a key.
  std::string Path(std::string_view key = {}) const {
    return "services." + member.name + (key.empty() ? "" : ".") + std::string(key);
  }

  std::vector<Marked<VolumeMount>> mounts;
  std::vector<FileReference> files;
  std::vector<Marked<Dependency>> depends_on;
  std::set<std::string> optional;  // members it waits for only if they run
  std::vector<std::string> profiles;
  std::map<std::string, std::size_t> variables;  // places in member.env
  std::vector<Marked<NameValue>> extra_hosts;    // name, address
  std::vector<Marked<NameValue>> sysctls;
  std::optional<BackupDraft> backup;
  bool has_image = false;  // or would, were it not for an error

  std::optional<Marked<std::uint16_t>> exposed;  // its first port under `ports`
  std::vector<Marked<std::uint16_t>> ports;      // and `expose`, each once
  std::optional<Marked<std::string>> access_path;
  std::optional<Marked<std::string>> health_path;
  std::optional<Marked<bool>> healthcheck;  // false: disabled by the template
  std::optional<Marked<RestartPolicy>> restart;

  std::optional<Marked<std::int64_t>> cpu_millis;
  std::optional<Marked<std::int64_t>> memory_bytes;
  double share = 1;
  std::optional<std::chrono::milliseconds> stop_grace;
  std::optional<std::vector<std::string>> credentials_command;
};

struct AppDraft {
  std::vector<ServiceDraft> services;         // those that run
  std::map<std::string, std::string> asleep;  // those that do not, with their profiles
  std::map<std::string, Mark, std::less<>> volumes;
  std::vector<std::string> volume_order;
  std::map<std::string, SecretString, std::less<>> configs, secrets;

  const ServiceDraft* Find(std::string_view name) const {
    for (const ServiceDraft& service : services)
      if (service.member.name == name) return &service;
    return nullptr;
  }
};

// ---- readers, one file each ----

void ReadService(const Cursor& at, ServiceDraft& service);      // read_service.cc
void ReadEnvironment(const Cursor& at, ServiceDraft& service);  // read_environment.cc
void ReadLabels(const Cursor& at, ServiceDraft& service);
void ReadAnnotations(const Cursor& at, ServiceDraft& service);
void ReadPorts(const Cursor& at, ServiceDraft& service);  // read_ports.cc
void ReadExpose(const Cursor& at, ServiceDraft& service);
void ReadVolumeMounts(const Cursor& at, ServiceDraft& service);  // read_volumes.cc
void ReadTmpfs(const Cursor& at, ServiceDraft& service);
void ReadVolumes(const Cursor& at, AppDraft& app);
void ReadHealthcheck(const Cursor& at, ServiceDraft& service);  // read_healthcheck.cc
void ReadDependsOn(const Cursor& at, ServiceDraft& service);    // read_depends_on.cc
void ReadDeploy(const Cursor& at, ServiceDraft& service);       // read_resources.cc
void ReadCpus(const Cursor& at, ServiceDraft& service);
void ReadMemLimit(const Cursor& at, ServiceDraft& service);
void ReadShmSize(const Cursor& at, ServiceDraft& service);
void ReadConfigs(const Cursor& at, AppDraft& app);  // read_files.cc
void ReadSecrets(const Cursor& at, AppDraft& app);
void ReadServiceConfigs(const Cursor& at, ServiceDraft& service);
void ReadServiceSecrets(const Cursor& at, ServiceDraft& service);
void ReadFileConfigs(const Cursor& at, ServiceDraft& service);
void ReadAccessPath(const Cursor& at, ServiceDraft& service);  // read_extensions.cc
void ReadHealthEndpoint(const Cursor& at, ServiceDraft& service);
void ReadShare(const Cursor& at, ServiceDraft& service);
void ReadCredentialsCommand(const Cursor& at, ServiceDraft& service);
void ReadBackup(const Cursor& at, ServiceDraft& service);      // read_backup.cc
void ReadExtraHosts(const Cursor& at, ServiceDraft& service);  // read_kernel.cc
void ReadSysctls(const Cursor& at, ServiceDraft& service);
void ReadUlimits(const Cursor& at, ServiceDraft& service);
void ReadSecurityOpt(const Cursor& at, ServiceDraft& service);
void ReadProfiles(const Cursor& at, ServiceDraft& service);  // profiles.cc

// Anyone who can list processes on the machine reads arguments, so a secret among them is noted. It
// is not refused: some programs take theirs in no other way. read_service.cc.
void NoteSecretArgument(const Cursor& at);

// Reads the services below `services`, each after those it extends; extends.cc.
class ServiceReader {
 public:
  explicit ServiceReader(const Cursor& services) : services_(services) {}
  void Read(const Cursor& at, ServiceDraft& service);

 private:
  void ReadLevel(const Cursor& at, std::vector<const Node*>& chain, ServiceDraft& service);
  const Entry* FindBase(const Cursor& at, const std::vector<const Node*>& chain);

  const Cursor& services_;
  std::size_t weight_ = 0;  // of everything inherited, see kWeightMax
  bool lost_base_ = false;  // an `extends` of the service leads nowhere
};

// Takes the services that no active profile names out of `app`; profiles.cc.
void ApplyProfiles(const Cursor& services, AppDraft& app);

// The whole file but its x-kuberlogic-* sections at the top; read_app.cc.
void ReadApp(const Cursor& root, AppDraft& app);

// ---- assembly ----

// The plan's figures, and where they are written.
struct PlanFigures {
  Limits limits;
  std::string plan;
  Mark mark;
};

// Divides the plan's cpu and memory among the services; divide_limits.cc.
void DivideLimits(const Cursor& root, const PlanFigures& figures, AppDraft& app);

// Puts the parts together: checks what spans services, orders members, makes routes. assemble.cc.
void Assemble(const Cursor& root, AppDraft& app, AppSpec& spec);

// What all services share and each may add to: hosts, kernel settings, backup. shared_parts.cc.
void ShareParts(const Cursor& root, const AppDraft& app, AppSpec& spec);

// Members so that every dependency comes before its dependents, else in the order of the text;
// reports undefined ones and cycles. start_order.cc.
std::vector<const ServiceDraft*> StartOrder(const Cursor& root, const AppDraft& app);

}  // namespace kl::tmpl
