// The program under test: the true use cases, wired as main() wires them, on the twins. Destroying
// it is a kill: every frame goes at its present await.
#pragma once

#include <functional>
#include <memory>

#include "app/intake/intake.h"
#include "app/provision/service_loop.h"
#include "app/services/services.h"
#include "app/subscription/feed_loop.h"
#include "app/subscription/subscription_loop.h"
#include "sim/world/application.h"
#include "sim/world/shims.h"

namespace kl::world {

class Program {
 public:
  struct Surroundings {
    Twins& twins;
    Random& random;
    Application& application;
    const app::Settings& settings;
    Plant plant = Plant::kNone;
  };
  explicit Program(Surroundings around);

  // `feed`: whether it asks the provider for changes, or lives on webhooks alone.
  void Start(bool feed) { scope_.Spawn(StartLoops(feed)); }

  // Hands a webhook in; `answered` hears the answer, unless the program dies before.
  using Answer = std::function<void(Status)>;
  void Receive(std::string body, Answer answered) {
    scope_.Spawn(ReceiveOne(std::move(body), std::move(answered)));
  }
  // An operator's command.
  void Run(Task<Status> verb, Answer answered) {
    scope_.Spawn(RunOne(std::move(verb), std::move(answered)));
  }

  EngineShim engine;
  GatewayShim gateway;
  ProviderShim provider;

 private:
  // Null where nothing is planted.
  struct Planted {
    std::unique_ptr<OverwritingStore<Subscription>> subscriptions;
    std::unique_ptr<OverwritingStore<Service>> services;
    std::unique_ptr<OverwritingStore<NameClaim>> names;
    std::unique_ptr<HastyHints> hints;
  };
  static Planted Plants(const Surroundings& around);
  app::Records MakeRecords();
  Hints& hints();
  Task<void> StartLoops(bool feed);
  Task<void> ReceiveOne(std::string body, Answer answered);
  static Task<void> RunOne(Task<Status> verb, Answer answered);

  Surroundings around_;
  Planted planted_;
  app::Timeline timeline_;

 public:
  app::SiteMarks marks;
  app::IntakeService intake;
  app::SubscriptionLoop subscriptions;
  app::FeedLoop feed;
  app::ServiceLoop services;
  app::Services verbs;

 private:
  TaskScope scope_;
};

}  // namespace kl::world
