#include "sim/world/checks.h"

namespace kl::world {
namespace {

// States in which nothing may run; written down here once more, apart from the product's table.
bool Stops(BillingState state, bool deleted) {
  return deleted || state == BillingState::kPaused || state == BillingState::kCancelled ||
         state == BillingState::kDeleted;
}

bool Runs(BillingState state) {
  return state == BillingState::kActive || state == BillingState::kTrial ||
         state == BillingState::kEnding;
}

// How long a reason for stopping may be on its way: outages, late events, a closed gate.
constexpr Duration kOnItsWay = days(30);

}  // namespace

std::string Checks::IdOf(const std::string& subscription) const {
  const auto key = ParseSubscriptionKey(subscription);
  return key ? key->id : "";
}

void Checks::OnEvent(const std::string& id) {
  const BillingSubscription* truth = scene_.twins.provider.Truth(id);
  Life& life = scene_.LifeOf(id);
  const bool deleted = scene_.twins.provider.deleted(id);
  const bool stopped = Stops(truth->state, deleted);
  if (life.stopped && !stopped) life.stopped_until = scene_.now();
  life.stopped = stopped;
  life.ran |= !deleted && Runs(truth->state);
}

void Checks::OnEnd(const testing::FakeEngine::Instance& instance, bool removed) {
  const std::string id = IdOf(instance.spec.subscription);
  if (id.empty()) {
    scene_.Fail("10", "an instance without a subscription is ended: " + instance.spec.name.str());
    return;
  }
  const Life& life = scene_.LifeOf(id);
  const MonoTime now = scene_.now();
  const bool commanded =
      life.paused || life.deleted || (life.touched && now - *life.touched < kOnItsWay);
  if (removed) {
    if (!life.deleted) scene_.Fail("10", id + " is removed though no operator asked for it");
    return;
  }
  // One that was asked to run a moment ago may be stopped by a pass that read the record before.
  if (commanded || instance.phase != InstancePhase::kRunning) return;
  const bool told = life.stopped || (life.stopped_until && now - *life.stopped_until < kOnItsWay);
  if (!told) {
    scene_.Fail("10", id + " is stopped though its status never said so");
    return;
  }
  if (now <= released_until_) return;
  ends_.push_back(now);
  while (now - ends_.front() > hours(1)) ends_.pop_front();
  // Admitted and ended are moments apart: two windows may meet in one.
  const auto limit = 2 * std::max<std::int64_t>(5, scene_.twins.engine.running() / 20);
  if (std::ssize(ends_) > limit) {
    scene_.Fail("10", "mass condemnation: " + std::to_string(ends_.size()) +
                          " instances ended within an hour");
  }
}

void Checks::AfterStep() {
  CheckInstances();
  CheckWrites();
  CheckReplacements();
  CheckSecrets();
  CheckReleasedNames();
}

void Checks::CheckInstances() {
  for (const auto& [subscription, uids] : scene_.twins.engine.created()) {
    if (uids.size() <= 1) continue;
    const std::string id = IdOf(subscription);
    const auto allowed = 1 + static_cast<std::size_t>(scene_.LifeOf(id).more_instances);
    if (uids.size() > allowed) {
      scene_.Fail("1", id + " has had " + std::to_string(uids.size()) + " instances");
    }
  }
}

void Checks::CheckWrites() {
  const auto& provider = scene_.twins.provider;
  for (const auto& [what, times] : provider.effective_writes()) {
    if (times <= 1) continue;
    if (times > 1 + scene_.LifeOf(what.first).more_writes) {
      scene_.Fail("3",
                  what.first + " was told " + what.second + " " + std::to_string(times) + " times");
    }
  }
  if (provider.early_announcements() > 0) {
    scene_.Fail("3", "a domain was announced before it answered");
  }
  if (!scene_.twins.outside.mixed_up().empty()) {
    scene_.Fail("1", scene_.twins.outside.mixed_up().front() + " shows another's instance");
  }
}

// A name that was given to one customer goes to no other.
void Checks::CheckNames() {
  for (const auto& [name, claim] : scene_.twins.names.objects()) {
    const auto [it, fresh] = owners_.emplace(name, claim.spec.subscription);
    if (!fresh && it->second != claim.spec.subscription) {
      scene_.Fail("6",
                  "name " + name + " of " + it->second + " went to " + claim.spec.subscription);
    }
  }
}

}  // namespace kl::world
