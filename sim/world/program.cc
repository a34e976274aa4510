#include "sim/world/program.h"

namespace kl::world {

Program::Planted Program::Plants(const Surroundings& around) {
  Planted planted;
  Twins& twins = around.twins;
  if (around.plant == Plant::kCheckThenCreate) {
    planted.subscriptions = std::make_unique<OverwritingStore<Subscription>>(twins.subscriptions);
    planted.services = std::make_unique<OverwritingStore<Service>>(twins.services);
    planted.names = std::make_unique<OverwritingStore<NameClaim>>(twins.names);
  }
  if (around.plant == Plant::kAnswerBeforeCommit) {
    planted.hints = std::make_unique<HastyHints>(twins.loop, twins.hints);
  }
  return planted;
}

app::Records Program::MakeRecords() {
  Twins& twins = around_.twins;
  Store<Subscription>* subscriptions = &twins.subscriptions;
  Store<Service>* services = &twins.services;
  Store<NameClaim>* names = &twins.names;
  if (planted_.subscriptions) subscriptions = planted_.subscriptions.get();
  if (planted_.services) services = planted_.services.get();
  if (planted_.names) names = planted_.names.get();
  return {*subscriptions, *services, *names, twins.templates, twins.sites, twins.secrets};
}

Hints& Program::hints() {
  if (planted_.hints) return *planted_.hints;
  return around_.twins.hints;
}

Program::Program(Surroundings around)
    : engine(around.twins.engine, around.plant),
      gateway(around.twins.gateway),
      provider(around.twins, around.plant),
      around_(around),
      planted_(Plants(around)),
      timeline_(around.twins.loop, around.twins.history),
      marks(around.twins.sites, provider.Name(), provider.SiteName()),
      intake(around.twins.loop, around.twins.intake, hints(), around.twins.history),
      subscriptions({around.twins.loop, around.random, MakeRecords(), hints(), provider, provider,
                     around.twins.services, around.application, marks, timeline_, around.settings}),
      feed({around.twins.loop, around.random, provider, provider, hints(), intake, MakeRecords(),
            marks, around.settings}),
      services({around.twins.loop, around.random, MakeRecords(), around.twins.services,
                around.application, engine, around.twins.engine, gateway, around.twins.outside,
                timeline_, around.settings}),
      verbs({around.twins.loop, around.random, MakeRecords(), around.application,
             around.twins.history, around.settings}),
      scope_(around.twins.loop) {}

// As the installed program starts: orders wait until the engine has said what it holds.
Task<void> Program::StartLoops(bool with_feed) {
  services.Start();
  for (int failures = 1;; ++failures) {
    auto found = co_await engine.Inventory();
    if (found) {
      subscriptions.Start(*found);
      break;
    }
    co_await Sleep(around_.twins.loop, BackoffDelay({}, failures, around_.random));
  }
  if (with_feed) feed.Start();
}

Task<void> Program::ReceiveOne(std::string body, Answer answered) {
  Status status =
      co_await intake.Receive(testing::FakeIntake::Headers(), intake.Path(), std::move(body));
  answered(std::move(status));
}

Task<void> Program::RunOne(Task<Status> verb, Answer answered) {
  Status status = co_await std::move(verb);
  answered(std::move(status));
}

}  // namespace kl::world
