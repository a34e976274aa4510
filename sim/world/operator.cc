#include "sim/world/operator.h"

namespace kl::world {

void Operator::Start(Duration span) {
  const int commands = scene_.options.subscriptions / 4;
  for (int i = 0; i < commands; ++i) {
    scene_.In(Between(scene_.random, days(1), span), [this] {
      const auto ids = scene_.twins.provider.ids();
      if (scene_.calm || ids.empty()) return;
      const std::string& id = ids[scene_.random.Below(ids.size())];
      const Life& life = scene_.LifeOf(id);
      const auto dice = scene_.random.Below(10);
      if (life.paused) {
        Command(Verb::kResume, id);
      } else if (dice < 3) {
        Command(Verb::kPause, id);
      } else if (dice < 5) {
        Command(Verb::kDelete, id);
      } else if (dice < 7) {
        Command(Verb::kRepublish, id);
      } else if (dice < 8) {
        Command(Verb::kForce, id);
      } else {
        Command(Verb::kSync, id);
      }
    });
  }
  WatchGate();
}

void Operator::WatchGate() {
  scene_.In(days(1), [this] {
    if (scene_.calm) return;
    for (const auto& [name, site] : scene_.twins.sites.objects()) {
      if (site.status.gate_closed_since) ReleaseGate();
    }
    WatchGate();
  });
}

void Operator::Command(Verb verb, const std::string& id) {
  Life& life = scene_.LifeOf(id);
  const Subscription* record = scene_.Record(id);
  const bool on_service = verb == Verb::kPause || verb == Verb::kResume || verb == Verb::kDelete;
  if (record == nullptr || (on_service && !record->status.service_created)) return;
  if (life.deleted) return;
  static constexpr const char* kWords[] = {
      "pauses", "resumes", "deletes", "republishes", "publishes by force", "synchronizes"};
  scene_.Act(std::string("the operator ") + kWords[static_cast<int>(verb)] + " " + id);
  if (on_service) life.touched = scene_.now();
  if (verb == Verb::kPause) life.paused = true;
  if (verb == Verb::kResume) life.paused = false;
  if (verb == Verb::kDelete) life.deleted = true;
  if (verb == Verb::kRepublish || verb == Verb::kForce) ++life.more_writes;
  if (verb == Verb::kForce) life.scheduled = false;
  auto done = std::make_shared<bool>(false);
  if (scene_.program) {
    scene_.program->Run(Run(verb, id), [done](Status status) { *done = status.has_value(); });
  }
  scene_.In(minutes(10), [this, verb, id, done] {
    if (*done) return;
    // Nobody knows how far the first try came. Another command, or a store put back, ends it.
    Life& now = scene_.LifeOf(id);
    if (verb == Verb::kPause && !now.paused) return;
    if (verb == Verb::kResume && now.paused) return;
    if (verb == Verb::kDelete && !now.deleted) return;
    if (verb == Verb::kDelete) now.deleted = false;
    Command(verb, id);
  });
}

Task<Status> Operator::Run(Verb verb, std::string id) {
  Program& program = *scene_.program;
  const Subscription* record = scene_.Record(id);
  const std::string name = record->meta.name;
  const std::string service = record->status.service;
  app::SubscriptionLoop::Wish wish;
  wish.republish = verb == Verb::kRepublish;
  wish.force = verb == Verb::kForce;
  switch (verb) {
    case Verb::kPause: co_return co_await Edit(service, true);
    case Verb::kResume: co_return co_await Edit(service, false);
    case Verb::kDelete: {
      app::Actor actor;
      Status deleted = co_await program.verbs.Delete(service, actor);
      if (!deleted && deleted.error().kind == ErrorKind::kNotFound) co_return Status();
      co_return deleted;
    }
    case Verb::kRepublish:
    case Verb::kForce:
    case Verb::kSync: co_return co_await program.subscriptions.Sync(name, wish);
  }
  co_return Status();
}

Task<Status> Operator::Edit(std::string name, bool paused) {
  app::ServicePatch patch;
  patch.paused = paused;
  app::Actor actor;
  auto edited = co_await scene_.program->verbs.Edit(std::move(name), patch, actor);
  if (!edited) co_return std::unexpected(edited.error());
  co_return Status();
}

Task<Status> Operator::Release() {
  Program& program = *scene_.program;
  const WallTime until = scene_.twins.loop.Now() + hours(24);
  Status released = co_await program.marks.Release(until);
  if (released) program.subscriptions.Nudge();
  co_return released;
}

void Operator::ReleaseGate() {
  scene_.Act("the operator releases the gate");
  checks_.GateOpened(scene_.now() + hours(25));
  auto done = std::make_shared<bool>(false);
  if (scene_.program) {
    scene_.program->Run(Release(), [done](Status status) { *done = status.has_value(); });
  }
  scene_.In(minutes(10), [this, done] {
    if (!*done) ReleaseGate();
  });
}

void Operator::LearnFromStore() {
  for (auto& [id, life] : scene_.lives) {
    life.touched = scene_.now();
    life.paused = life.deleted = false;
    const Subscription* record = scene_.Record(id);
    if (record == nullptr || !record->status.service_created) continue;
    const auto it = scene_.twins.services.objects().find(record->status.service);
    if (it == scene_.twins.services.objects().end()) {
      life.deleted = true;
      continue;
    }
    life.deleted = it->second.spec.deleting;
    for (const Suspension& each : it->second.spec.suspensions) {
      life.paused |= each.reason == SuspensionReason::kOperator;
    }
  }
}

}  // namespace kl::world
