// Parts of an instance that all its services share and each may add to.
#include <algorithm>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

struct Origin {
  const ServiceDraft* service;
  Mark mark;
  std::string value;
};

// Two services with two values for one thing that there is only once.
void ReportClash(const Cursor& root, const ServiceDraft& service, std::string_view key,
                 const Marked<NameValue>& item, const Origin& other) {
  root.ErrorIn(service.Path(key), item.mark,
               "service '" + other.service->member.name + "' (line " +
                   std::to_string(other.mark.line) + ") gives '" + item.value.first +
                   "' another value: services of an instance share their network, keep one of "
                   "them");
}

// One hosts file serves all. A name may have several addresses, if one service says so.
void ShareHosts(const Cursor& root, const AppDraft& app, AppSpec& spec) {
  std::map<std::string, Origin> seen;
  for (const ServiceDraft& service : app.services) {
    for (const auto& host : service.extra_hosts) {
      const auto& [name, address] = host.value;
      if (app.Find(name) || app.asleep.contains(name) || name == "localhost") {
        root.ErrorIn(service.Path("extra_hosts"), host.mark,
                     "'" + name + "' is a service of this instance already: remove the line");
        continue;
      }
      auto known = seen.find(name);
      const bool twice = std::ranges::find(spec.extra_hosts, host.value) != spec.extra_hosts.end();
      if (!twice && known != seen.end() && known->second.service != &service)
        ReportClash(root, service, "extra_hosts", host, known->second);
      seen.emplace(name, Origin{&service, host.mark, address});
      if (!twice) spec.extra_hosts.push_back(host.value);
    }
  }
}

void ShareSysctls(const Cursor& root, const AppDraft& app, AppSpec& spec) {
  std::map<std::string, Origin> seen;
  for (const ServiceDraft& service : app.services) {
    for (const auto& setting : service.sysctls) {
      const auto& [name, value] = setting.value;
      auto [known, fresh] = seen.emplace(name, Origin{&service, setting.mark, value});
      if (!fresh && known->second.value != value)
        ReportClash(root, service, "sysctls", setting, known->second);
      spec.sysctls[name] = value;
    }
  }
}

// "/srv/data/uploads" as "data/uploads" when /srv/data is the volume `data`; empty when the path is
// on none.
std::string OnStorage(const ServiceDraft& service, std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const VolumeMount* best = nullptr;
  for (const auto& mount : service.mounts) {
    const std::string& at = mount.value.path;
    const bool below = path == at || (path.starts_with(at) && path[at.size()] == '/');
    if (below && (!best || best->path.size() < at.size())) best = &mount.value;
  }
  const bool climbs = path.find("/../") != path.npos || path.ends_with("/..");
  if (!best || climbs) return {};
  return best->volume + std::string(path.substr(best->path.size()));
}

void ShareBackup(const Cursor& root, const AppDraft& app, AppSpec& spec) {
  for (const ServiceDraft& service : app.services) {
    if (!service.backup) continue;
    BackupHook hook{service.member.name, service.backup->pre, service.backup->post, {}};
    for (const auto& volume : service.backup->volumes) {
      if (!app.volumes.contains(volume.value))
        root.ErrorIn(service.Path("x-kuberlogic-backup.volumes"), volume.mark,
                     "volume '" + volume.value.substr(0, 100) +
                         "' is not declared: name one of the top-level `volumes`");
      hook.include.push_back(volume.value);
    }
    for (const auto& path : service.backup->paths) {
      std::string kept = OnStorage(service, path.value);
      if (kept.empty())
        root.ErrorIn(service.Path("x-kuberlogic-backup.paths"), path.mark,
                     "'" + path.value.substr(0, 100) +
                         "' is on no volume of this service, so it does not outlive its container: "
                         "mount a volume there");
      hook.include.push_back(std::move(kept));
    }
    spec.backup.push_back(std::move(hook));
  }
}

}  // namespace

void ShareParts(const Cursor& root, const AppDraft& app, AppSpec& spec) {
  ShareHosts(root, app, spec);
  ShareSysctls(root, app, spec);
  ShareBackup(root, app, spec);
}

}  // namespace kl::tmpl
