#include "adapters/engine_docker/real/fixture.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/random.h"
#include "base/subprocess.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void GiveUp(const std::string& reason) {
  std::cerr << "no engine to test with: " << reason << std::endl;
  std::exit(1);
}

void MustRun(const std::vector<std::string>& argv) {
  const auto status = RunProcessOk(argv, std::chrono::minutes(5));
  if (!status) GiveUp(status.error().message);
}

// Starts an engine of our own and takes it away at the end of the program.
class OwnEngine {
 public:
  OwnEngine()
      : dir_(fs::temp_directory_path() / ("kl-engine-" + SystemRandom().Uid().substr(0, 8))) {
    MustRun({"tools/engine", "start", dir_});
  }
  ~OwnEngine() {
    (void)RunProcess({"tools/engine", "stop", dir_, "--purge"}, std::chrono::minutes(2));
  }
  std::string socket() const { return dir_ + "/engine.sock"; }

 private:
  std::string dir_;
};

}  // namespace

const std::string& EngineSocket() {
  static const std::string socket = [] {
    std::string path;
    if (const char* given = std::getenv("KL_TEST_ENGINE_SOCKET")) {
      path = given;
    } else {
      static OwnEngine own;
      path = own.socket();
    }
    MustRun({"tools/images", "load", path, "pause", "tiny"});
    return path;
  }();
  return socket;
}

void RealInstallation::Open() {
  owner_ = "test-" + SystemRandom().Uid().substr(0, 12);
  dir_ = fs::temp_directory_path() / ("kl-" + owner_);
  fs::create_directories(dir_);
  auto opened = DirectoryVolumes::Open(loop_, dir_ + "/volumes");
  ASSERT_TRUE(opened) << opened.error().message;
  volumes_ = std::move(*opened);
  api_ = std::make_unique<EngineApi>(loop_, EngineSocket(), 8);
  Restart();
}

void RealInstallation::Close() {
  auto left = Run(engine_->Inventory());
  ASSERT_TRUE(left) << left.error().message;
  for (const auto& instance : *left) {
    const auto removed = Run(engine_->Remove(instance.name, instance.uid));
    EXPECT_TRUE(removed) << removed.error().message;
  }
  engine_.reset();
  volumes_.reset();
  fs::remove_all(dir_);
}

EngineOptions RealInstallation::Options() const {
  EngineOptions options;
  options.socket = EngineSocket();
  options.owner = owner_;
  options.files_dir = dir_ + "/files";
  options.pause_image = kPauseImage;
  options.sweep = std::chrono::seconds(1);
  options.port_first = 31000;
  options.port_last = 39999;
  return options;
}

void RealInstallation::Restart() {
  engine_.reset();
  auto made = DockerEngine::Make(loop_, Options(), *volumes_);
  ASSERT_TRUE(made) << made.error().message;
  engine_ = std::move(*made);
}

AppSpec RealInstallation::Spec(const std::string& name) {
  AppSpec spec;
  spec.name = ServiceName(name);
  spec.uid = ServiceUid(SystemRandom().Uid());
  spec.subscription = "sim/test/" + name;
  spec.host = name + ".apps.localhost";
  spec.stop_grace = std::chrono::seconds(2);
  Member member;
  member.name = "app";
  member.image = kTinyImage;
  member.ports = {8080};
  member.probe = Probe{.http_path = "/healthz",
                       .http_port = 8080,
                       .interval = std::chrono::milliseconds(200),
                       .timeout = std::chrono::seconds(2)};
  member.memory_bytes = 64 << 20;
  spec.members.push_back(std::move(member));
  spec.routes.push_back({.port = 8080, .member = "app", .health_path = "/healthz"});
  return spec;
}

Status RealEngineTest::Apply(const AppSpec& spec) { return Run(engine_->Apply(spec)); }
Status RealEngineTest::Stop(const AppSpec& spec) { return Run(engine_->Stop(spec.name, spec.uid)); }
Status RealEngineTest::Remove(const AppSpec& spec) {
  return Run(engine_->Remove(spec.name, spec.uid));
}

Observed RealEngineTest::Observe(const AppSpec& spec) {
  auto seen = Run(engine_->Observe(spec.name, spec.uid));
  EXPECT_TRUE(seen) << seen.error().message;
  return seen.value_or(Observed{});
}

namespace {

Task<Observed> Poll(net::IoLoop& loop, Engine& engine, const AppSpec& spec,
                    const std::function<bool(const Observed&)>& good, Duration limit) {
  const MonoTime end = loop.Monotonic() + limit;
  Observed last;
  while (loop.Monotonic() < end) {
    auto seen = co_await engine.Observe(spec.name, spec.uid);
    if (seen) last = *seen;
    if (seen && good(*seen)) co_return last;
    co_await Sleep(loop, Duration(10));
  }
  std::string members;
  for (const auto& member : last.members) {
    members += " " + member.name + "=" + member.status + " (" + member.error + ")";
  }
  ADD_FAILURE() << spec.name.str() << " did not get there: phase " << static_cast<int>(last.phase)
                << ", " << last.reason << ": " << last.message << ";" << members;
  co_return last;
}

Task<std::string> HttpGet(net::IoLoop& loop, std::string address, std::string target) {
  net::ClientOptions options;
  options.base = "http://" + address;
  auto client = net::HttpClient::Make(loop, options);
  net::Request request;
  request.target = std::move(target);
  auto answer = co_await client->Send(std::move(request), std::chrono::seconds(20));
  if (!answer) co_return std::string();
  co_return std::move(answer->body);
}

Task<void> Pause(net::IoLoop& loop, Duration delay) { co_await Sleep(loop, delay); }

}  // namespace

Observed RealEngineTest::WaitUntil(const AppSpec& spec,
                                   const std::function<bool(const Observed&)>& good,
                                   Duration limit) {
  return Run(Poll(loop_, *engine_, spec, good, limit));
}

Observed RealEngineTest::WaitRunning(const AppSpec& spec) {
  return WaitUntil(spec, [](const Observed& o) { return o.phase == InstancePhase::kRunning; });
}

std::vector<ContainerSummary> RealEngineTest::Containers(const AppSpec& spec) {
  std::vector<std::string> labels = {"kuberlogic.com/uid=" + spec.uid.str()};
  auto list = Run(api_->ListContainers(std::move(labels)));
  EXPECT_TRUE(list) << list.error().message;
  return list.value_or(std::vector<ContainerSummary>{});
}

ContainerDetail RealEngineTest::Inspect(const std::string& id) {
  auto detail = Run(api_->InspectContainer(id));
  EXPECT_TRUE(detail) << detail.error().message;
  return detail.value_or(ContainerDetail{});
}

std::string RealEngineTest::IdOf(const AppSpec& spec, const std::string& member) {
  for (const auto& container : Containers(spec)) {
    if (LabelOf(container.labels, label::kMember) == member) return container.id;
  }
  return {};
}

std::string RealEngineTest::Get(const AppSpec& spec, const std::string& target) {
  const Observed seen = Observe(spec);
  for (const auto& [port, address] : seen.upstreams) {
    if (port == 8080) return Run(HttpGet(loop_, address, target));
  }
  return {};
}

std::string RealEngineTest::WaitGet(const AppSpec& spec, const std::string& target) {
  for (int i = 0; i < 200; ++i) {
    if (std::string body = Get(spec, target); !body.empty()) return body;
    Run(Pause(loop_, Duration(50)));
  }
  ADD_FAILURE() << spec.name.str() << ": nothing answers " << target;
  return {};
}

}  // namespace kl::docker
