// Whose a host is.
#include "app/provision/service_loop.h"
#include "domain/host.h"

namespace kl::app {

void ServiceLoop::NoteOwner(const Service& service) {
  const std::string& host = service.spec.domain;
  if (service.spec.deleting || host == service.meta.name + "." + deps_.settings.domain) return;
  auto [it, first] = owners_.try_emplace(host, service.meta.name, service.meta.created);
  Owner& owner = it->second;
  if (first || owner.service == service.meta.name) return;
  if (std::tie(service.meta.created, service.meta.name) < std::tie(owner.since, owner.service)) {
    queue_.Add(std::exchange(owner, {service.meta.name, service.meta.created}).service);
  }
}

// Whether the host belongs to another service than `name`: a generated host to the one whose name
// it carries, of other hosts to the oldest that has it.
Task<bool> ServiceLoop::IsOthers(std::string host, std::string name) {
  const std::string suffix = "." + deps_.settings.domain;
  if (host == name + suffix) co_return false;
  if (host.ends_with(suffix)) {
    auto named = co_await deps_.records.services.Get(host.substr(0, host.size() - suffix.size()));
    if (named && named->spec.domain == host) co_return true;
  }
  const auto it = owners_.find(host);
  if (it == owners_.end() || it->second.service == name) co_return false;
  auto owner = co_await deps_.records.services.Get(it->second.service);
  co_return owner && owner->spec.domain == host && !owner->spec.deleting;
}

Task<bool> ServiceLoop::DomainIsTaken(const Service& service) {
  NoteOwner(service);
  const bool others = co_await IsOthers(service.spec.domain, service.meta.name);
  // An owner that has gone, or has another host by now, makes room.
  auto it = owners_.find(service.spec.domain);
  if (!others && it != owners_.end()) it->second = {service.meta.name, service.meta.created};
  co_return others;
}

// After its domain was changed nothing may stay behind at the old one: its port may be another
// instance's some day.
Task<Status> ServiceLoop::LeaveFormerHost(const Service& service) {
  if (service.status.endpoint.empty()) co_return Status{};
  const std::string host = BareHost(service.status.endpoint);
  const std::string former = host.substr(0, host.find(':'));
  if (former == service.spec.domain) co_return Status{};
  const bool others = co_await IsOthers(former, service.meta.name);
  if (others) co_return Status{};
  const auto it = owners_.find(former);
  if (it != owners_.end() && it->second.service == service.meta.name) owners_.erase(it);
  co_return co_await deps_.gateway.Remove(former);
}

}  // namespace kl::app
