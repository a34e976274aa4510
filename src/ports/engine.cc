#include "ports/engine.h"

#include "domain/canonical.h"

namespace kl {
namespace {

// Each Add() takes its struct apart by structured bindings: a field added to the struct does not
// compile until someone has decided here that it matters. Order: as declared in domain/app_spec.h.
// What came after the first release enters only where it is used: digests of running instances stay
// as they are.

// A digest is stored and shown: what a secret is must not be found out from it by trying, so the
// secret enters as a hash of its own, and only the hash of the whole leaves.
void Add(Canonical& text, const SecretString& secret) { text.Text(Sha256Hex(secret.Reveal())); }
void Add(Canonical& text, const std::string& value) { text.Text(value); }
void Add(Canonical& text, std::int64_t value) { text.Number(value); }
void Add(Canonical& text, std::chrono::milliseconds value) { text.Number(value.count()); }

void Add(Canonical& text, const EnvVar& env) {
  const auto& [name, value] = env;
  Add(text.Text(name), value);
}

void Add(Canonical& text, const VolumeMount& mount) {
  const auto& [volume, path, read_only] = mount;
  text.Text(volume).Text(path).Number(read_only);
}

void Add(Canonical& text, const TmpfsMount& mount) {
  const auto& [path, bytes] = mount;
  text.Text(path).Number(bytes);
}

void Add(Canonical& text, const FileMount& file) {
  const auto& [path, content, mode] = file;
  Add(text.Text(path), content);
  text.Number(mode);
}

void Add(Canonical& text, const Dependency& dependency) {
  const auto& [member, condition] = dependency;
  text.Text(member).Number(static_cast<int>(condition));
}

void Add(Canonical& text, const Ulimit& ulimit) {
  const auto& [name, soft, hard] = ulimit;
  text.Text(name).Number(soft).Number(hard);
}

void Add(Canonical& text, const BackupHook& hook) {
  const auto& [member, pre, post, include] = hook;
  text.Text(member).Texts(pre).Texts(post).Texts(include);
}

void Add(Canonical& text, const AppRoute& route) {
  const auto& [path_prefix, port, member, health_path] = route;
  text.Text(path_prefix).Number(port).Text(member).Text(health_path);
}

void Add(Canonical& text, const std::pair<std::string, std::string>& pair) {
  text.Text(pair.first).Text(pair.second);
}

void Add(Canonical& text, const Probe& probe);
void Add(Canonical& text, const Member& member);

template <class T>
void Add(Canonical& text, const std::vector<T>& list) {
  text.Number(std::ssize(list));
  for (const auto& item : list) Add(text, item);
}

template <class T>
void Add(Canonical& text, const std::optional<T>& value) {
  text.Number(value ? 1 : 0);
  if (value) Add(text, *value);
}

void Add(Canonical& text, const Probe& probe) {
  const auto& [exec, http_path, http_port, interval, timeout, start_period, retries] = probe;
  Add(text, exec);
  text.Text(http_path).Number(http_port);
  Add(text, interval);
  Add(text, timeout);
  Add(text, start_period);
  text.Number(retries);
}

void Add(Canonical& text, const Member& member) {
  const auto& [name, image, entrypoint, command, env, mounts, tmpfs, files, ports, probe,
               depends_on, restart, cpu_millis, memory_bytes, cpu_reserved_millis,
               memory_reserved_bytes, shm_bytes, user, working_dir, read_only, init, stop_signal,
               cap_add, cap_drop, labels, annotations, ulimits] = member;
  text.Field("member").Text(name).Text(image);
  Add(text.Field("entrypoint"), entrypoint);
  Add(text.Field("command"), command);
  Add(text.Field("env"), env);
  Add(text.Field("mounts"), mounts);
  Add(text.Field("tmpfs"), tmpfs);
  Add(text.Field("files"), files);
  Add(text.Field("ports"), ports);
  Add(text.Field("probe"), probe);
  Add(text.Field("depends_on"), depends_on);
  text.Field("restart").Number(static_cast<int>(restart));
  text.Field("limits").Number(cpu_millis).Number(memory_bytes);
  text.Field("reserved").Number(cpu_reserved_millis).Number(memory_reserved_bytes);
  text.Field("shm").Number(shm_bytes);
  text.Field("user").Text(user).Field("working_dir").Text(working_dir);
  text.Field("flags").Number(read_only).Number(init);
  text.Field("stop_signal").Text(stop_signal);
  text.Field("cap").Texts(cap_add).Texts(cap_drop);
  text.Field("labels").Texts(labels);
  if (!annotations.empty()) text.Field("annotations").Texts(annotations);
  if (!ulimits.empty()) Add(text.Field("ulimits"), ulimits);
}

}  // namespace

std::string Digest(const AppSpec& spec) {
  const auto& [name, uid, subscription, host, insecure, storage_bytes, volumes, members, routes,
               extra_hosts, stop_grace, sysctls, backup] = spec;
  Canonical text;
  text.Field("name").Text(name.str()).Field("uid").Text(uid.str());
  text.Field("subscription").Text(subscription);
  text.Field("host").Text(host).Number(insecure);
  text.Field("storage").Number(storage_bytes);
  text.Field("volumes").Texts(volumes);
  Add(text.Field("members"), members);
  Add(text.Field("routes"), routes);
  Add(text.Field("extra_hosts"), extra_hosts);
  Add(text.Field("stop_grace"), stop_grace);
  if (!sysctls.empty()) text.Field("sysctls").Texts(sysctls);
  if (!backup.empty()) Add(text.Field("backup"), backup);
  return text.Digest();
}

// Besides the member itself: whose it is, and what the shared /etc/hosts and namespaces have.
// Storage, routes and the other members' insides may change without this container noticing.
std::string Digest(const AppSpec& spec, const Member& member) {
  Canonical text;
  text.Field("name").Text(spec.name.str()).Field("uid").Text(spec.uid.str());
  text.Field("siblings").Number(std::ssize(spec.members));
  for (const auto& sibling : spec.members) text.Text(sibling.name);
  Add(text.Field("extra_hosts"), spec.extra_hosts);
  Add(text, member);
  if (!spec.sysctls.empty()) text.Field("sysctls").Texts(spec.sysctls);
  return text.Digest();
}

}  // namespace kl
