// Everything outside the program, in memory: it stays when the program dies.
#pragma once

#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"
#include "ports/testing/fake_provider.h"
#include "ports/testing/memory_hints.h"
#include "ports/testing/memory_history.h"
#include "ports/testing/memory_secret_store.h"
#include "ports/testing/memory_store.h"
#include "ports/testing/sim_loop.h"
#include "sim/world/climate.h"

namespace kl::world {

struct Twins {
  Twins(const Climate& climate, std::uint64_t seed)
      : loop({.shuffle_seed = seed | 1}),
        gate(loop, seed ^ 0x9e3779b97f4a7c15ull),
        subscriptions(gate, climate.store),
        services(gate, climate.store),
        names(gate, climate.store),
        templates(gate),
        sites(gate, climate.store),
        hints(gate),
        history(gate),
        secrets(gate),
        provider(gate),
        intake(provider),
        // Longer than a read may be stale.
        engine(gate, {.start_min = seconds(3), .start_max = seconds(20)}),
        gateway(gate),
        outside(gate, gateway, engine) {
    history.keep = 100;
    gate.latency = climate.latency;
    gate.fails = gate.answer_lost = climate.calls_fail;
    provider.faults = climate.provider;
  }

  // What a copy of the store's file holds.
  struct Copy {
    testing::MemoryStore<Subscription>::Objects subscriptions;
    testing::MemoryStore<Service>::Objects services;
    testing::MemoryStore<NameClaim>::Objects names;
    testing::MemoryStore<Site>::Objects sites;
    testing::MemoryHints::Content hints;
    std::map<ServiceUid, SecretStore::Entry> secrets;
  };
  Copy TakeCopy() const {
    return {subscriptions.objects(), services.objects(), names.objects(),
            sites.objects(),         hints.content(),    secrets.entries()};
  }
  void PutBack(Copy copy) {
    subscriptions.Restore(std::move(copy.subscriptions));
    services.Restore(std::move(copy.services));
    names.Restore(std::move(copy.names));
    sites.Restore(std::move(copy.sites));
    hints.Restore(std::move(copy.hints));
    secrets.Restore(std::move(copy.secrets));
  }

  testing::SimLoop loop;
  testing::CallGate gate;
  testing::MemoryStore<Subscription> subscriptions;
  testing::MemoryStore<Service> services;
  testing::MemoryStore<NameClaim> names;
  testing::MemoryStore<TemplateVersion> templates;
  testing::MemoryStore<Site> sites;
  testing::MemoryHints hints;
  testing::MemoryHistory history;
  testing::MemorySecretStore secrets;
  testing::FakeProvider provider;
  testing::FakeIntake intake;
  testing::FakeEngine engine;
  testing::FakeGateway gateway;
  testing::FakeOutside outside;
};

}  // namespace kl::world
