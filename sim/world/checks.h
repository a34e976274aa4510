// The checkers. The cheap ones run after every step or at the act itself; the oracle compares the
// end of a world with what the provider's last state asks for.
#pragma once

#include <deque>

#include "sim/world/scene.h"

namespace kl::world {

class Checks {
 public:
  explicit Checks(Scene& scene) : scene_(scene) {}

  // At every event of the provider: what the truth became.
  void OnEvent(const std::string& id);
  // The program ends an instance. Invariant 10: there must be a reason that was really said.
  void OnEnd(const testing::FakeEngine::Instance& instance, bool removed);
  // A host's route becomes another, or goes (nullptr). Invariant 5: not while it serves.
  void OnRoute(const std::string& host, const Route* next);
  // No other image can be had for what runs under that name.
  void OnWithheld(const ServiceName& name);
  void OnMended(const ServiceName& name) { withheld_.erase(name); }
  // An older store was put back: what it does not hold is no longer known to have been.
  void OnForgotten() { secrets_.clear(); }
  // An operator has opened the gate until then, or the store has forgotten what it counted.
  void GateOpened(MonoTime until) {
    ends_.clear();
    released_until_ = std::max(released_until_, until);
  }
  // A container that nobody knows was put on the engine; it must stay.
  void OnOrphan(const ServiceName& name, const ServiceUid& uid) {
    orphans_.emplace_back(name, uid);
  }

  // Invariants 1, 3 and 5 and customers kept apart, counted at engine and provider.
  void AfterStep();
  // After faults have ceased and time has passed: invariants 2, 3, 4, 6.
  void AtTheEnd();

 private:
  void CheckInstances();
  void CheckWrites();
  void CheckReplacements();
  void CheckSecrets();
  void CheckReleasedNames();
  bool MayEnd(const std::string& id) const;
  void CheckNames();
  void CheckSubscription(const std::string& id);
  void CheckRunning(const std::string& id, const Subscription& record);
  void CheckStopped(const std::string& id, const Subscription& record);
  void CheckSizes(const std::string& id, const Service& service);
  void CheckDomain(const std::string& id, const Subscription& record, const Service& service);
  void CheckRemoved(const std::string& id, const Subscription& record);
  const testing::FakeEngine::Instance* InstanceOf(const std::string& id) const;
  std::string IdOf(const std::string& subscription) const;

  Scene& scene_;
  MonoTime released_until_{};
  std::deque<MonoTime> ends_;  // of instances of cancelled subscriptions, within the last hour
  std::vector<std::pair<ServiceName, ServiceUid>> orphans_;
  std::map<std::string, std::string> owners_;  // name -> subscription it was given to
  // What ran when its next image was withheld: how often it had been taken down by then.
  struct Ran {
    ServiceUid uid;
    std::string id;
    int taken_down = 0;
  };
  std::map<ServiceName, Ran> withheld_;
  std::map<ServiceUid, SecretStore::Entry> secrets_;  // as they were last seen
};

}  // namespace kl::world
