#include "adapters/engine_docker/encode.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "base/hash.h"

namespace kl::docker {
namespace json = boost::json;
namespace {

// What images commonly need to take their data over, drop to their user and serve.
constexpr const char* kDefaultCapabilities[] = {
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"};
constexpr std::int64_t kPauseMemoryBytes = 16 << 20;
constexpr std::int64_t kPausePids = 16;

json::object LabelsObject(const Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

json::array Strings(const std::vector<std::string>& list) {
  json::array array;
  for (const auto& item : list) array.emplace_back(item);
  return array;
}

// Without a bound, a chatty application fills the engine's disk.
json::object LogSettings() {
  return {{"Type", "json-file"}, {"Config", json::object{{"max-size", "10m"}}}};
}

json::object Confined() {
  json::object host;
  host["RestartPolicy"] = json::object{{"Name", "no"}};
  host["CapDrop"] = json::array{"ALL"};
  host["SecurityOpt"] = json::array{"no-new-privileges"};
  host["LogConfig"] = LogSettings();
  return host;
}

json::object SysctlsObject(const Sysctls& sysctls) {
  json::object object;
  for (const auto& [name, value] : sysctls) object[name] = value;
  return object;
}

// The limit of this process, which a container it asks for can be given without CAP_SYS_RESOURCE.
// Of processes an engine keeps no more than there can be for itself, whatever we may have.
std::int64_t OwnLimit(__rlimit_resource resource) {
  rlimit own{};
  if (::getrlimit(resource, &own) != 0) return 0;
  auto most = own.rlim_max == RLIM_INFINITY ? -1 : static_cast<std::int64_t>(own.rlim_max);
  std::int64_t pid_max = 0;
  if (resource == RLIMIT_NPROC && std::ifstream("/proc/sys/kernel/pid_max") >> pid_max) {
    most = most < 0 ? pid_max : std::min(most, pid_max);
  }
  return most;
}

// Podman forgets its configured defaults as soon as one limit is named, and asks for 2^20 open
// files and processes instead: more than a confined machine grants (seen with 4.3). So ours are
// sent along.
json::array Ulimits(const Member& member) {
  json::array array;
  for (const auto& limit : member.ulimits) {
    array.push_back(json::object{{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  }
  for (const auto& [name, resource] :
       {std::pair("nofile", RLIMIT_NOFILE), {"nproc", RLIMIT_NPROC}}) {
    const auto named = [&name](const auto& limit) { return limit.name == name; };
    const std::int64_t most = OwnLimit(resource);
    if (most == 0 || std::ranges::any_of(member.ulimits, named)) continue;
    array.push_back(json::object{{"Name", name}, {"Soft", most}, {"Hard", most}});
  }
  return array;
}

json::array Mounts(const Member& member, const std::vector<Bind>& binds) {
  json::array mounts;
  for (const auto& bind : binds) {
    mounts.push_back(json::object{{"Type", "bind"},
                                  {"Source", bind.source},
                                  {"Target", bind.target},
                                  {"ReadOnly", bind.read_only}});
  }
  for (const auto& tmpfs : member.tmpfs) {
    mounts.push_back(
        json::object{{"Type", "tmpfs"},
                     {"Target", tmpfs.path},
                     {"TmpfsOptions", json::object{{"SizeBytes", tmpfs.bytes}, {"Mode", 01777}}}});
  }
  return mounts;
}

json::object MemberHost(const Member& member, const MemberContainer& container) {
  json::object host = Confined();
  host["NetworkMode"] = "container:" + container.pause_id;
  host["CapAdd"] = Strings(Capabilities(member));
  host["Mounts"] = Mounts(member, container.binds);
  host["PidsLimit"] = container.pids_max;
  host["ReadonlyRootfs"] = member.read_only;
  host["Init"] = member.init;
  if (!member.ulimits.empty()) host["Ulimits"] = Ulimits(member);
  if (!container.sysctls.empty()) host["Sysctls"] = SysctlsObject(container.sysctls);
  if (member.shm_bytes > 0) host["ShmSize"] = member.shm_bytes;
  if (member.memory_bytes > 0) {
    host["Memory"] = member.memory_bytes;
    host["MemorySwap"] = member.memory_bytes;  // the same: no swap on top
  }
  if (member.memory_reserved_bytes > 0) host["MemoryReservation"] = member.memory_reserved_bytes;
  if (member.cpu_millis > 0) host["NanoCpus"] = member.cpu_millis * 1'000'000;
  // 1024 shares are one cpu by convention; 2 is the least the kernel takes.
  if (member.cpu_reserved_millis > 0) {
    host["CpuShares"] = std::max<std::int64_t>(2, member.cpu_reserved_millis * 1024 / 1000);
  }
  return host;
}

}  // namespace

std::vector<std::string> Capabilities(const Member& member) {
  const auto& drop = member.cap_drop;
  std::set<std::string> wanted;
  if (std::ranges::find(drop, "ALL") == drop.end()) {
    wanted.insert(std::begin(kDefaultCapabilities), std::end(kDefaultCapabilities));
  }
  for (const auto& name : drop) wanted.erase(name);
  wanted.insert(member.cap_add.begin(), member.cap_add.end());
  return {wanted.begin(), wanted.end()};
}

std::string EncodePause(const PauseContainer& pause) {
  json::object host = Confined();
  host["NetworkMode"] = pause.network;
  host["ReadonlyRootfs"] = true;
  host["Memory"] = kPauseMemoryBytes;
  host["PidsLimit"] = kPausePids;
  if (!pause.sysctls.empty()) host["Sysctls"] = SysctlsObject(pause.sysctls);
  json::object exposed;
  json::object bindings;
  for (const auto& [inside, outside] : pause.ports) {
    const std::string port = std::to_string(inside) + "/tcp";
    exposed[port] = json::object();
    bindings[port] =
        json::array{json::object{{"HostIp", "127.0.0.1"}, {"HostPort", std::to_string(outside)}}};
  }
  host["PortBindings"] = std::move(bindings);
  return json::serialize(json::object{{"Image", pause.image},
                                      {"Hostname", pause.hostname},
                                      {"ExposedPorts", std::move(exposed)},
                                      {"Labels", LabelsObject(pause.labels)},
                                      {"HostConfig", std::move(host)}});
}

std::string EncodeMember(const Member& member, const MemberContainer& container) {
  json::object body;
  body["Image"] = member.image;
  if (member.entrypoint) body["Entrypoint"] = Strings(*member.entrypoint);
  if (member.command) body["Cmd"] = Strings(*member.command);
  json::array env;
  for (const auto& variable : member.env) {
    env.emplace_back(variable.name + "=" + variable.value.Reveal());
  }
  body["Env"] = std::move(env);
  if (!member.user.empty()) body["User"] = member.user;
  if (!member.working_dir.empty()) body["WorkingDir"] = member.working_dir;
  if (!member.stop_signal.empty()) body["StopSignal"] = member.stop_signal;
  // Probes are ours: the engine need not run the image's own as well.
  body["Healthcheck"] = json::object{{"Test", json::array{"NONE"}}};
  Labels labels = container.labels;
  for (const auto& [name, value] : member.labels) labels.emplace(name, value);
  // The engine keeps no annotations of its own that could be asked for: they are labels, too.
  for (const auto& [name, value] : member.annotations) labels.emplace(name, value);
  body["Labels"] = LabelsObject(labels);
  body["HostConfig"] = MemberHost(member, container);
  return json::serialize(body);
}

std::string EncodeReader(const std::string& image, const Labels& labels) {
  return json::serialize(json::object{
      {"Image", image},
      {"Entrypoint", json::array{"/none"}},
      {"Labels", LabelsObject(labels)},
      {"HostConfig",
       json::object{{"NetworkMode", "none"}, {"RestartPolicy", json::object{{"Name", "no"}}}}}});
}

std::string EncodeExec(const std::vector<std::string>& argv, const std::vector<std::string>& env) {
  json::object out{{"Cmd", Strings(argv)}, {"AttachStdout", true}, {"AttachStderr", true}};
  if (!env.empty()) out["Env"] = Strings(env);
  return json::serialize(out);
}

std::string EncodeNetwork(const std::string& name, const std::string& subnet, const Labels& labels,
                          bool podman) {
  if (podman) {
    return json::serialize(json::object{
        {"name", name},
        {"driver", "bridge"},
        {"subnets", json::array{json::object{{"subnet", subnet}}}},
        {"options", json::object{{"isolate", "true"}}},
        // Members are resolved by their hosts file; a name server per network is a process more.
        {"dns_enabled", false},
        {"labels", LabelsObject(labels)}});
  }
  return json::serialize(json::object{
      {"Name", name},
      {"Driver", "bridge"},
      {"CheckDuplicate", true},
      {"IPAM", json::object{{"Config", json::array{json::object{{"Subnet", subnet}}}}}},
      {"Labels", LabelsObject(labels)}});
}

std::string EncodeFilter(const std::vector<std::string>& labels, const std::string& type) {
  json::object filter{{"label", Strings(labels)}};
  if (!type.empty()) filter["type"] = json::array{type};
  return json::serialize(filter);
}

std::string EncodeAuth(const std::string& user, const std::string& password,
                       const std::string& registry) {
  std::string text = Base64(json::serialize(
      json::object{{"username", user}, {"password", password}, {"serveraddress", registry}}));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace kl::docker
