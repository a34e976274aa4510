// What goes wrong around an instance, on a real engine.
#include <signal.h>

#include <filesystem>

#include "adapters/engine_docker/netns.h"
#include "adapters/engine_docker/real/fixture.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

class TroubleTest : public RealEngineTest {
 protected:
  Member Database() {
    Member member;
    member.name = "db";
    member.image = kTinyImage;
    member.env = {{.name = "PORT", .value = SecretString("9000")}};
    member.probe = Probe{.exec = {"/tiny", "probe"},
                         .interval = std::chrono::milliseconds(300),
                         .timeout = std::chrono::seconds(5)};
    return member;
  }
  AppSpec Pair(const std::string& name) {
    AppSpec spec = Spec(name);
    spec.volumes = {"data"};
    spec.storage_bytes = 64 << 20;
    spec.members[0].mounts = {{.volume = "data", .path = "/data"}};
    spec.members[0].depends_on = {{"db", DependencyCondition::kHealthy}};
    spec.members.insert(spec.members.begin(), Database());
    return spec;
  }
  // Waits until the member runs in another container, or was started anew in the same.
  void WaitStartedAnew(const AppSpec& spec, const std::string& member, std::int64_t before) {
    WaitUntil(spec, [&](const Observed& seen) {
      if (seen.phase != InstancePhase::kRunning) return false;
      return true;
    });
    EXPECT_GT(Inspect(IdOf(spec, member)).started_ns, before) << member;
  }
  bool WaitReason(const AppSpec& spec, std::string_view word) {
    return WaitUntil(spec, [&](const Observed& seen) { return seen.reason == word; }).reason ==
           word;
  }
  Status Kill(const std::string& id) {
    kill(Inspect(id).pid, SIGKILL);
    return {};
  }
};

TEST_F(TroubleTest, DependentsStartAfterTheirDependencyIsHealthy) {
  AppSpec spec = Pair("in-order");
  spec.members[0].env.push_back({.name = "START_DELAY_MS", .value = SecretString("700")});
  ASSERT_TRUE(Apply(spec));
  const Observed waiting = WaitUntil(spec, [](const Observed& seen) {
    return seen.members.size() == 2 && seen.members[1].status == "waiting" &&
           seen.members[0].status == "starting";
  });
  EXPECT_EQ(waiting.phase, InstancePhase::kStarting);
  WaitRunning(spec);
  EXPECT_GE(Inspect(IdOf(spec, "app")).started_ns,
            Inspect(IdOf(spec, "db")).started_ns + 700'000'000);
}

TEST_F(TroubleTest, KilledMemberIsStartedAgain) {
  const AppSpec spec = Spec("member-killed");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const std::string id = IdOf(spec, "app");
  const auto before = Inspect(id).started_ns;
  ASSERT_TRUE(Kill(id));
  WaitUntil(spec, [](const Observed& seen) { return seen.phase != InstancePhase::kRunning; });
  const Observed seen = WaitRunning(spec);
  EXPECT_EQ(seen.members[0].restarts, 1);
  EXPECT_GT(Inspect(id).started_ns, before);
}

TEST_F(TroubleTest, KilledPauseRestartsTheMembersAndTheInstanceAnswers) {
  const AppSpec spec = Pair("pause-killed");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=kept"), "4\n");
  const auto app = Inspect(IdOf(spec, "app")).started_ns, db = Inspect(IdOf(spec, "db")).started_ns;
  const auto upstreams = Observe(spec).upstreams;
  ASSERT_TRUE(Kill(IdOf(spec, "")));
  WaitUntil(spec, [](const Observed& seen) { return seen.phase != InstancePhase::kRunning; });
  WaitStartedAnew(spec, "app", app);
  WaitStartedAnew(spec, "db", db);
  EXPECT_EQ(Observe(spec).upstreams, upstreams);
  EXPECT_EQ(Get(spec, "/read?path=/data/note"), "kept");
}

// The worst of it: somebody else already started the pause again, so that all look alive.
TEST_F(TroubleTest, MembersInADeadNamespaceAreFoundAfterARestartOfTheProgram) {
  const AppSpec spec = Spec("dead-namespace");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const auto app = Inspect(IdOf(spec, "app")).started_ns;
  engine_.reset();
  const std::string pause = IdOf(spec, "");
  ASSERT_TRUE(Run(api_->StopContainer(pause, std::chrono::seconds(0))));
  ASSERT_TRUE(Run(api_->StartContainer(pause)));
  ASSERT_NE(NetworkNamespace(Inspect(pause).pid), NetworkNamespace(Inspect(IdOf(spec, "app")).pid));
  Restart();
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_GT(Inspect(IdOf(spec, "app")).started_ns, app);
  EXPECT_EQ(Get(spec, "/healthz"), "ok\n");
}

TEST_F(TroubleTest, AfterTheLossOfAllContainersTheInstanceIsBackWithItsData) {
  const AppSpec spec = Pair("rebooted");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=kept"), "4\n");
  const auto upstreams = Observe(spec).upstreams;
  engine_.reset();
  for (const std::string member : {"app", "db", ""}) {
    ASSERT_TRUE(Run(api_->RemoveContainer(IdOf(spec, member))));
  }
  ASSERT_TRUE(Run(api_->RemoveNetwork(PodName(spec.name, spec.uid))));
  Restart();
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Observe(spec).upstreams, upstreams);
  EXPECT_EQ(Get(spec, "/read?path=/data/note"), "kept");
}

TEST_F(TroubleTest, ContainersRemovedBehindItsBackComeBack) {
  const AppSpec spec = Pair("removed-behind");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const std::string id = IdOf(spec, "app");
  ASSERT_TRUE(Run(api_->RemoveContainer(id)));
  WaitUntil(spec, [](const Observed& seen) { return seen.phase != InstancePhase::kRunning; });
  WaitRunning(spec);
  EXPECT_NE(IdOf(spec, "app"), id);
}

TEST_F(TroubleTest, StoppedInstanceThatSomebodyStartsIsStoppedAgain) {
  const AppSpec spec = Spec("stays-stopped");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  ASSERT_TRUE(Stop(spec));
  const std::string id = IdOf(spec, "app");
  ASSERT_TRUE(Run(api_->StartContainer(id)));
  // (The test's own questions let the loop, and with it the engine, run.)
  const MonoTime end = loop_.Monotonic() + std::chrono::seconds(20);
  while (Inspect(id).state == "running" && loop_.Monotonic() < end) {
  }
  EXPECT_NE(Inspect(id).state, "running");
}

TEST_F(TroubleTest, MissingImageIsNamedAndNothingRunningIsTouched) {
  AppSpec spec = Spec("image-missing");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const std::string id = IdOf(spec, "app");
  AppSpec next = spec;
  next.members[0].image = "localhost/kuberlogic/nothing:1";
  ASSERT_TRUE(Apply(next));
  EXPECT_TRUE(WaitReason(next, reason::kImageMissing));
  EXPECT_EQ(IdOf(spec, "app"), id);
  EXPECT_EQ(Get(spec, "/healthz"), "ok\n");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(IdOf(spec, "app"), id);
}

TEST_F(TroubleTest, PullThatFailsInsideA200IsAFailure) {
  AppSpec spec = Spec("pull-fails");
  spec.members[0].image = "127.0.0.1:1/nothing:1";
  ASSERT_TRUE(Apply(spec));
  EXPECT_TRUE(WaitReason(spec, reason::kImagePullFailed));
}

TEST_F(TroubleTest, ChangedMemberAloneIsMadeAnewAndDataStays) {
  const AppSpec spec = Pair("changed");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=kept"), "4\n");
  const std::string pause = IdOf(spec, ""), db = IdOf(spec, "db"), app = IdOf(spec, "app");
  AppSpec next = spec;
  next.members[1].env.push_back({.name = "TITLE", .value = SecretString("next")});
  ASSERT_TRUE(Apply(next));
  WaitUntil(next, [&](const Observed& seen) {
    return seen.phase == InstancePhase::kRunning && seen.spec_digest == Digest(next);
  });
  EXPECT_EQ(IdOf(spec, ""), pause);
  EXPECT_EQ(IdOf(spec, "db"), db);
  EXPECT_NE(IdOf(spec, "app"), app);
  EXPECT_EQ(Get(spec, "/env?k=TITLE"), "next");
  EXPECT_EQ(Get(spec, "/read?path=/data/note"), "kept");
}

TEST_F(TroubleTest, NeverHealthyApplicationIsUnhealthy) {
  AppSpec spec = Spec("never-healthy");
  spec.members[0].env = {{.name = "START_DELAY_MS", .value = SecretString("-1")}};
  ASSERT_TRUE(Apply(spec));
  EXPECT_TRUE(WaitReason(spec, reason::kUnhealthy));
  const Observed seen = WaitUntil(spec, [](const Observed& o) { return !o.message.empty(); });
  EXPECT_TRUE(seen.message.contains("answers 503")) << seen.message;
}

TEST_F(TroubleTest, CrashingApplicationIsNamedAndSlowedDown) {
  AppSpec spec = Spec("crash-loop");
  spec.members[0].command = {"probe"};  // ends with 1: nobody listens
  ASSERT_TRUE(Apply(spec));
  EXPECT_TRUE(WaitReason(spec, reason::kCrashLooping));
  const Observed seen = WaitUntil(spec, [](const Observed& o) {
    return !o.members.empty() && o.members[0].restarts >= 1 && o.members[0].exit_code == 1;
  });
  EXPECT_EQ(seen.members[0].exit_code, 1);
}

TEST_F(TroubleTest, TwoMembersOnOnePortAreNamed) {
  AppSpec spec = Spec("port-clash");
  Member second = spec.members[0];
  second.name = "other";
  second.probe.reset();
  second.depends_on = {{"app", DependencyCondition::kHealthy}};
  spec.members.push_back(second);
  ASSERT_TRUE(Apply(spec));
  EXPECT_TRUE(WaitReason(spec, reason::kPortClash));
}

TEST_F(TroubleTest, CompletedOneShotIsNotRunAgain) {
  AppSpec spec = Spec("one-shot");
  Member migrate = Database();
  migrate.name = "migrate";
  migrate.probe.reset();
  migrate.env = {{.name = "PORT", .value = SecretString("9001")}};
  migrate.restart = RestartPolicy::kOnFailure;
  spec.members[0].depends_on = {{"migrate", DependencyCondition::kCompleted}};
  spec.members.insert(spec.members.begin(), migrate);
  ASSERT_TRUE(Apply(spec));
  WaitUntil(spec, [](const Observed& o) {
    return !o.members.empty() && o.members[0].status == "running";
  });
  EXPECT_EQ(Observe(spec).members[1].status, "waiting");
  EXPECT_EQ(Observe(spec).reason, reason::kWaitingForDependency);
  const std::string id = IdOf(spec, "migrate");
  kill(Inspect(id).pid, SIGTERM);  // its way to end with 0
  WaitRunning(spec);
  const auto started = Inspect(id).started_ns;
  Restart();
  ASSERT_TRUE(Apply(spec));
  const Observed seen = WaitRunning(spec);
  EXPECT_EQ(seen.members[0].status, "completed");
  EXPECT_EQ(Inspect(id).started_ns, started);
}

TEST_F(TroubleTest, SameNameWithAnotherUidIsRefused) {
  const AppSpec spec = Spec("one-name");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const AppSpec other = Spec("one-name");
  const auto refused = Apply(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  Restart();
  const auto still = Apply(other);
  ASSERT_FALSE(still);
  EXPECT_EQ(still.error().kind, ErrorKind::kConflict);
}

TEST_F(TroubleTest, DroppedAnywhereOnTheWayItStillEndsWithOneOfEach) {
  const AppSpec spec = Pair("dropped");
  for (int ms : {5, 40, 90, 150, 220, 300, 400}) {
    ASSERT_TRUE(Apply(spec));
    auto pause = [](net::IoLoop& loop, Duration delay) -> Task<void> {
      co_await Sleep(loop, delay);
    };
    Run(pause(loop_, Duration(ms)));
    Restart();
  }
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Containers(spec).size(), 3u);
  EXPECT_EQ(Get(spec, "/healthz"), "ok\n");
}

}  // namespace
}  // namespace kl::docker
