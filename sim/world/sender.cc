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
    Delivery delivery{.body = testing::FakeIntake::BodyOf(event), .hint = event.hints.front()};
    scene_.In(delay, [this, delivery = std::move(delivery)] { Attempt(delivery); });
  }
}

// An answer that does not come within a minute is none, as with real senders.
void Sender::Attempt(Delivery delivery) {
  const bool only = scene_.climate.webhooks == Webhooks::kOnly;
  if (delivery.attempt >= 7 && !only) {
    scene_.Act(delivery.body + " is given up");
    return;
  }
  if (scene_.program) {
    scene_.program->Receive(delivery.body, [this, delivery](Status status) {
      if (!status) return;
      *delivery.acknowledged = true;
      scene_.Act(delivery.body + " acknowledged");
      acknowledged_.emplace_back(scene_.now(), delivery.hint);
      while (scene_.now() - acknowledged_.front().first > minutes(5)) acknowledged_.pop_front();
    });
  }
  const Duration wait = minutes(1) + minutes(2) * (1 << std::min(delivery.attempt, 8));
  ++delivery.attempt;
  scene_.In(wait, [this, delivery = std::move(delivery)] {
    if (!*delivery.acknowledged) Attempt(delivery);
  });
}

void Sender::CheckAcknowledged() {
  // A lagging list may have been believed; a store put back knows nothing of today.
  const Climate& climate = scene_.climate;
  if (climate.webhooks != Webhooks::kOnly || climate.provider.lag > 0) return;
  for (const auto& [at, hint] : std::exchange(acknowledged_, {})) {
    if (scene_.twins.hints.Waits(hint)) continue;
    const Subscription* record = scene_.Record(hint.id);
    const bool decided = record != nullptr && record->status.observed &&
                         record->status.observed->version >= hint.version;
    if (!decided) {
      scene_.Fail("4", hint.event_id + " of " + hint.id +
                           " was acknowledged, was not decided on, and waits nowhere");
    }
  }
}

}  // namespace kl::world
