// AppSpec: one instance, rendered and complete, in no engine's terms. What an engine runs is a pure
// function of it; equal AppSpecs restart nothing.
//
// One instance is one pod: all members share a network namespace, reach each other by member name
// and by localhost, and live on one storage of `storage_bytes`, of which each volume is a
// directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "domain/ids.h"

namespace kl {

struct EnvVar {
  std::string name;
  SecretString value;  // any value may hold a generated secret
};

struct VolumeMount {
  std::string volume;  // a name in AppSpec::volumes
  std::string path;    // absolute, in the container
  bool read_only = false;
};

struct TmpfsMount {
  std::string path;
  std::int64_t bytes = 64 << 20;
};

// A file mounted read-only: x-kuberlogic-file-configs, configs and secrets.
struct FileMount {
  std::string path;
  SecretString content;
  std::uint32_t mode = 0444;
};

// How a member is asked whether it is healthy: a command in the container, or an HTTP GET.
struct Probe {
  std::vector<std::string> exec;  // empty: HTTP
  std::string http_path;
  std::uint16_t http_port = 0;
  std::chrono::milliseconds interval{30000};
  std::chrono::milliseconds timeout{30000};
  std::chrono::milliseconds start_period{0};
  int retries = 3;  // consecutive failures after start_period until unhealthy
};

enum class DependencyCondition { kStarted, kHealthy, kCompleted };
struct Dependency {
  std::string member;
  DependencyCondition condition = DependencyCondition::kStarted;
};

// A limit of the kernel on each process of a member; -1 is none.
struct Ulimit {
  std::string name;  // "nofile"
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

enum class RestartPolicy { kAlways, kOnFailure, kNever };

struct Member {
  std::string name;  // the service's name in the template
  std::string image;
  std::optional<std::vector<std::string>> entrypoint;  // replaces the image's
  std::optional<std::vector<std::string>> command;     // arguments; the image's entrypoint stays
  std::vector<EnvVar> env;
  std::vector<VolumeMount> mounts;
  std::vector<TmpfsMount> tmpfs;
  std::vector<FileMount> files;
  std::vector<std::uint16_t> ports;  // container ports it declares
  std::optional<Probe> probe;        // none: healthy once running
  std::vector<Dependency> depends_on;
  RestartPolicy restart = RestartPolicy::kAlways;
  std::int64_t cpu_millis = 0;    // 0: no limit
  std::int64_t memory_bytes = 0;  // 0: no limit
  std::int64_t cpu_reserved_millis = 0;
  std::int64_t memory_reserved_bytes = 0;
  std::int64_t shm_bytes = 64 << 20;
  std::string user;  // as the template says; a name is resolved from the image
  std::string working_dir;
  bool read_only = false;
  bool init = false;
  std::string stop_signal;           // empty: the image's
  std::vector<std::string> cap_add;  // upper case without CAP_
  std::vector<std::string> cap_drop;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<Ulimit> ulimits;  // each name once
};

// A path prefix of the instance's host and the container port behind it.
struct AppRoute {
  std::string path_prefix = "/";
  std::uint16_t port = 0;
  std::string member;
  std::string health_path = "/";  // answers 2xx or 3xx when ready
};

// What a backup of the instance does in one member. Nothing of it changes what runs.
struct BackupHook {
  std::string member;
  std::vector<std::string> pre;   // run in the member before, such as a dump; empty: nothing
  std::vector<std::string> post;  // and after, whether or not the backup succeeded
  // Directories of the storage that are kept: "data", "data/uploads". Empty in all hooks: all.
  std::vector<std::string> include;
};

struct AppSpec {
  ServiceName name;
  ServiceUid uid;
  std::string subscription;        // ToString(SubscriptionKey), empty when made by hand
  std::string host;                // magnetic-llama.example.com
  bool insecure = false;           // http only
  std::int64_t storage_bytes = 0;  // 0: the template has no volumes
  std::vector<std::string> volumes;
  std::vector<Member> members;  // in start order: every dependency before its dependents
  std::vector<AppRoute> routes;
  std::vector<std::pair<std::string, std::string>> extra_hosts;  // name, address
  std::chrono::milliseconds stop_grace{10000};                   // the greatest of the members'
  // Of the instance's namespaces: `net.*` of the network that the members share, the rest of each
  // member's own IPC.
  std::map<std::string, std::string> sysctls;
  std::vector<BackupHook> backup;
};

}  // namespace kl
