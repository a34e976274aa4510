// One world: S subscriptions over Y years of virtual time around the true program, with all its
// troubles, checked after every step. Everything follows from the seed.
#pragma once

#include "sim/world/sender.h"
#include "sim/world/troubles.h"

namespace kl::world {

class World {
 public:
  explicit World(WorldOptions options);
  World(const World&) = delete;
  ~World() { scene_.program.reset(); }

  // Lives through all of it, to the end or to the first failure.
  WorldResult Run();

 private:
  void Boot();
  void Die();
  void RunUntil(MonoTime end);
  void OnEvent(const ParsedEvent& event);
  bool OnCall(std::string_view call, testing::CallGate::Moment moment);
  void OnPublish(const std::string& id);
  void CalmDown();
  void Grow();
  bool Announced(const std::string& value) const;

  WorldOptions options_;
  SeededRandom random_;
  SeededRandom program_random_;
  Climate climate_;
  app::Settings settings_;
  Scene scene_;
  Checks checks_;
  Sender sender_;
  Customers customers_;
  Operator operator_;
  Troubles troubles_;
  int kills_left_ = 0;
  int kills_ = 0;
  int calls_to_live_ = 0;  // 0: nobody is after the program
  bool dead_ = false;      // no call goes on; buried at the end of the step
};

}  // namespace kl::world
