// The customers: they buy, upgrade, pause, cancel, come back, and change what they please at the
// provider.
#pragma once

#include "sim/world/scene.h"

namespace kl::world {

class Customers {
 public:
  explicit Customers(Scene& scene) : scene_(scene) {}
  // Lays out all purchases; each customer goes on from there until the calm.
  void Start(Duration span);
  // One change of this subscription now, whatever its state.
  void ChangePlan(const std::string& id);
  void Cancel(const std::string& id);
  void Reactivate(const std::string& id);
  BillingState StateOf(const std::string& id) const;

 private:
  void Buy(const std::string& id);
  void Live(const std::string& id);
  void ActOnce(const std::string& id);
  void ActRunning(const std::string& id);
  void Become(const std::string& id, BillingState state, const std::string& event);
  void EditField(const std::string& id);
  void ScheduleChange(const std::string& id);
  void SetFeatures(const std::string& id);
  std::string OtherPlan();
  Scene& scene_;
};

}  // namespace kl::world
