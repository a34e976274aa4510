#include "sim/world/sender.h"

namespace kl::world {

void Sender::Send(const ParsedEvent& event) {
  Random& random = scene_.random;
  const bool only = scene_.climate.webhooks == Webhooks::kOnly;
  if (scene_.climate.webhooks == Webhooks::kNone) return;
  if (!only && Chance(random, 0.03)) {
    scene_.Act(event.id + " is lost");
    return;
  }
  int copies = 1;
  if (Chance(random, 0.1)) copies += 1 + static_cast<int>(random.Below(4));
  for (int i = 0; i < copies; ++i) {
    Duration delay = Between(random, Duration(50), seconds(5));
    if (Chance(random, 0.1)) delay = Between(random, seconds(5), hours(2));
    if (Chance(random, 0.05)) delay = Between(random, hours(2), days(3));
    scene_.In(delay, [this, body = testing::FakeIntake::BodyOf(event)] {
      Attempt(body, 0, std::make_shared<bool>(false));
    });
  }
}

// An answer that does not come within a minute is none, as with real senders.
void Sender::Attempt(std::string body, int attempt, std::shared_ptr<bool> acknowledged) {
  const bool only = scene_.climate.webhooks == Webhooks::kOnly;
  if (attempt >= 7 && !only) {
    scene_.Act(body + " is given up");
    return;
  }
  if (scene_.program) {
    scene_.program->Receive(body, [this, acknowledged, body](Status status) {
      if (!status) return;
      *acknowledged = true;
      scene_.Act(body + " acknowledged");
    });
  }
  const Duration wait = minutes(1) + minutes(2) * (1 << std::min(attempt, 8));
  scene_.In(wait, [this, body = std::move(body), attempt, acknowledged]() mutable {
    if (!*acknowledged) Attempt(std::move(body), attempt + 1, std::move(acknowledged));
  });
}

}  // namespace kl::world
