// The provider's webhook sender: repeats what is not acknowledged, and loses, doubles, delays and
// reorders as the climate says.
#pragma once

#include "sim/world/scene.h"

namespace kl::world {

class Sender {
 public:
  explicit Sender(Scene& scene) : scene_(scene) {}
  void Send(const ParsedEvent& event);
  // The program has just died. Invariant 4: what it acknowledged lately waits or was decided on.
  void CheckAcknowledged();

 private:
  struct Delivery {
    std::string body;
    Hint hint;
    int attempt = 0;
    std::shared_ptr<bool> acknowledged = std::make_shared<bool>(false);
  };
  void Attempt(Delivery delivery);

  Scene& scene_;
  std::deque<std::pair<MonoTime, Hint>> acknowledged_;  // within the last minutes
};

}  // namespace kl::world
