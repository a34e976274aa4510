// Room: who may run, who waits, and what happens when room comes.
#include "app/app_fixture.h"
#include "app/provision/service_loop.h"
#include "app/services/services.h"
#include "domain/reasons.h"
#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"

namespace kl::app {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kMi = 1 << 20;

struct RoomTest : AppFixture {
  void SetUp() override {
    settings.capacity.memory_bytes = 256 * kMi;
    Boot();
  }
  void Boot() {
    service_loop.reset();
    engine.ProgramDied();
    service_loop = std::make_unique<ServiceLoop>(
        ServiceLoop::Deps{loop, random, records, services, templates, engine, engine, gateway,
                          outside, timeline, settings});
    service_loop->Start();
    loop.RunFor(seconds(30));
  }
  void Order(const std::string& name, const std::string& memory) {
    Service wish;
    wish.meta.name = name;
    wish.spec.type = "app";
    wish.spec.limits.memory = *Quantity::Parse(memory);
    const auto added = loop.Run(verbs.Add(std::move(wish), Actor{}));
    ASSERT_TRUE(added) << testing::MessageOf(added);
    loop.RunFor(seconds(30));
  }
  void Edit(const std::string& name, const ServicePatch& patch) {
    const auto edited = loop.Run(verbs.Edit(name, patch, Actor{}));
    ASSERT_TRUE(edited) << testing::MessageOf(edited);
    loop.RunFor(seconds(30));
  }
  void Resize(const std::string& name, const std::string& memory) {
    ServicePatch patch;
    patch.memory = *Quantity::Parse(memory);
    Edit(name, patch);
  }
  void Pause(const std::string& name, bool paused) {
    ServicePatch patch;
    patch.paused = paused;
    Edit(name, patch);
  }
  void Delete(const std::string& name) {
    ASSERT_TRUE(loop.Run(verbs.Delete(name, Actor{})));
    loop.RunFor(seconds(30));
  }
  const Service& Kept(const std::string& name) { return services.objects().at(name); }
  std::string ReasonOf(const std::string& name) {
    const Condition* ready = FindCondition(Kept(name).status.conditions, condition::kReady);
    return ready ? ready->reason : "";
  }
  bool Runs(const std::string& name) {
    const auto it = engine.instances().find(ServiceName(name));
    return it != engine.instances().end() && it->second.phase == InstancePhase::kRunning;
  }
  std::int64_t MemoryOf(const std::string& name) {
    return engine.instances().at(ServiceName(name)).spec.members.at(0).memory_bytes;
  }
  const Capacity& capacity() { return service_loop->admissions().capacity(); }

  testing::FakeEngine engine{gate};
  testing::FakeGateway gateway{gate};
  testing::FakeOutside outside{gate, gateway, engine};
  Services verbs{{loop, random, records, templates, history, settings}};
  std::unique_ptr<ServiceLoop> service_loop;
};

TEST_F(RoomTest, AnOrderThatDoesNotFitWaitsWithItsReasonAndStartsWhenRoomComes) {
  Order("first", "200Mi");
  Order("second", "64Mi");
  EXPECT_TRUE(Runs("first"));
  EXPECT_EQ(ReasonOf("second"), reason::kNoRoom);
  EXPECT_EQ(Kept("second").status.phase, "NotReady");
  EXPECT_FALSE(engine.instances().contains(ServiceName("second")));
  const Route* route = gateway.Serving(Kept("second").spec.domain);
  ASSERT_NE(route, nullptr);
  EXPECT_EQ(route->state, RouteState::kStarting) << "its customer sees that it is on its way";
  Delete("first");
  EXPECT_TRUE(Runs("second"));
  EXPECT_EQ(ReasonOf("second"), reason::kReady);
}

TEST_F(RoomTest, AFullMachineLosesNoOrderAndServesThemInTheirOrder) {
  for (int i = 0; i < 12; ++i) Order("order-" + std::string(1, static_cast<char>('l' - i)), "64Mi");
  EXPECT_EQ(engine.running(), 4);
  EXPECT_EQ(capacity().waiting(), 8U);
  for (char oldest = 'l'; oldest > 'd'; --oldest) {
    const std::string next = "order-" + std::string(1, static_cast<char>(oldest - 4));
    EXPECT_EQ(ReasonOf(next), reason::kNoRoom);
    Delete("order-" + std::string(1, oldest));
    EXPECT_TRUE(Runs(next)) << next;
    EXPECT_EQ(engine.running(), 4);
  }
  EXPECT_EQ(capacity().waiting(), 0U);
}

TEST_F(RoomTest, TheOrderOfArrivalOutlivesARestart) {
  for (const char* name : {"zebra", "yak", "cat", "bee"}) Order(name, "128Mi");
  ASSERT_EQ(ReasonOf("cat"), reason::kNoRoom);
  Boot();
  EXPECT_TRUE(Runs("zebra") && Runs("yak"));
  EXPECT_EQ(capacity().waiting(), 2U);
  Delete("yak");
  EXPECT_TRUE(Runs("cat"));
  EXPECT_FALSE(Runs("bee"));
}

TEST_F(RoomTest, AfterAMachinesRebootWhatRanRunsAgainThoughLessFits) {
  Order("first", "128Mi");
  Order("second", "128Mi");
  engine.Reboot();
  settings.capacity.memory_bytes = 128 * kMi;
  Boot();
  EXPECT_TRUE(Runs("first") && Runs("second"));
  Order("third", "16Mi");
  EXPECT_EQ(ReasonOf("third"), reason::kNoRoom);
}

TEST_F(RoomTest, WhatWasHandedToTheEngineBeforePromisesWereKeptIsTakenAsItIs) {
  Order("first", "200Mi");
  Service old = Kept("first");
  old.status.admitted.reset();
  ASSERT_TRUE(loop.Run(services.PutStatus(old)));
  engine.Reboot();
  settings.capacity.memory_bytes = 100 * kMi;
  Boot();
  EXPECT_TRUE(Runs("first"));
  ASSERT_TRUE(Kept("first").status.admitted);
  EXPECT_EQ(capacity().promised().memory_bytes, 200 * kMi);
}

TEST_F(RoomTest, AGreaterPlanWaitsWhileThePresentSizeGoesOn) {
  Order("first", "128Mi");
  Order("second", "64Mi");
  const int stops = engine.instances().at(ServiceName("second")).taken_down;
  Resize("second", "192Mi");
  EXPECT_TRUE(Runs("second"));
  EXPECT_EQ(MemoryOf("second"), 64 * kMi);
  EXPECT_EQ(engine.instances().at(ServiceName("second")).taken_down, stops);
  EXPECT_EQ(Kept("second").status.phase, "Ready");
  const Condition* room = FindCondition(Kept("second").status.conditions, condition::kRoom);
  ASSERT_NE(room, nullptr);
  EXPECT_EQ(room->reason, reason::kNoRoom);
  engine.Reboot();
  Boot();
  EXPECT_TRUE(Runs("second"));
  EXPECT_EQ(MemoryOf("second"), 64 * kMi) << "after a reboot, too";
  Resize("first", "64Mi");
  EXPECT_EQ(MemoryOf("second"), 192 * kMi);
  EXPECT_EQ(FindCondition(Kept("second").status.conditions, condition::kRoom), nullptr);
}

TEST_F(RoomTest, AStoppedInstanceMakesRoomAndComesBackThroughTheLine) {
  Order("first", "200Mi");
  Order("second", "200Mi");
  Pause("first", true);
  EXPECT_TRUE(Runs("second"));
  Pause("first", false);
  EXPECT_EQ(ReasonOf("first"), reason::kNoRoom);
  EXPECT_TRUE(Runs("second")) << "what runs is not stopped";
  Boot();
  EXPECT_EQ(ReasonOf("first"), reason::kNoRoom);
  Delete("second");
  EXPECT_TRUE(Runs("first"));
}

TEST_F(RoomTest, AStoppedInstanceKeepsItsStorage) {
  settings.capacity.storage_bytes = 3LL << 30;
  Install("app", R"(
services:
  web:
    image: example/web:1
    ports: ["8080"]
    volumes: ["data:/data"]
volumes:
  data: {}
)");
  Boot();
  Order("first", "16Mi");
  ASSERT_EQ(capacity().promised().storage_bytes, 1LL << 30);
  Pause("first", true);
  EXPECT_EQ(capacity().promised(), (Amounts{.storage_bytes = 1LL << 30}));
  Boot();
  EXPECT_EQ(capacity().promised(), (Amounts{.storage_bytes = 1LL << 30}));
  Delete("first");
  EXPECT_EQ(capacity().promised(), Amounts{});
}

TEST_F(RoomTest, WhatTheMachineCanNeverHoldDelaysNobody) {
  Order("whale", "1Gi");
  EXPECT_EQ(ReasonOf("whale"), reason::kNoRoom);
  Order("minnow", "64Mi");
  EXPECT_TRUE(Runs("minnow"));
}

TEST_F(RoomTest, WhoWaitsForSomethingElseHoldsNobodyUp) {
  Order("first", "200Mi");
  Order("paused", "200Mi");
  Pause("paused", true);
  Order("third", "56Mi");
  EXPECT_TRUE(Runs("third"));
}

TEST_F(RoomTest, KilledBeforeItsRecordWasWrittenItRunsOnAndIsCounted) {
  Order("first", "200Mi");
  Service behind = Kept("first");
  behind.status = {};
  ASSERT_TRUE(loop.Run(services.PutStatus(behind)));
  settings.capacity.memory_bytes = 100 * kMi;
  Boot();
  EXPECT_EQ(ReasonOf("first"), reason::kReady);
  EXPECT_EQ(capacity().promised().memory_bytes, 200 * kMi);
}

TEST_F(RoomTest, APersonIsWarnedBefore) {
  Order("first", "200Mi");
  EXPECT_TRUE(service_loop->admissions().Warnings().empty());
  Order("second", "16Mi");
  EXPECT_EQ(service_loop->admissions().Warnings(),
            std::vector<std::string>{"memory: 84% of 256Mi is promised"});
}

}  // namespace
}  // namespace kl::app
