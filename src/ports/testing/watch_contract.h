// What every watch of a store must do. See contract.h for the Backend.
#pragma once

#include <set>

#include "ports/store.h"
#include "ports/testing/contract.h"

namespace kl::testing {

template <class Backend>
class WatchContract : public ::testing::Test {
 protected:
  using Changes = typename Watch<Service>::Changes;

  Store<Service>& store() { return backend_.template store<Service>(); }
  auto Open() { return backend_.template watchable<Service>().Open(); }
  Service Put(Service service) {
    auto written = backend_.Run(store().PutSpec(std::move(service)));
    EXPECT_TRUE(written) << MessageOf(written);
    return written.value_or(Service());
  }
  Service Create(std::string name) {
    Service service;
    service.meta.name = std::move(name);
    return Put(std::move(service));
  }
  Changes Next(Watch<Service>& watch) {
    auto changes = backend_.Run(watch.Next());
    EXPECT_TRUE(changes) << MessageOf(changes);
    return changes.value_or(Changes());
  }
  // Names told until all of `wanted` were, however they are spread over calls. A cut watch (`all`)
  // tells of everything.
  void ExpectTold(Watch<Service>& watch, std::set<std::string> wanted) {
    while (!wanted.empty()) {
      const Changes changes = Next(watch);
      if (changes.all) return;
      ASSERT_FALSE(changes.names.empty()) << "woke without a change";
      const std::set<std::string> told(changes.names.begin(), changes.names.end());
      EXPECT_EQ(told.size(), changes.names.size()) << "a name came twice in one answer";
      for (const auto& name : told) wanted.erase(name);
    }
  }

  Backend backend_;
};

TYPED_TEST_SUITE_P(WatchContract);

TYPED_TEST_P(WatchContract, FirstAnswerAsksForAFullListAndDoesNotWait) {
  const auto watch = this->Open();
  EXPECT_TRUE(this->Next(*watch).all);
}

TYPED_TEST_P(WatchContract, CreationsUpdatesAndRemovalsAreTold) {
  const auto watch = this->Open();
  this->Next(*watch);
  Service service = this->Create("calm-otter");
  this->ExpectTold(*watch, {"calm-otter"});
  service.spec.type = "blog";
  service = this->Put(service);
  this->ExpectTold(*watch, {"calm-otter"});
  auto written = this->backend_.Run(this->store().PutStatus(service));
  KL_ASSERT_OK(written);
  this->ExpectTold(*watch, {"calm-otter"});
  KL_ASSERT_OK(this->backend_.Run(this->store().Remove("calm-otter", written->meta.version)));
  this->ExpectTold(*watch, {"calm-otter"});
}

TYPED_TEST_P(WatchContract, ChangesBetweenTwoCallsAreKept) {
  const auto watch = this->Open();
  this->Next(*watch);
  for (const char* name : {"a", "b", "c"}) this->Create(name);
  this->ExpectTold(*watch, {"a", "b", "c"});
}

TYPED_TEST_P(WatchContract, AnObjectChangedOftenIsNamedOncePerAnswer) {
  const auto watch = this->Open();
  this->Next(*watch);
  Service service = this->Create("calm-otter");
  for (const char* type : {"a", "b", "c"}) {
    service.spec.type = type;
    service = this->Put(service);
  }
  this->ExpectTold(*watch, {"calm-otter"});
}

TYPED_TEST_P(WatchContract, EveryWatchIsTold) {
  const auto one = this->Open();
  const auto two = this->Open();
  this->Next(*one);
  this->Next(*two);
  this->Create("calm-otter");
  this->ExpectTold(*one, {"calm-otter"});
  this->ExpectTold(*two, {"calm-otter"});
}

TYPED_TEST_P(WatchContract, AClosedWatchDoesNotDisturbTheOthers) {
  auto closed = this->Open();
  const auto open = this->Open();
  this->Next(*closed);
  this->Next(*open);
  closed.reset();
  this->Create("calm-otter");
  this->ExpectTold(*open, {"calm-otter"});
}

TYPED_TEST_P(WatchContract, AWaitingWatchWakesForAChange) {
  const auto watch = this->Open();
  this->Next(*watch);
  struct Waiter {
    static Task<void> Run(Watch<Service>& watch, bool& woke) {
      auto changes = co_await watch.Next();
      woke = changes.has_value();
    }
    static Task<Result<Service>> Write(Store<Service>& store) {
      Service service;
      service.meta.name = "calm-otter";
      return store.PutSpec(std::move(service));
    }
    static Task<void> Until(Loop& loop, const bool& woke) {
      while (!woke) co_await Sleep(loop, Duration(1));
    }
  };
  bool woke = false;
  TaskScope scope(this->backend_.loop());
  scope.Spawn(Waiter::Run(*watch, woke));
  KL_ASSERT_OK(this->backend_.Run(Waiter::Write(this->store())));
  this->backend_.Run(Waiter::Until(this->backend_.loop(), woke));
  EXPECT_TRUE(woke);
}

TYPED_TEST_P(WatchContract, OtherKindsDoNotWakeIt) {
  const auto watch = this->Open();
  this->Next(*watch);
  Site site;
  site.meta.name = "p-s";
  KL_ASSERT_OK(this->backend_.Run(this->backend_.template store<Site>().PutSpec(site)));
  this->Create("calm-otter");
  const auto changes = this->Next(*watch);
  if (!changes.all) {
    EXPECT_EQ(changes.names, std::vector<std::string>{"calm-otter"});
  }
}

REGISTER_TYPED_TEST_SUITE_P(WatchContract, FirstAnswerAsksForAFullListAndDoesNotWait,
                            CreationsUpdatesAndRemovalsAreTold, ChangesBetweenTwoCallsAreKept,
                            AnObjectChangedOftenIsNamedOncePerAnswer, EveryWatchIsTold,
                            AClosedWatchDoesNotDisturbTheOthers, AWaitingWatchWakesForAChange,
                            OtherKindsDoNotWakeIt);

}  // namespace kl::testing
