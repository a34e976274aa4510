#include "ports/engine.h"

#include <string_view>

#include "base/hash.h"

namespace kl {
namespace {

// Writes fields so that no two different sequences give the same bytes: each with its length.
class Canonical {
 public:
  void Add(std::string_view text) {
    bytes_ += std::to_string(text.size());
    bytes_ += ':';
    bytes_ += text;
  }
  void Add(std::int64_t number) { Add(std::string_view(std::to_string(number))); }
  void Add(const std::vector<std::string>& list) {
    Add(static_cast<std::int64_t>(list.size()));
    for (const auto& item : list) Add(item);
  }
  void Add(const std::optional<std::vector<std::string>>& list) {
    Add(static_cast<std::int64_t>(list.has_value()));
    if (list) Add(*list);
  }
  std::string Digest() const { return Sha256Hex(bytes_); }

 private:
  std::string bytes_;
};

void AddMounts(Canonical& out, const Member& member) {
  out.Add(static_cast<std::int64_t>(member.mounts.size()));
  for (const auto& mount : member.mounts) {
    out.Add(mount.volume);
    out.Add(mount.path);
    out.Add(mount.read_only);
  }
  out.Add(static_cast<std::int64_t>(member.tmpfs.size()));
  for (const auto& mount : member.tmpfs) {
    out.Add(mount.path);
    out.Add(mount.bytes);
  }
  out.Add(static_cast<std::int64_t>(member.files.size()));
  for (const auto& file : member.files) {
    out.Add(file.path);
    out.Add(file.content.Reveal());
    out.Add(file.mode);
  }
}

// What a member's container is made from.
void AddContainer(Canonical& out, const Member& member) {
  out.Add(member.name);
  out.Add(member.image);
  out.Add(member.entrypoint);
  out.Add(member.command);
  out.Add(static_cast<std::int64_t>(member.env.size()));
  for (const auto& variable : member.env) {
    out.Add(variable.name);
    out.Add(variable.value.Reveal());
  }
  AddMounts(out, member);
  for (std::int64_t number : {member.cpu_millis, member.memory_bytes, member.cpu_reserved_millis,
                              member.memory_reserved_bytes, member.shm_bytes,
                              std::int64_t{member.read_only}, std::int64_t{member.init}}) {
    out.Add(number);
  }
  out.Add(member.user);
  out.Add(member.working_dir);
  out.Add(member.stop_signal);
  out.Add(member.cap_add);
  out.Add(member.cap_drop);
  out.Add(static_cast<std::int64_t>(member.labels.size()));
  for (const auto& [name, value] : member.labels) {
    out.Add(name);
    out.Add(value);
  }
}

// What decides how it is supervised.
void AddSupervision(Canonical& out, const Member& member) {
  out.Add(static_cast<std::int64_t>(member.ports.size()));
  for (auto port : member.ports) out.Add(port);
  out.Add(static_cast<std::int64_t>(member.probe.has_value()));
  if (member.probe) {
    const Probe& probe = *member.probe;
    out.Add(probe.exec);
    out.Add(probe.http_path);
    out.Add(probe.http_port);
    out.Add(probe.interval.count());
    out.Add(probe.timeout.count());
    out.Add(probe.start_period.count());
    out.Add(probe.retries);
  }
  out.Add(static_cast<std::int64_t>(member.depends_on.size()));
  for (const auto& dependency : member.depends_on) {
    out.Add(dependency.member);
    out.Add(static_cast<std::int64_t>(dependency.condition));
  }
  out.Add(static_cast<std::int64_t>(member.restart));
}

}  // namespace

std::string Digest(const AppSpec& spec) {
  Canonical out;
  out.Add(spec.name.str());
  out.Add(spec.uid.str());
  out.Add(spec.subscription);
  out.Add(spec.host);
  out.Add(spec.insecure);
  out.Add(spec.storage_bytes);
  out.Add(spec.volumes);
  out.Add(static_cast<std::int64_t>(spec.members.size()));
  for (const auto& member : spec.members) {
    AddContainer(out, member);
    AddSupervision(out, member);
  }
  out.Add(static_cast<std::int64_t>(spec.routes.size()));
  for (const auto& route : spec.routes) {
    out.Add(route.path_prefix);
    out.Add(route.port);
    out.Add(route.member);
    out.Add(route.health_path);
  }
  out.Add(static_cast<std::int64_t>(spec.extra_hosts.size()));
  for (const auto& [name, address] : spec.extra_hosts) {
    out.Add(name);
    out.Add(address);
  }
  out.Add(spec.stop_grace.count());
  return out.Digest();
}

std::string Digest(const AppSpec& spec, const Member& member) {
  Canonical out;
  out.Add(spec.uid.str());
  AddContainer(out, member);
  return out.Digest();
}

}  // namespace kl
