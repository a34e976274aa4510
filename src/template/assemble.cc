#include <algorithm>
#include <set>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

std::string Line(Mark mark) { return "line " + std::to_string(mark.line); }

// Every path in a container belongs to one mount.
void CheckPaths(const Cursor& root, const ServiceDraft& service) {
  std::set<std::string_view> seen;
  auto check = [&](std::string_view path, Mark mark) {
    if (!seen.insert(path).second)
      root.ErrorIn(
          service.Path(), mark,
          "'" + std::string(path) + "' is mounted twice in service '" + service.member.name + "'");
  };
  for (const auto& mount : service.mounts) check(mount.value.path, mount.mark);
  for (const TmpfsMount& mount : service.member.tmpfs) check(mount.path, service.mark);
  for (const FileReference& file : service.files) check(file.path, file.mark);
  for (const FileMount& file : service.member.files) check(file.path, service.mark);
}

// Volumes, configs and secrets by name: each must be declared at the top level.
void Mount(const Cursor& root, const AppDraft& app, ServiceDraft& service) {
  CheckPaths(root, service);
  for (const auto& mount : service.mounts) {
    if (!app.volumes.contains(mount.value.volume))
      root.ErrorIn(service.Path("volumes"), mount.mark,
                   "volume '" + mount.value.volume +
                       "' is not declared: add it under the top-level `volumes`");
    service.member.mounts.push_back(mount.value);
  }
  for (const FileReference& file : service.files) {
    const auto& definitions = file.is_secret ? app.secrets : app.configs;
    auto it = definitions.find(file.source);
    if (it == definitions.end())
      root.ErrorIn(service.Path(file.is_secret ? "secrets" : "configs"), file.mark,
                   "'" + file.source + "' is not defined: add it under the top-level `" +
                       (file.is_secret ? "secrets`" : "configs`"));
    else
      service.member.files.push_back({file.path, it->second, file.mode});
  }
}

// All members share one network namespace, so a port belongs to one of them.
void CheckPorts(const Cursor& root, AppDraft& app) {
  std::map<std::uint16_t, std::pair<const ServiceDraft*, Mark>> owners;
  for (ServiceDraft& service : app.services) {
    for (const auto& port : service.ports) {
      service.member.ports.push_back(port.value);
      auto [owner, fresh] = owners.emplace(port.value, std::pair{&service, port.mark});
      if (fresh) continue;
      root.ErrorIn(service.Path("ports"), port.mark,
                   "port " + std::to_string(port.value) + " is declared by service '" +
                       owner->second.first->member.name + "' (" + Line(owner->second.second) +
                       ") too: services of an instance share a network, let one of them "
                       "listen elsewhere");
    }
  }
}

// One route per exposed service, in the order of the text.
void MakeRoutes(const Cursor& root, const AppDraft& app, AppSpec& spec) {
  std::map<std::string, const ServiceDraft*> paths;
  for (const ServiceDraft& service : app.services) {
    for (const auto& path : {service.access_path, service.health_path})
      if (path && !service.exposed)
        root.ErrorIn(service.Path(), path->mark,
                     "the service has no `ports`, so nothing of it is exposed");
    if (!service.exposed) continue;
    AppRoute route;
    if (service.access_path) route.path_prefix = service.access_path->value;
    if (service.health_path) route.health_path = service.health_path->value;
    route.port = service.exposed->value;
    route.member = service.member.name;
    auto [owner, fresh] = paths.emplace(route.path_prefix, &service);
    if (!fresh)
      root.ErrorIn(service.Path("ports"),
                   service.access_path ? service.access_path->mark : service.exposed->mark,
                   "service '" + owner->second->member.name + "' (" + Line(owner->second->mark) +
                       ") is exposed at '" + route.path_prefix +
                       "' too: give one of them another x-kuberlogic-access-http-path, or replace "
                       "its `ports` by `expose`");
    spec.routes.push_back(std::move(route));
  }
  if (paths.empty() && !app.services.empty())
    root.Error("no service has `ports`: the one that customers visit needs them");
}

// Without a healthcheck of its own an exposed service is asked by HTTP; how often is the engine's
// business.
void AddProbe(const ServiceDraft& service, Member& member) {
  if (service.healthcheck || !service.exposed) return;
  Probe probe;
  probe.http_path = service.health_path ? service.health_path->value : "/";
  probe.http_port = service.exposed->value;
  member.probe = std::move(probe);
}

// Whether some service depends on `name` with service_completed_successfully.
bool IsAwaitedToEnd(const AppDraft& app, const std::string& name) {
  for (const ServiceDraft& service : app.services)
    for (const auto& dependency : service.depends_on)
      if (dependency.value.member == name &&
          dependency.value.condition == DependencyCondition::kCompleted)
        return true;
  return false;
}

// A member that ends is fine only if somebody waits for it: otherwise the instance would be half
// gone and called running.
void SetRestart(const Cursor& root, const AppDraft& app, const ServiceDraft& service,
                Member& member) {
  const bool ends = IsAwaitedToEnd(app, member.name);
  if (ends && service.exposed)
    root.ErrorIn(service.Path(), service.mark,
                 "another service waits for this one to end, so it cannot be exposed");
  if (!service.restart) {
    member.restart = ends ? RestartPolicy::kOnFailure : RestartPolicy::kAlways;
    return;
  }
  member.restart = service.restart->value;
  if (ends && member.restart == RestartPolicy::kAlways)
    root.ErrorIn(service.Path("restart"), service.restart->mark,
                 "another service waits for this one to end: use `restart: on-failure` or \"no\"");
  if (!ends && member.restart == RestartPolicy::kNever)
    root.ErrorIn(service.Path("restart"), service.restart->mark,
                 "a service that ends must be awaited: let another one depend on it with "
                 "service_completed_successfully, or use `restart: always`");
}

// Undefined ones are reported by StartOrder().
void AddDependencies(const Cursor& root, const AppDraft& app, const ServiceDraft& service,
                     Member& member) {
  for (const auto& dependency : service.depends_on) {
    const ServiceDraft* other = app.Find(dependency.value.member);
    if (!other) continue;
    const bool asked = other->member.probe || (!other->healthcheck && other->exposed);
    if (dependency.value.condition == DependencyCondition::kHealthy && !asked &&
        root.session().notes)
      root.session().diagnostics.push_back(
          {Severity::kNote, dependency.mark.line, dependency.mark.column,
           service.Path("depends_on"),
           "'" + other->member.name + "' has no healthcheck: it counts as healthy once it runs"});
    member.depends_on.push_back(dependency.value);
  }
}

}  // namespace

void Assemble(const Cursor& root, AppDraft& app, AppSpec& spec) {
  for (ServiceDraft& service : app.services) Mount(root, app, service);
  CheckPorts(root, app);
  MakeRoutes(root, app, spec);
  spec.volumes = app.volume_order;
  ShareParts(root, app, spec);
  for (const ServiceDraft* service : StartOrder(root, app)) {
    Member member = service->member;
    AddProbe(*service, member);
    SetRestart(root, app, *service, member);
    AddDependencies(root, app, *service, member);
    if (service->stop_grace) spec.stop_grace = std::max(spec.stop_grace, *service->stop_grace);
    spec.members.push_back(std::move(member));
  }
}

}  // namespace kl::tmpl
