// What stands between the program and the twins: it shows the checkers every stop and every write,
// and carries the planted mistakes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"
#include "ports/testing/memory_store.h"
#include "sim/world/twins.h"

namespace kl::world {

class EngineShim : public Engine {
 public:
  EngineShim(testing::FakeEngine& inner, Plant plant) : inner_(inner), plant_(plant) {}
  // Before a running or starting instance is stopped, and before any is removed.
  std::function<void(const testing::FakeEngine::Instance& instance, bool removed)> on_end;

  Task<Status> Apply(AppSpec spec) override;
  Task<Status> Stop(ServiceName name, ServiceUid uid) override;
  Task<Result<Observed>> Observe(ServiceName name, ServiceUid uid) override {
    return inner_.Observe(std::move(name), std::move(uid));
  }
  Task<Status> Remove(ServiceName name, ServiceUid uid) override;
  Task<Result<std::vector<Found>>> Inventory() override { return inner_.Inventory(); }

 private:
  void Tell(const ServiceName& name, const ServiceUid& uid, bool removed);
  testing::FakeEngine& inner_;
  Plant plant_;
};

class GatewayShim : public Gateway {
 public:
  explicit GatewayShim(testing::FakeGateway& inner) : inner_(inner) {}
  // Before a host's route becomes this one; nullptr: before it goes.
  std::function<void(const std::string& host, const Route* next)> on_route;

  Task<Status> Put(Route route) override {
    if (on_route) on_route(route.host, &route);
    return inner_.Put(std::move(route));
  }
  Task<Status> Remove(std::string host) override {
    if (on_route) on_route(host, nullptr);
    return inner_.Remove(std::move(host));
  }
  Task<Result<std::vector<Route>>> List() override { return inner_.List(); }

 private:
  testing::FakeGateway& inner_;
};

class ProviderShim : public Provider, public ProviderFeed {
 public:
  ProviderShim(Twins& twins, Plant plant) : twins_(twins), inner_(twins.provider), plant_(plant) {}
  // When a write is about to reach the provider: what its customer does meanwhile.
  std::function<void(const std::string& id)> on_publish;

  std::string Name() const override { return inner_.Name(); }
  std::string SiteName() const override { return inner_.SiteName(); }
  Task<Result<ReadAnswer>> Read(std::vector<std::string> ids, CallPriority priority) override;
  Task<Result<ReadAnswer>> Confirm(std::string id) override;
  Task<Result<std::vector<Entitlement>>> Entitlements(std::string id) override {
    return inner_.Entitlements(std::move(id));
  }
  Task<Result<Written>> PublishDomain(std::string id, std::string value,
                                      std::string idempotency) override;
  Task<Result<EventPage>> Changes(std::string cursor) override {
    return inner_.Changes(std::move(cursor));
  }
  Task<Result<SweepPage>> Sweep(std::string cursor) override;
  Task<Result<std::vector<std::string>>> OfCustomer(std::string customer) override {
    return inner_.OfCustomer(std::move(customer));
  }

 private:
  Twins& twins_;
  testing::FakeProvider& inner_;
  Plant plant_;
  std::map<std::string, BillingSubscription> seen_;  // as last read; kept for plants only
};

// Planted: a creation that finds the name taken overwrites what is there.
template <class Object>
class OverwritingStore : public Store<Object> {
 public:
  using typename Store<Object>::Page;
  explicit OverwritingStore(testing::MemoryStore<Object>& inner) : inner_(inner) {}

  Task<Result<Object>> Get(std::string name) override { return inner_.Get(std::move(name)); }
  Task<Result<Page>> List(std::string after, int limit) override {
    return inner_.List(std::move(after), limit);
  }
  Task<Result<Object>> PutSpec(Object object) override {
    const auto present = inner_.objects().find(object.meta.name);
    if (object.meta.version != 0 || present == inner_.objects().end()) {
      co_return co_await inner_.PutSpec(std::move(object));
    }
    object.meta.version = present->second.meta.version;
    auto written = co_await inner_.PutSpec(object);
    if (!written) co_return written;
    written->status = std::move(object.status);
    co_return co_await inner_.PutStatus(std::move(*written));
  }
  Task<Result<Object>> PutStatus(Object object) override {
    return inner_.PutStatus(std::move(object));
  }
  Task<Status> Remove(std::string name, std::uint64_t version) override {
    return inner_.Remove(std::move(name), version);
  }

 private:
  testing::MemoryStore<Object>& inner_;
};

// Planted: says that hints are durable and writes them a little later.
class HastyHints : public Hints {
 public:
  HastyHints(Loop& loop, Hints& inner) : loop_(loop), inner_(inner), scope_(loop) {}
  Task<Status> Add(std::vector<Hint> hints) override;
  Task<Result<std::vector<PendingHint>>> Pending(std::string after, int limit) override {
    return inner_.Pending(std::move(after), limit);
  }
  Task<Status> Done(std::string ticket) override { return inner_.Done(std::move(ticket)); }
  Task<void> Wait() override { return inner_.Wait(); }

 private:
  Task<void> AddLater(std::vector<Hint> hints);
  Loop& loop_;
  Hints& inner_;
  TaskScope scope_;
};

}  // namespace kl::world
