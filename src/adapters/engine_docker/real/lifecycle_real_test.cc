// Start, adopt, stop, remove, on a real engine.
#include <filesystem>

#include "adapters/engine_docker/real/fixture.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

class LifecycleTest : public RealEngineTest {
 protected:
  AppSpec WithVolume(const std::string& name) {
    AppSpec spec = Spec(name);
    spec.volumes = {"data"};
    spec.storage_bytes = 64 << 20;
    spec.members[0].mounts = {{.volume = "data", .path = "/data"}};
    return spec;
  }
};

TEST_F(LifecycleTest, AppliedInstanceAnswersAtItsUpstream) {
  const AppSpec spec = Spec("quick-start");
  const MonoTime begun = loop_.Monotonic();
  ASSERT_TRUE(Apply(spec));
  const Observed seen = WaitRunning(spec);
  RecordProperty("start_ms", static_cast<int>((loop_.Monotonic() - begun).count()));
  std::cout << "start took " << (loop_.Monotonic() - begun).count() << " ms\n";
  EXPECT_EQ(seen.spec_digest, Digest(spec));
  ASSERT_EQ(seen.members.size(), 1u);
  EXPECT_EQ(seen.members[0].status, "healthy");
  EXPECT_EQ(Get(spec, "/healthz"), "ok\n");
}

TEST_F(LifecycleTest, RestartedProgramTakesOverWithoutTouching) {
  const AppSpec spec = WithVolume("taken-over");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const std::string pause = IdOf(spec, ""), app = IdOf(spec, "app");
  const auto pause_started = Inspect(pause).started_ns, app_started = Inspect(app).started_ns;
  Restart();
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(IdOf(spec, ""), pause);
  EXPECT_EQ(IdOf(spec, "app"), app);
  EXPECT_EQ(Inspect(pause).started_ns, pause_started);
  EXPECT_EQ(Inspect(app).started_ns, app_started);
}

TEST_F(LifecycleTest, StopAndStartKeepData) {
  const AppSpec spec = WithVolume("keeps-data");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=hello"), "5\n");
  ASSERT_TRUE(Stop(spec));
  EXPECT_EQ(Observe(spec).phase, InstancePhase::kStopped);
  for (const auto& container : Containers(spec)) EXPECT_NE(container.state, "running");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/read?path=/data/note"), "hello");
}

TEST_F(LifecycleTest, RemoveLeavesNothing) {
  const AppSpec spec = WithVolume("goes-away");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  ASSERT_TRUE(Remove(spec));
  EXPECT_TRUE(Containers(spec).empty());
  const auto network = Run(api_->InspectNetwork(PodName(spec.name, spec.uid)));
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(fs::exists(dir_ + "/files/" + spec.uid.str()));
  EXPECT_TRUE(Run(volumes_->List())->empty());
  EXPECT_TRUE(Run(engine_->Inventory())->empty());
  EXPECT_EQ(Observe(spec).phase, InstancePhase::kAbsent);
}

}  // namespace
}  // namespace kl::docker
