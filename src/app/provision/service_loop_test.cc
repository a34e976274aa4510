// Hosts: who owns one, what is routed there, and what is left behind.
#include "app/provision/service_loop.h"

#include "app/app_fixture.h"
#include "app/services/services.h"
#include "domain/reasons.h"
#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"

namespace kl::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kShop[] = "shop.example.com";

struct ServiceLoopTest : AppFixture {
  void SetUp() override { Boot(); }
  void Boot() {
    service_loop.reset();
    service_loop = std::make_unique<ServiceLoop>(
        ServiceLoop::Deps{loop, random, records, services, templates, engine, engine, gateway,
                          outside, timeline, settings});
    service_loop->Start();
  }
  void Add(const std::string& name, const std::string& domain = "") {
    Service wish;
    wish.meta.name = name;
    wish.spec.type = "app";
    wish.spec.domain = domain;
    const auto added = loop.Run(verbs.Add(std::move(wish), Actor{}));
    ASSERT_TRUE(added) << testing::MessageOf(added);
    loop.RunFor(seconds(30));
  }
  void Edit(const std::string& name, ServicePatch patch) {
    const auto edited = loop.Run(verbs.Edit(name, std::move(patch), Actor{}));
    ASSERT_TRUE(edited) << testing::MessageOf(edited);
    loop.RunFor(seconds(30));
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
  // Whose instance a visitor of the host reaches; empty: nobody's.
  std::string Behind(const std::string& host) {
    const Route* route = gateway.Serving(host);
    if (!route || route->state != RouteState::kServing) return "";
    const auto* instance = engine.Listening(route->paths.at(0).upstream);
    return instance ? instance->spec.name.str() : "";
  }

  testing::FakeEngine engine{gate};
  testing::FakeGateway gateway{gate};
  testing::FakeOutside outside{gate, gateway, engine};
  Services verbs{{loop, random, records, templates, history, settings}};
  std::unique_ptr<ServiceLoop> service_loop;
};

TEST_F(ServiceLoopTest, WhoLostAHostDoesNotTouchItsRoute) {
  Add("winner", kShop);
  Add("loser", kShop);
  ASSERT_EQ(ReasonOf("loser"), reason::kDomainTaken);
  ASSERT_EQ(Behind(kShop), "winner");
  ServicePatch pause;
  pause.paused = true;
  Edit("loser", pause);
  EXPECT_EQ(Behind(kShop), "winner");
  loop.RunFor(minutes(25));
  EXPECT_EQ(Behind(kShop), "winner");
  Delete("loser");
  EXPECT_FALSE(services.objects().contains("loser"));
  EXPECT_EQ(Behind(kShop), "winner");
}

TEST_F(ServiceLoopTest, TheOldestKeepsItsHostThroughARestart) {
  Add("winner", kShop);
  Add("a-loser", kShop);  // first in the order of names
  ASSERT_EQ(Behind(kShop), "winner");
  const int starts = engine.starts();
  Boot();
  loop.RunFor(minutes(1));
  EXPECT_EQ(Behind(kShop), "winner");
  EXPECT_EQ(engine.starts(), starts) << "not for a moment";
}

TEST_F(ServiceLoopTest, WhoWaitedForAHostGetsItWhenItsOwnerGoes) {
  Add("winner", kShop);
  Add("loser", kShop);
  Delete("winner");
  EXPECT_EQ(Behind(kShop), "loser");
  EXPECT_EQ(ReasonOf("loser"), reason::kReady);
}

TEST_F(ServiceLoopTest, AnotherDomainIsAskedBeforeItCountsAsAnswering) {
  Add("llama");
  ASSERT_TRUE(Kept("llama").status.answered);
  outside.sick_status = 502;
  ServicePatch patch;
  patch.domain = kShop;
  Edit("llama", patch);
  EXPECT_FALSE(Kept("llama").status.answered);
  EXPECT_EQ(ReasonOf("llama"), reason::kNotAnswering);
  outside.sick_status = 0;
  loop.RunFor(seconds(30));
  EXPECT_TRUE(Kept("llama").status.answered);
  EXPECT_EQ(Behind(kShop), "llama");
}

TEST_F(ServiceLoopTest, NothingStaysBehindAtAFormerDomain) {
  Add("llama");
  const std::string former = Kept("llama").spec.domain;
  ASSERT_EQ(Behind(former), "llama");
  ServicePatch patch;
  patch.domain = kShop;
  Edit("llama", patch);
  EXPECT_EQ(gateway.Serving(former), nullptr);
  Delete("llama");
  EXPECT_TRUE(gateway.live().empty());
}

TEST_F(ServiceLoopTest, WhoMovesAwayFromAHostItLostLeavesItAlone) {
  Add("winner", kShop);
  Add("loser", kShop);
  ServicePatch patch;
  patch.domain = "other.example.com";
  Edit("loser", patch);
  EXPECT_EQ(Behind(kShop), "winner");
  EXPECT_EQ(Behind("other.example.com"), "loser");
}

// A store whose reads stay behind refuses every status for as long as that lasts.
struct StaleStore : testing::MemoryStore<Service> {
  using MemoryStore::MemoryStore;
  Task<Result<Service>> PutStatus(Service) override {
    ++refused;
    co_return Fail(ErrorKind::kConflict, "service: not the present version");
  }
  int refused = 0;
};

TEST_F(ServiceLoopTest, AConflictThatLastsBacksOff) {
  service_loop.reset();
  StaleStore stale{gate};
  const Records behind{subscriptions, stale, names, versions, sites, secrets};
  Services add{{loop, random, behind, templates, history, settings}};
  ServiceLoop another{{loop, random, behind, stale, templates, engine, engine, gateway, outside,
                       timeline, settings}};
  another.Start();
  Service wish;
  wish.meta.name = "calm-otter";
  wish.spec.type = "app";
  ASSERT_TRUE(loop.Run(add.Add(std::move(wish), Actor{})));
  loop.RunFor(minutes(5));
  EXPECT_GT(stale.refused, 3);
  EXPECT_LT(stale.refused, 60);
}

}  // namespace
}  // namespace kl::app
