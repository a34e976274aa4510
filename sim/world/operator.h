// The operator: pauses, deletes, republishes, synchronizes, releases the gate; repeats a command
// until it was acknowledged.
#pragma once

#include "sim/world/checks.h"

namespace kl::world {

class Operator {
 public:
  Operator(Scene& scene, Checks& checks) : scene_(scene), checks_(checks) {}
  void Start(Duration span);
  void ReleaseGate();
  // After an older store was put back: what the operator knows of it now is what it holds.
  void LearnFromStore();

 private:
  enum class Verb { kPause, kResume, kDelete, kRepublish, kForce, kSync };
  void Command(Verb verb, const std::string& id);
  Task<Status> Run(Verb verb, std::string id);
  Task<Status> Edit(std::string name, bool paused);
  Task<Status> Release();
  void WatchGate();
  Scene& scene_;
  Checks& checks_;
};

}  // namespace kl::world
