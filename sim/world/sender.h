// The provider's webhook sender: repeats what is not acknowledged, and loses, doubles, delays and
// reorders as the climate says.
#pragma once

#include "sim/world/scene.h"

namespace kl::world {

class Sender {
 public:
  explicit Sender(Scene& scene) : scene_(scene) {}
  void Send(const ParsedEvent& event);

 private:
  void Attempt(std::string body, int attempt, std::shared_ptr<bool> acknowledged);
  Scene& scene_;
};

}  // namespace kl::world
