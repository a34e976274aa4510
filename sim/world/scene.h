// What the parts of a world share: the twins, the program, the ledger of what truly happened.
#pragma once

#include <deque>
#include <memory>

#include "sim/world/chronicle.h"
#include "sim/world/program.h"

namespace kl::world {

// What the world knows of one subscription, learned from its own acts and not from the program.
struct Life {
  bool stopped = false;                   // its state says that nothing may run
  std::optional<MonoTime> stopped_until;  // when it last left such a state
  bool ran = false;                       // its state ever said that it runs
  bool scheduled = false;                 // changes are scheduled at the provider
  bool edited = false;                    // someone wrote the domain field by hand
  bool paused = false;                    // by the operator
  bool deleted = false;                   // its service, by the operator
  std::optional<MonoTime> touched;        // when the operator last gave a command about it
  int more_instances = 0;                 // that forgetting of the store excuses
  int more_writes = 0;                    // that an operator or forgetting excuses
};

struct Scene {
  Scene(const WorldOptions& world_options, Random& world_random, const Climate& world_climate)
      : options(world_options),
        random(world_random),
        climate(world_climate),
        chronicle(options.trace),
        twins(climate, options.seed),
        application(climate.features) {}

  void Act(std::string text) { chronicle.Act(now(), std::move(text)); }
  MonoTime now() const { return twins.loop.Monotonic(); }
  // Runs `fn` after `delay` of virtual time. The scene outlives the loop's last step.
  void In(Duration delay, Loop::Callback fn) { twins.loop.CallAt(now() + delay, std::move(fn)); }
  // The first failure counts.
  void Fail(std::string invariant, std::string message) {
    if (failure) return;
    failure = WorldFailure{.step = twins.loop.steps(),
                           .invariant = std::move(invariant),
                           .message = TimeText(now()) + ": " + std::move(message),
                           .last_steps = chronicle.LastSteps()};
  }
  Life& LifeOf(const std::string& id) { return lives[id]; }
  // The record of a subscription as it is stored, nullptr when there is none.
  const Subscription* Record(const std::string& id) const {
    const SubscriptionKey key{twins.provider.Name(), twins.provider.SiteName(), id};
    const auto it = twins.subscriptions.objects().find(NameOf(key).str());
    return it == twins.subscriptions.objects().end() ? nullptr : &it->second;
  }

  const WorldOptions& options;
  Random& random;
  const Climate& climate;
  Chronicle chronicle;
  Twins twins;
  Application application;
  std::map<std::string, Life> lives;  // by subscription id
  std::unique_ptr<Program> program;   // null between a death and the next start
  bool calm = false;                  // faults and customers have ceased
  std::optional<WorldFailure> failure;
};

}  // namespace kl::world
