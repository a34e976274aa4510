#include <algorithm>
#include <set>

#include "domain/derive.h"

namespace kl {
namespace {

bool Overridden(const Service::Spec& spec, std::string_view field) {
  return std::ranges::find(spec.overridden, field) != spec.overridden.end();
}

// Writes `now` where the derived value moved and no operator holds the field.
template <class T>
bool Move(const T* before, const T& now, T& field, bool held) {
  if (held || (before != nullptr && *before == now) || field == now) return false;
  field = now;
  return true;
}

bool MoveStorage(const Derived* before, const Derived& now, Service::Spec& spec) {
  const auto& present = spec.limits.storage;
  // A volume never shrinks, and "no figure" must not take away what there is.
  if (present && (!now.limits.storage || *now.limits.storage < *present)) return false;
  return Move(before ? &before->limits.storage : nullptr, now.limits.storage, spec.limits.storage,
              Overridden(spec, "limits.storage"));
}

bool MoveParameters(const Derived* before, const Derived& now, Service::Spec& spec) {
  std::set<std::string> names;
  for (const auto& [name, value] : now.parameters) names.insert(name);
  if (before) {
    for (const auto& [name, value] : before->parameters) names.insert(name);
  }
  bool changed = false;
  for (const auto& name : names) {
    if (Overridden(spec, "advanced." + name) || Overridden(spec, "advanced")) continue;
    const auto next = now.parameters.find(name);
    const auto last = before ? before->parameters.find(name) : now.parameters.end();
    const bool known = before && last != before->parameters.end();
    if (next == now.parameters.end()) {
      changed |= spec.advanced.erase(name) > 0;
      continue;
    }
    if (known && last->second == next->second) continue;
    const auto present = spec.advanced.find(name);
    if (present != spec.advanced.end() && present->second == next->second) continue;
    spec.advanced[name] = next->second;
    changed = true;
  }
  return changed;
}

}  // namespace

bool ApplyDerived(const std::optional<Derived>& before, const Derived& now, Service::Spec& spec) {
  const Derived* last = before ? &*before : nullptr;
  bool changed = false;
  changed |= Move(last ? &last->plan : nullptr, now.plan, spec.plan, Overridden(spec, "plan"));
  changed |= Move(last ? &last->limits.cpu : nullptr, now.limits.cpu, spec.limits.cpu,
                  Overridden(spec, "limits.cpu"));
  changed |= Move(last ? &last->limits.memory : nullptr, now.limits.memory, spec.limits.memory,
                  Overridden(spec, "limits.memory"));
  changed |= MoveStorage(last, now, spec);
  changed |=
      Move(last ? &last->version : nullptr, now.version, spec.version, Overridden(spec, "version"));
  changed |= MoveParameters(last, now, spec);
  return changed;
}

}  // namespace kl
