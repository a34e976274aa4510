// What every Engine must do. See contract.h for Run() and loop(); the Backend names besides:
//
//   Engine& engine();  EngineWatch& watch();
//   AppSpec Spec(std::string name, std::string uid);  // what this engine can run, with one route
//   AppSpec Other(AppSpec spec);   // the same with a change that replaces a container
//   AppSpec Unpullable(AppSpec spec);  // the same with an image that cannot be had
//   Duration patience();           // a start takes at most so long
//   void Reopen();                 // as after a restart of the program; the engine went on
#pragma once

#include <algorithm>

#include "domain/reasons.h"
#include "ports/engine.h"
#include "ports/testing/contract.h"

namespace kl::testing {

namespace engine_contract {
// Looks until the instance is in that phase; the last look when it never is.
inline Task<Observed> Until(Loop& loop, Engine& engine, const AppSpec& spec, InstancePhase phase,
                            Duration patience) {
  const MonoTime deadline = loop.Monotonic() + patience;
  while (true) {
    auto observed = co_await engine.Observe(spec.name, spec.uid);
    const bool there = observed && observed->phase == phase;
    if (there || loop.Monotonic() >= deadline) co_return observed.value_or(Observed());
    co_await Sleep(loop, Duration(20));
  }
}
inline Task<Observed> UntilItSays(Loop& loop, Engine& engine, const AppSpec& spec,
                                  std::string_view reason, Duration patience) {
  const MonoTime deadline = loop.Monotonic() + patience;
  while (true) {
    auto observed = co_await engine.Observe(spec.name, spec.uid);
    const bool there = observed && observed->reason == reason;
    if (there || loop.Monotonic() >= deadline) co_return observed.value_or(Observed());
    co_await Sleep(loop, Duration(20));
  }
}
}  // namespace engine_contract

template <class Backend>
class EngineContract : public ::testing::Test {
 protected:
  Status Apply(AppSpec spec) { return backend_.Run(backend_.engine().Apply(std::move(spec))); }
  Status Stop(const AppSpec& spec) {
    return backend_.Run(backend_.engine().Stop(spec.name, spec.uid));
  }
  Status Remove(const AppSpec& spec) {
    return backend_.Run(backend_.engine().Remove(spec.name, spec.uid));
  }
  Observed Look(const AppSpec& spec) {
    auto observed = backend_.Run(backend_.engine().Observe(spec.name, spec.uid));
    EXPECT_TRUE(observed) << MessageOf(observed);
    return observed.value_or(Observed());
  }
  Observed Until(const AppSpec& spec, InstancePhase phase) {
    Observed last = backend_.Run(engine_contract::Until(backend_.loop(), backend_.engine(), spec,
                                                        phase, backend_.patience()));
    EXPECT_EQ(last.phase, phase) << last.reason << ": " << last.message;
    return last;
  }
  Observed UntilItSays(const AppSpec& spec, std::string_view reason) {
    Observed last = backend_.Run(engine_contract::UntilItSays(backend_.loop(), backend_.engine(),
                                                              spec, reason, backend_.patience()));
    EXPECT_EQ(last.reason, reason) << last.message;
    return last;
  }
  Observed Start(const AppSpec& spec) {
    const auto applied = Apply(spec);
    EXPECT_TRUE(applied) << MessageOf(applied);
    return Until(spec, InstancePhase::kRunning);
  }
  std::vector<Found> Inventory() {
    auto found = backend_.Run(backend_.engine().Inventory());
    EXPECT_TRUE(found) << MessageOf(found);
    return found.value_or(std::vector<Found>());
  }
  std::optional<Found> InInventory(const AppSpec& spec) {
    for (const Found& found : Inventory()) {
      if (found.name == spec.name) return found;
    }
    return std::nullopt;
  }
  AppSpec Spec() { return backend_.Spec("calm-otter", "0123456789abcdef0123456789abcdef"); }
  void TearDown() override {
    for (const Found& found : Inventory()) {
      KL_ASSERT_OK(backend_.Run(backend_.engine().Remove(found.name, found.uid)));
    }
  }

  Backend backend_;
};

TYPED_TEST_SUITE_P(EngineContract);

TYPED_TEST_P(EngineContract, WhatWasNeverAppliedIsAbsent) {
  EXPECT_EQ(this->Look(this->Spec()).phase, InstancePhase::kAbsent);
  EXPECT_TRUE(this->Inventory().empty());
}

TYPED_TEST_P(EngineContract, AnAppliedInstanceRunsAndSaysWhereItIsReached) {
  const AppSpec spec = this->Spec();
  const Observed observed = this->Start(spec);
  EXPECT_EQ(observed.spec_digest, Digest(spec));
  EXPECT_EQ(observed.reason, "");
  EXPECT_EQ(observed.members.size(), spec.members.size());
  ASSERT_EQ(observed.upstreams.size(), spec.routes.size());
  EXPECT_EQ(observed.upstreams[0].first, spec.routes[0].port);
  EXPECT_NE(observed.upstreams[0].second.find(':'), std::string::npos);
}

TYPED_TEST_P(EngineContract, AnEqualSpecRestartsNothing) {
  const AppSpec spec = this->Spec();
  const Observed before = this->Start(spec);
  KL_ASSERT_OK(this->Apply(spec));
  const Observed after = this->Look(spec);
  EXPECT_EQ(after.phase, InstancePhase::kRunning);
  EXPECT_EQ(after.upstreams, before.upstreams);
  EXPECT_EQ(after.members.at(0).restarts, before.members.at(0).restarts);
}

TYPED_TEST_P(EngineContract, AnotherSpecIsRunInItsPlace) {
  this->Start(this->Spec());
  const AppSpec other = this->backend_.Other(this->Spec());
  EXPECT_EQ(this->Start(other).spec_digest, Digest(other));
  EXPECT_EQ(this->Inventory().size(), 1u);
}

TYPED_TEST_P(EngineContract, WhatRunsGoesOnWhileAnotherImageCannotBeHad) {
  const AppSpec spec = this->Spec();
  const Observed before = this->Start(spec);
  KL_ASSERT_OK(this->Apply(this->backend_.Unpullable(spec)));
  const Observed waiting = this->UntilItSays(spec, reason::kImageMissing);
  EXPECT_NE(waiting.phase, InstancePhase::kRunning) << "it does not run as wished";
  EXPECT_EQ(waiting.upstreams, before.upstreams);
  const auto found = this->InInventory(spec);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->running);
  const Observed again = this->Start(spec);
  EXPECT_EQ(again.upstreams, before.upstreams);
  EXPECT_EQ(again.members.at(0).restarts, before.members.at(0).restarts);
}

TYPED_TEST_P(EngineContract, AStoppedInstanceIsKeptAndStartsAgain) {
  const AppSpec spec = this->Spec();
  this->Start(spec);
  KL_ASSERT_OK(this->Stop(spec));
  EXPECT_EQ(this->Look(spec).phase, InstancePhase::kStopped);
  KL_ASSERT_OK(this->Stop(spec));
  const auto found = this->InInventory(spec);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->running);
  this->Start(spec);
}

TYPED_TEST_P(EngineContract, ARemovedInstanceLeavesNothing) {
  const AppSpec spec = this->Spec();
  this->Start(spec);
  KL_ASSERT_OK(this->Remove(spec));
  EXPECT_EQ(this->Look(spec).phase, InstancePhase::kAbsent);
  EXPECT_FALSE(this->InInventory(spec));
}

TYPED_TEST_P(EngineContract, StoppingAndRemovingNothingIsNoError) {
  KL_ASSERT_OK(this->Stop(this->Spec()));
  KL_ASSERT_OK(this->Remove(this->Spec()));
}

TYPED_TEST_P(EngineContract, AnInstanceWithAnotherUidIsAConflictAndStaysUntouched) {
  const AppSpec theirs = this->Spec();
  const Observed before = this->Start(theirs);
  const AppSpec ours = this->backend_.Spec(theirs.name.str(), "ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(KindOf(this->Apply(ours)), ErrorKind::kConflict);
  EXPECT_EQ(this->Look(ours).phase, InstancePhase::kAbsent);
  KL_ASSERT_OK(this->Stop(ours));
  KL_ASSERT_OK(this->Remove(ours));
  const Observed after = this->Look(theirs);
  EXPECT_EQ(after.phase, InstancePhase::kRunning);
  EXPECT_EQ(after.upstreams, before.upstreams);
}

TYPED_TEST_P(EngineContract, TheInventoryKnowsWhoseEachInstanceIs) {
  AppSpec spec = this->Spec();
  spec.subscription = "p/s/Case-Sensitive/1";
  this->Start(spec);
  const auto found = this->InInventory(spec);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->uid, spec.uid);
  EXPECT_EQ(found->subscription, spec.subscription);
  EXPECT_TRUE(found->running);
}

TYPED_TEST_P(EngineContract, InstancesAreApart) {
  const AppSpec one = this->Spec();
  const AppSpec two = this->backend_.Spec("wise-owl", "ffffffffffffffffffffffffffffffff");
  const Observed first = this->Start(one);
  const Observed second = this->Start(two);
  EXPECT_NE(first.upstreams.at(0).second, second.upstreams.at(0).second);
  KL_ASSERT_OK(this->Remove(one));
  EXPECT_EQ(this->Look(two).phase, InstancePhase::kRunning);
  EXPECT_EQ(this->Look(two).upstreams, second.upstreams);
}

TYPED_TEST_P(EngineContract, ARestartedProgramAdoptsWhatRunsWithoutTouchingIt) {
  const AppSpec spec = this->Spec();
  const Observed before = this->Start(spec);
  this->backend_.Reopen();
  const auto found = this->InInventory(spec);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->running);
  const Observed after = this->Start(spec);
  EXPECT_EQ(after.upstreams, before.upstreams);
  EXPECT_EQ(after.members.at(0).restarts, before.members.at(0).restarts);
}

TYPED_TEST_P(EngineContract, TheWatchTellsOfAChange) {
  const AppSpec spec = this->Spec();
  this->Start(spec);
  const auto names = this->backend_.Run(this->backend_.watch().Next());
  // An empty answer asks to look at all.
  EXPECT_TRUE(names.empty() || std::ranges::find(names, spec.name) != names.end());
}

REGISTER_TYPED_TEST_SUITE_P(
    EngineContract, WhatWasNeverAppliedIsAbsent, AnAppliedInstanceRunsAndSaysWhereItIsReached,
    AnEqualSpecRestartsNothing, AnotherSpecIsRunInItsPlace,
    WhatRunsGoesOnWhileAnotherImageCannotBeHad, AStoppedInstanceIsKeptAndStartsAgain,
    ARemovedInstanceLeavesNothing, StoppingAndRemovingNothingIsNoError,
    AnInstanceWithAnotherUidIsAConflictAndStaysUntouched, TheInventoryKnowsWhoseEachInstanceIs,
    InstancesAreApart, ARestartedProgramAdoptsWhatRunsWithoutTouchingIt, TheWatchTellsOfAChange);

}  // namespace kl::testing
