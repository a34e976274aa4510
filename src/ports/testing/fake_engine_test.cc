#include "ports/testing/fake_engine.h"

#include <gtest/gtest.h>

#include "domain/reasons.h"
#include "ports/testing/fake_gateway.h"
#include "ports/testing/sim_loop.h"

namespace kl::testing {
namespace {

using std::chrono::minutes;

struct EngineTest : ::testing::Test {
  SimLoop loop;
  CallGate gate{loop};
  FakeEngine engine{gate};
  FakeGateway gateway{gate};
  FakeOutside outside{gate, gateway, engine};
  const ServiceName name{"calm-otter"};
  const ServiceUid uid{"u1"};

  AppSpec Spec(std::string image = "web:1") const {
    AppSpec spec{.name = name, .uid = uid, .subscription = "p/s/1", .host = "a.example.com"};
    spec.members = {Member{.name = "web", .image = std::move(image)}};
    spec.routes = {{"/", 80, "web", "/"}};
    return spec;
  }
  Observed Look() { return loop.Run(engine.Observe(name, uid)).value(); }
  void Run() {
    ASSERT_TRUE(loop.Run(engine.Apply(Spec())));
    loop.RunFor(minutes(1));
    ASSERT_EQ(Look().phase, InstancePhase::kRunning);
  }
  void Route() {
    kl::Route route{.host = "a.example.com", .paths = {{"/", Look().upstreams.at(0).second}}};
    ASSERT_TRUE(loop.Run(gateway.Put(route)));
  }
  int Status(const std::string& host = "a.example.com") {
    return loop.Run(outside.Get(host, "/", false)).value().status;
  }
};

TEST_F(EngineTest, AnInstanceStartsRunsStopsAndStartsAgain) {
  EXPECT_EQ(Look().phase, InstancePhase::kAbsent);
  ASSERT_TRUE(loop.Run(engine.Apply(Spec())));
  EXPECT_EQ(Look().phase, InstancePhase::kStarting);
  EXPECT_EQ(Look().reason, reason::kStarting);
  loop.RunFor(minutes(1));
  EXPECT_EQ(Look().phase, InstancePhase::kRunning);
  EXPECT_EQ(Look().spec_digest, Digest(Spec()));
  ASSERT_TRUE(loop.Run(engine.Stop(name, uid)));
  EXPECT_EQ(Look().phase, InstancePhase::kStopped);
  Run();
  EXPECT_EQ(engine.creations("p/s/1"), 1);
  EXPECT_EQ(engine.starts(), 2);
}

TEST_F(EngineTest, AnEqualSpecChangesNothingAndAnotherRestarts) {
  Run();
  const auto before = Look().upstreams;
  ASSERT_TRUE(loop.Run(engine.Apply(Spec())));
  EXPECT_EQ(Look().upstreams, before);
  EXPECT_EQ(engine.starts(), 1);
  ASSERT_TRUE(loop.Run(engine.Apply(Spec("web:2"))));
  loop.RunFor(minutes(1));
  EXPECT_NE(Look().upstreams, before);
  EXPECT_EQ(engine.starts(), 2);
}

TEST_F(EngineTest, AnotherUidUnderTheNameIsAConflictAndStaysUntouched) {
  engine.PlantForeign(name, ServiceUid("theirs"));
  const auto applied = loop.Run(engine.Apply(Spec()));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(loop.Run(engine.Stop(name, uid)));
  ASSERT_TRUE(loop.Run(engine.Remove(name, uid)));
  EXPECT_EQ(engine.instances().at(name).spec.uid, ServiceUid("theirs"));
}

TEST_F(EngineTest, EveryInstanceEverMadeForASubscriptionIsCounted) {
  Run();
  ASSERT_TRUE(loop.Run(engine.Remove(name, uid)));
  AppSpec second = Spec();
  second.uid = ServiceUid("u2");
  ASSERT_TRUE(loop.Run(engine.Apply(second)));
  EXPECT_EQ(engine.creations("p/s/1"), 2);
}

TEST_F(EngineTest, ACrashedMemberIsStartedAgainLaterEachTime) {
  Run();
  engine.Crash(name);
  EXPECT_EQ(Look().phase, InstancePhase::kStarting);
  EXPECT_EQ(Look().reason, reason::kCrashLooping);
  loop.RunFor(Duration(1000));
  EXPECT_EQ(Look().phase, InstancePhase::kRunning);
  EXPECT_EQ(Look().members.at(0).restarts, 1);
  engine.Crash(name);
  loop.RunFor(Duration(1000));
  EXPECT_EQ(Look().phase, InstancePhase::kStarting);
  loop.RunFor(Duration(1000));
  EXPECT_EQ(Look().phase, InstancePhase::kRunning);
}

TEST_F(EngineTest, WhatIsWithheldReplacesWhatRunsOnlyWhenItIsThere) {
  Run();
  engine.Withhold(name);
  ASSERT_TRUE(loop.Run(engine.Apply(Spec("web:2"))));
  loop.RunFor(minutes(1));
  const FakeEngine::Instance& instance = engine.instances().at(name);
  EXPECT_EQ(instance.phase, InstancePhase::kRunning);
  EXPECT_EQ(instance.spec.members[0].image, "web:1");
  EXPECT_EQ(instance.taken_down, 0);
  engine.Mend(name);
  EXPECT_EQ(instance.taken_down, 1);
  loop.RunFor(minutes(1));
  EXPECT_EQ(instance.phase, InstancePhase::kRunning);
  EXPECT_EQ(instance.spec.members[0].image, "web:2");
}

TEST_F(EngineTest, ABrokenInstanceSaysWhyUntilItIsMended) {
  engine.Break(name, std::string(reason::kImageMissing), "no such image");
  ASSERT_TRUE(loop.Run(engine.Apply(Spec())));
  loop.RunFor(minutes(10));
  EXPECT_EQ(Look().reason, reason::kImageMissing);
  EXPECT_EQ(Look().message, "no such image");
  engine.Mend(name);
  loop.RunFor(minutes(1));
  EXPECT_EQ(Look().phase, InstancePhase::kRunning);
}

TEST_F(EngineTest, ARebootStopsEverythingAndTheInventoryStillFindsIt) {
  Run();
  engine.Reboot();
  EXPECT_EQ(Look().phase, InstancePhase::kStopped);
  const auto found = loop.Run(engine.Inventory());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).subscription, "p/s/1");
  EXPECT_FALSE(found->at(0).running);
  Run();
}

TEST_F(EngineTest, AStartWhoseProgramDiedGoesOnAtTheNextApply) {
  ASSERT_TRUE(loop.Run(engine.Apply(Spec())));
  engine.ProgramDied();
  loop.RunFor(minutes(10));
  EXPECT_EQ(Look().phase, InstancePhase::kStarting);
  Run();
  EXPECT_EQ(engine.creations("p/s/1"), 1);
}

TEST_F(EngineTest, TheWatchNamesWhatChangedOnceAndSaysWhenItWasCut) {
  Run();
  EXPECT_EQ(loop.Run(engine.Next()), std::vector<ServiceName>{name});
  engine.Crash(name);
  loop.RunFor(minutes(1));
  EXPECT_EQ(loop.Run(engine.Next()), std::vector<ServiceName>{name});
  engine.Cut();
  EXPECT_TRUE(loop.Run(engine.Next()).empty());
}

TEST_F(EngineTest, CapacityIsALimitOnNewInstancesOnly) {
  FakeEngine small(gate, {.capacity = 1});
  ASSERT_TRUE(loop.Run(small.Apply(Spec())));
  ASSERT_TRUE(loop.Run(small.Apply(Spec("web:2"))));
  AppSpec other = Spec();
  other.name = ServiceName("wise-owl");
  const auto applied = loop.Run(small.Apply(other));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, ErrorKind::kExhausted);
}

TEST_F(EngineTest, LogsAreReadToTheirEndAndUnknownMembersAreNamed) {
  Run();
  auto reader = loop.Run(engine.Logs(name, uid, {.member = "web", .tail = 1}));
  ASSERT_TRUE(reader);
  EXPECT_EQ(loop.Run((*reader)->Read()).value(), "web: ready\n");
  EXPECT_EQ(loop.Run((*reader)->Read()).value(), "");
  EXPECT_FALSE(loop.Run(engine.Logs(name, uid, {.member = "db"})));
}

TEST_F(EngineTest, OutsideSeesWhatTrulyRunsBehindTheRoute) {
  EXPECT_EQ(Status(), 404);
  Run();
  Route();
  EXPECT_EQ(Status(), 200);
  EXPECT_EQ(outside.first_answers().count("a.example.com"), 1u);
  engine.Crash(name);
  EXPECT_EQ(Status(), 502);
  loop.RunFor(minutes(1));
  EXPECT_EQ(Status(), 502) << "the route still leads to the old port";
  Route();
  EXPECT_EQ(Status(), 200);
  EXPECT_TRUE(outside.mixed_up().empty());
}

TEST_F(EngineTest, ARouteToAnotherCustomersInstanceIsNoticed) {
  Run();
  kl::Route route{.host = "b.example.com", .paths = {{"/", Look().upstreams.at(0).second}}};
  ASSERT_TRUE(loop.Run(gateway.Put(route)));
  Status("b.example.com");
  EXPECT_EQ(outside.mixed_up(), std::vector<std::string>{"b.example.com"});
}

TEST_F(EngineTest, AGatewayThatIsDownMakesTheChangesWhenItIsBack) {
  Run();
  gateway.Down();
  const std::string upstream = Look().upstreams.at(0).second;
  const auto put = loop.Run(gateway.Put({.host = "a.example.com", .paths = {{"/", upstream}}}));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(loop.Run(outside.Get("a.example.com", "/", false)));
  gateway.Up();
  EXPECT_EQ(Status(), 200);
  gateway.LoseRoutes();
  EXPECT_EQ(Status(), 404);
  gateway.Up();
  EXPECT_EQ(Status(), 200);
}

TEST_F(EngineTest, EqualRoutesAreNoChangeAndAPageIsShownWhileStarting) {
  const kl::Route route{.host = "a.example.com", .state = RouteState::kStarting};
  ASSERT_TRUE(loop.Run(gateway.Put(route)));
  ASSERT_TRUE(loop.Run(gateway.Put(route)));
  EXPECT_EQ(gateway.changes(), 1);
  EXPECT_EQ(Status(), 503);
  EXPECT_TRUE(outside.first_answers().empty());
}

}  // namespace
}  // namespace kl::testing
