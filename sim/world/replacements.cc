// Invariant 5: nothing is destroyed before its replacement is proven. What runs is not taken down
// for what cannot start, a host that answers is not routed elsewhere, and the secrets and the name
// of an instance stay as long as its data do.
#include <algorithm>

#include "sim/world/checks.h"

namespace kl::world {
namespace {

// How long an end that was asked for may be on its way; as for invariant 10.
constexpr Duration kOnItsWay = days(30);

}  // namespace

// Whether somebody who may has asked for an end of this instance.
bool Checks::MayEnd(const std::string& id) const {
  const auto it = scene_.lives.find(id);
  if (it == scene_.lives.end()) return true;
  const Life& life = it->second;
  const MonoTime now = scene_.now();
  return life.stopped || life.paused || life.deleted ||
         (life.stopped_until && now - *life.stopped_until < kOnItsWay) ||
         (life.touched && now - *life.touched < kOnItsWay);
}

void Checks::OnWithheld(const ServiceName& name) {
  const auto it = scene_.twins.engine.instances().find(name);
  if (it == scene_.twins.engine.instances().end()) return;
  const testing::FakeEngine::Instance& runs = it->second;
  if (runs.phase != InstancePhase::kRunning) return;
  withheld_.insert_or_assign(name,
                             Ran{runs.spec.uid, IdOf(runs.spec.subscription), runs.taken_down});
}

void Checks::CheckReplacements() {
  for (const auto& [name, ran] : withheld_) {
    const auto it = scene_.twins.engine.instances().find(name);
    const bool goes_on = it != scene_.twins.engine.instances().end() &&
                         it->second.spec.uid == ran.uid && it->second.taken_down == ran.taken_down;
    if (goes_on || MayEnd(ran.id)) continue;
    scene_.Fail("5", name.str() + " was taken down before its next image could be had");
  }
}

void Checks::OnRoute(const std::string& host, const Route* next) {
  const auto& engine = scene_.twins.engine;
  const auto serves = [&](const Route* route) {
    if (route == nullptr || route->state != RouteState::kServing) return false;
    return std::ranges::any_of(route->paths, [&](const RoutePath& path) {
      const auto* instance = engine.Listening(path.upstream);
      return instance != nullptr && instance->spec.host == host;
    });
  };
  const auto live = scene_.twins.gateway.live().find(host);
  if (live == scene_.twins.gateway.live().end() || !serves(&live->second) || serves(next)) return;
  for (const auto& [name, service] : scene_.twins.services.objects()) {
    // Nobody was told of a host before it had answered.
    if (service.spec.domain != host || !service.status.answered) continue;
    if (MayEnd(IdOf(service.spec.subscription))) continue;
    scene_.Fail("5", host + " answers and is routed to where nobody does");
  }
}

void Checks::CheckSecrets() {
  const auto& engine = scene_.twins.engine.instances();
  const auto holds_data = [&engine](const ServiceUid& uid) {
    return std::ranges::any_of(engine,
                               [&uid](const auto& each) { return each.second.spec.uid == uid; });
  };
  const auto& entries = scene_.twins.secrets.entries();
  for (auto it = secrets_.begin(); it != secrets_.end();) {
    const auto now = entries.find(it->first);
    if (now == entries.end()) {
      if (holds_data(it->first)) {
        scene_.Fail("5", "the secrets of " + it->first.str() + " are gone and its data are not");
      }
      it = secrets_.erase(it);
      continue;
    }
    if (now->second.version != it->second.version) {
      for (const auto& [key, value] : it->second.values) {
        const auto same = now->second.values.find(key);
        if (same != now->second.values.end() && same->second.Reveal() == value.Reveal()) continue;
        scene_.Fail("5", "a secret of " + it->first.str() + " is another while its data are kept");
      }
    }
    ++it;
  }
  for (const auto& [uid, entry] : entries) {
    const auto known = secrets_.find(uid);
    if (known == secrets_.end() || known->second.version != entry.version) {
      secrets_.insert_or_assign(uid, entry);
    }
  }
}

// A name is free for its time of rest when nothing of its instance is left, not before.
void Checks::CheckReleasedNames() {
  for (const auto& [name, instance] : scene_.twins.engine.instances()) {
    const auto claim = scene_.twins.names.objects().find(name.str());
    if (claim == scene_.twins.names.objects().end()) continue;
    const bool same = claim->second.spec.service_uid == instance.spec.uid.str();
    if (same && claim->second.status.released_at) {
      scene_.Fail("5", "name " + name.str() + " was released before its instance was gone");
    }
  }
}

}  // namespace kl::world
