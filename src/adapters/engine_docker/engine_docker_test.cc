// DockerEngine against an engine of a few lines that can be told to refuse. It answers as Docker
// does where Docker and Podman differ; Podman itself is tested in real/.
#include "adapters/engine_docker/engine_docker.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/engine_docker/labels.h"
#include "domain/reasons.h"
#include "net/http.h"
#include "net/run_task.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

using net::Request;
using net::Response;

// "value" of the first "key":"value" in a JSON text.
std::string Field(const std::string& json, const std::string& key) {
  const std::string mark = "\"" + key + "\":\"";
  const auto at = json.find(mark);
  if (at == std::string::npos) return {};
  return json.substr(at + mark.size(), json.find('"', at + mark.size()) - at - mark.size());
}

struct FakeContainer {
  std::string id, name, labels, network_mode;
  std::string state = "created";
  std::int64_t started = 0;
};

// Knows containers and one network each; everything it was asked is in `asked`.
class FakeEngine {
 public:
  FakeEngine(net::IoLoop& loop, const std::string& socket) {
    auto listening = net::HttpServer::Listen(
        loop, "unix:" + socket, [this](Request request) { return Answer(std::move(request)); });
    if (!listening) throw std::runtime_error(listening.error().message);
    server_ = std::move(*listening);
  }

  // The next answers to a request whose line begins with this.
  void Refuse(const std::string& line, int status, const std::string& message, int times = 1) {
    for (int i = 0; i < times; ++i) refusals_.emplace_back(line, std::pair(status, message));
  }
  int Count(const std::string& line) const {
    return static_cast<int>(
        std::ranges::count_if(asked, [&](const auto& a) { return a.starts_with(line); }));
  }

  std::vector<std::string> asked;  // "POST /containers/create"
  std::vector<std::string> bodies;
  std::map<std::string, FakeContainer> containers;
  std::string version = "1.47";
  std::string pull = "{\"status\":\"done\"}\n";
  bool has_image = true;
  bool has_network = false;

 private:
  Task<Response> Answer(Request request) {
    std::string path(request.path());
    if (path == "/_ping") {
      Response pong = net::TextResponse(200, "OK");
      pong.headers.Set("Api-Version", version);
      co_return pong;
    }
    const std::string prefix = "/v" + version;
    if (!path.starts_with(prefix)) co_return net::JsonResponse(400, "{\"message\":\"version\"}");
    path.erase(0, prefix.size());
    const std::string line = request.method + " " + path;
    asked.push_back(line);
    bodies.push_back(request.body);
    for (auto it = refusals_.begin(); it != refusals_.end(); ++it) {
      if (!line.starts_with(it->first)) continue;
      const auto [status, message] = it->second;
      refusals_.erase(it);
      co_return net::JsonResponse(status, "{\"message\":\"" + message + "\"}");
    }
    if (path.starts_with("/containers/")) co_return Containers(request, path);
    if (path == "/images/create") {
      has_image = has_image || pull.find("error") == std::string::npos;
      co_return net::TextResponse(200, pull);
    }
    if (path.starts_with("/images/")) {
      co_return has_image ? net::JsonResponse(200, "{\"Id\":\"sha256:1\",\"Config\":{}}")
                          : Missing();
    }
    co_return Network(request, path);
  }

  static Response Missing() { return net::JsonResponse(404, "{\"message\":\"No such thing\"}"); }

  Response Network(const Request& request, const std::string& path) {
    if (path == "/networks") return net::JsonResponse(200, "[]");
    if (path == "/networks/create") {
      has_network = true;
      return net::JsonResponse(201, "{\"Id\":\"n\"}");
    }
    if (!path.starts_with("/networks/") || !has_network) return Missing();
    if (request.method == "DELETE") has_network = false;
    return net::JsonResponse(200, "{\"Name\":\"n\"}");
  }

  Response Containers(const Request& request, const std::string& path) {
    if (path == "/containers/json") return List(request);
    if (path == "/containers/create") return Create(request);
    const std::string rest = path.substr(12);
    const std::string id = rest.substr(0, rest.find('/'));
    const auto it = std::ranges::find_if(
        containers, [&](const auto& c) { return c.first == id || c.second.name == id; });
    if (it == containers.end()) return Missing();
    FakeContainer& container = it->second;
    if (request.method == "DELETE") {
      containers.erase(it);
      return net::TextResponse(204, "");
    }
    if (rest.ends_with("/json")) return Inspect(container);
    if (rest.ends_with("/logs")) return net::TextResponse(200, "");
    container.state = rest.ends_with("/start") ? "running" : "exited";
    if (container.state == "running") container.started = ++clock_;
    return net::TextResponse(204, "");
  }

  Response Create(const Request& request) {
    FakeContainer container;
    container.id = "c" + std::to_string(++ids_);
    for (const auto& [key, value] : net::ParseForm(request.query())) {
      if (key == "name") container.name = value;
    }
    const auto labels = request.body.find("\"Labels\":");
    container.labels = request.body.substr(labels + 9, request.body.find('}', labels) - labels - 8);
    container.network_mode = Field(request.body, "NetworkMode");
    const std::string id = container.id;
    containers.emplace(id, std::move(container));
    return net::JsonResponse(201, "{\"Id\":\"" + id + "\"}");
  }

  // filters={"label":["key=value",...]}
  static bool Passes(const Request& request, const FakeContainer& c) {
    for (const auto& [key, value] : net::ParseForm(request.query())) {
      if (key != "filters") continue;
      for (auto at = value.find("[\""); at != std::string::npos; at = value.find(",\"", at + 1)) {
        const std::string want = value.substr(at + 2, value.find('"', at + 2) - at - 2);
        const auto equals = want.find('=');
        const std::string pair =
            "\"" + want.substr(0, equals) + "\":\"" + want.substr(equals + 1) + "\"";
        if (c.labels.find(pair) == std::string::npos) return false;
      }
    }
    return true;
  }

  Response List(const Request& request) {
    std::string list;
    for (const auto& [id, c] : containers) {
      if (c.labels == "{}" || !Passes(request, c)) continue;  // every question names labels
      if (!list.empty()) list += ",";
      list += "{\"Id\":\"" + id + "\",\"Names\":[\"/" + c.name + "\"],\"State\":\"" + c.state +
              "\",\"Labels\":" + c.labels + "}";
    }
    return net::JsonResponse(200, "[" + list + "]");
  }

  static Response Inspect(const FakeContainer& c) {
    const std::string at = "2026-01-01T00:00:" + std::to_string(10 + c.started) + "Z";
    return net::JsonResponse(
        200, "{\"Id\":\"" + c.id + "\",\"State\":{\"Status\":\"" + c.state +
                 "\",\"ExitCode\":1,\"Pid\":0,\"StartedAt\":\"" + at + "\",\"FinishedAt\":\"" + at +
                 "\"},\"HostConfig\":{\"NetworkMode\":\"" + c.network_mode + "\"}}");
  }

  std::unique_ptr<net::HttpServer> server_;
  std::vector<std::pair<std::string, std::pair<int, std::string>>> refusals_;
  std::int64_t clock_ = 0;
  int ids_ = 0;
};

// Storage that is full on demand.
class FakeVolumes : public Volumes {
 public:
  Task<Result<VolumeInfo>> Ensure(ServiceUid, std::int64_t) override {
    if (full) co_return Fail(ErrorKind::kExhausted, "storage pool: full");
    co_return VolumeInfo{.path = "/nowhere"};
  }
  Task<Result<VolumeInfo>> Inspect(ServiceUid) override {
    co_return VolumeInfo{.path = "/nowhere"};
  }
  Task<Result<std::string>> Snapshot(ServiceUid, std::string) override {
    co_return Fail(ErrorKind::kInvalid, "none");
  }
  Task<Status> Remove(ServiceUid) override { co_return Status(); }
  Task<Result<std::vector<ServiceUid>>> List() override { co_return std::vector<ServiceUid>(); }
  bool full = false;
};

class DockerEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("kl-fake-" + SystemRandom().Uid().substr(0, 8));
    fs::create_directories(dir_);
    fake_ = std::make_unique<FakeEngine>(loop_, dir_ + "/engine.sock");
    EngineOptions options;
    options.socket = dir_ + "/engine.sock";
    options.owner = "test";
    options.files_dir = dir_ + "/files";
    options.pause_image = "localhost/pause:1";
    auto made = DockerEngine::Make(loop_, options, volumes_);
    ASSERT_TRUE(made) << made.error().message;
    engine_ = std::move(*made);
    spec_.name = ServiceName("magnetic-llama");
    spec_.uid = ServiceUid("0123456789abcdef0123456789abcdef");
    spec_.members = {{.name = "app", .image = "localhost/app:1"}};
    spec_.routes = {{.port = 8080, .member = "app"}};
  }
  void TearDown() override {
    engine_.reset();
    fake_.reset();
    fs::remove_all(dir_);
  }

  Status Apply(const AppSpec& spec) { return net::RunTaskToEnd(loop_, engine_->Apply(spec)); }
  Observed WaitUntil(std::function<bool(const Observed&)> good) {
    return net::RunTaskToEnd(loop_, Watch(loop_, *engine_, spec_, std::move(good)));
  }
  Observed WaitReason(std::string_view word) {
    return WaitUntil([word](const Observed& seen) { return seen.reason == word; });
  }
  Observed WaitRunning() {
    return WaitUntil([](const Observed& seen) { return seen.phase == InstancePhase::kRunning; });
  }
  // Gives up after 20 s with what was seen last.
  static Task<Observed> Watch(net::IoLoop& loop, Engine& engine, const AppSpec& spec,
                              std::function<bool(const Observed&)> good) {
    const MonoTime end = loop.Monotonic() + std::chrono::seconds(20);
    for (;;) {
      auto seen = co_await engine.Observe(spec.name, spec.uid);
      Observed value = seen.value_or(Observed{});
      if (good(value)) co_return value;
      if (loop.Monotonic() > end) {
        ADD_FAILURE() << "still " << value.reason << ": " << value.message;
        co_return value;
      }
      co_await Sleep(loop, Duration(5));
    }
  }

  net::IoLoop loop_;
  std::string dir_;
  FakeVolumes volumes_;
  std::unique_ptr<FakeEngine> fake_;
  std::unique_ptr<DockerEngine> engine_;
  AppSpec spec_;
};

TEST_F(DockerEngineTest, SpeaksTheVersionTheEngineNames) {
  ASSERT_TRUE(Apply(spec_));
  WaitRunning();
  EXPECT_EQ(fake_->containers.size(), 2u);
  EXPECT_EQ(fake_->Count("POST /networks/create"), 1) << "Docker isolates by itself";
}

TEST_F(DockerEngineTest, EqualSpecAsksForNothingNew) {
  ASSERT_TRUE(Apply(spec_));
  WaitRunning();
  const int created = fake_->Count("POST /containers/create");
  ASSERT_TRUE(Apply(spec_));
  WaitRunning();
  EXPECT_EQ(fake_->Count("POST /containers/create"), created);
}

TEST_F(DockerEngineTest, ManyThatAreTakenUpTogetherAreListedTogether) {
  constexpr int kMany = 30;
  const auto all_running = [](net::IoLoop& loop, Engine& engine, std::vector<AppSpec> specs,
                              std::function<void(const AppSpec&)> told) -> Task<void> {
    std::vector<Task<Status>> applied;
    for (const AppSpec& spec : specs) applied.push_back(engine.Apply(spec));
    const auto answers = co_await WhenAll(loop, std::move(applied));
    for (const Status& answer : answers) EXPECT_TRUE(answer);
    for (const AppSpec& spec : specs) {
      const Observed seen = co_await Watch(loop, engine, spec, [](const Observed& seen) {
        return seen.phase == InstancePhase::kRunning;
      });
      if (seen.phase == InstancePhase::kRunning) told(spec);
    }
  };
  std::vector<AppSpec> specs;
  for (int i = 0; i < kMany; ++i) {
    AppSpec spec = spec_;
    spec.name = ServiceName("llama-" + std::to_string(100 + i));
    std::string uid = std::to_string(100 + i);
    uid.append(29, 'a');
    spec.uid = ServiceUid(uid);
    specs.push_back(std::move(spec));
  }
  int running = 0;
  net::RunTaskToEnd(loop_,
                    all_running(loop_, *engine_, specs, [&running](const AppSpec&) { ++running; }));
  EXPECT_EQ(running, kMany);
  EXPECT_EQ(fake_->containers.size(), 2u * kMany);
  EXPECT_LT(fake_->Count("GET /containers/json"), kMany) << "each would ask three times alone";
}

TEST_F(DockerEngineTest, EngineThatIsAwayIsUnavailable) {
  fake_.reset();
  fs::remove(dir_ + "/engine.sock");
  const auto applied = Apply(spec_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, ErrorKind::kUnavailable);
}

TEST_F(DockerEngineTest, EngineThatGoesAwayIsNamedAndTakenUpAgain) {
  ASSERT_TRUE(Apply(spec_));
  WaitRunning();
  auto containers = fake_->containers;
  fake_.reset();
  WaitReason(reason::kEngineUnavailable);
  fs::remove(dir_ + "/engine.sock");
  fake_ = std::make_unique<FakeEngine>(loop_, dir_ + "/engine.sock");
  fake_->containers = containers;
  WaitRunning();
  EXPECT_EQ(fake_->Count("POST /containers/create"), 0);
}

TEST_F(DockerEngineTest, PullThatFailsInsideA200) {
  fake_->has_image = false;
  fake_->pull = "{\"status\":\"Pulling\"}\n{\"error\":\"connection refused\"}\n";
  spec_.members[0].image = "r.example.com/app:1";
  ASSERT_TRUE(Apply(spec_));
  fake_->has_image = false;
  const Observed seen = WaitUntil([](const Observed& o) {
    return o.reason == reason::kImagePullFailed || o.reason == reason::kImageMissing;
  });
  EXPECT_TRUE(fake_->containers.empty());
  EXPECT_FALSE(seen.message.empty());
}

TEST_F(DockerEngineTest, UnknownManifestIsAMissingImage) {
  fake_->has_image = false;
  fake_->pull = "{\"error\":\"manifest unknown\"}\n";
  spec_.members[0].image = "r.example.com/app:1";
  ASSERT_TRUE(Apply(spec_));
  WaitReason(reason::kImageMissing);
}

TEST_F(DockerEngineTest, FullStorageStopsBeforeAnyContainer) {
  volumes_.full = true;
  spec_.volumes = {"data"};
  spec_.storage_bytes = 1 << 20;
  spec_.members[0].mounts = {{.volume = "data", .path = "/data"}};
  ASSERT_TRUE(Apply(spec_));
  WaitReason(reason::kStorageFull);
  EXPECT_EQ(fake_->containers.size(), 0u + fake_->Count("POST /containers/create"));
}

TEST_F(DockerEngineTest, SubnetInUseElsewhereGivesWayToAnother) {
  fake_->Refuse("POST /networks/create", 403, "Pool overlaps with other one", 3);
  ASSERT_TRUE(Apply(spec_));
  WaitRunning();
  std::set<std::string> subnets;
  for (std::size_t i = 0; i < fake_->asked.size(); ++i) {
    if (fake_->asked[i] == "POST /networks/create") {
      subnets.insert(Field(fake_->bodies[i], "Subnet"));
    }
  }
  EXPECT_EQ(subnets.size(), 4u);
}

TEST_F(DockerEngineTest, PortTakenByAStrangerGivesWayToAnother) {
  fake_->Refuse("POST /containers/c1/start", 500, "address already in use", 100);
  ASSERT_TRUE(Apply(spec_));
  // The stranger: a listener on the port the instance was given.
  const Observed before = WaitUntil([](const Observed& seen) { return !seen.upstreams.empty(); });
  net::ServerLimits limits;
  auto stranger = net::HttpServer::Listen(
      loop_, before.upstreams[0].second,
      [](Request) -> Task<Response> { co_return net::TextResponse(200, ""); }, limits);
  ASSERT_TRUE(stranger) << stranger.error().message;
  const Observed after = WaitRunning();
  ASSERT_EQ(after.upstreams.size(), 1u);
  EXPECT_EQ(after.upstreams[0].first, 8080);
  EXPECT_NE(after.upstreams, before.upstreams);
}

TEST_F(DockerEngineTest, NameHeldByAStrangersContainerIsSaid) {
  fake_->containers["x"] = {
      .id = "x", .name = PodName(spec_.name, spec_.uid), .labels = "{}", .state = "running"};
  fake_->Refuse("POST /containers/create", 409, "name is in use", 100);
  ASSERT_TRUE(Apply(spec_));
  WaitReason(reason::kForeignInstance);
  EXPECT_TRUE(fake_->containers.contains("x"));
}

TEST_F(DockerEngineTest, RefusedStartIsACrashWithTheEnginesWords) {
  fake_->Refuse("POST /containers/c2/start", 400, "exec /app: no such file", 100);
  ASSERT_TRUE(Apply(spec_));
  const Observed seen = WaitReason(reason::kCrashLooping);
  EXPECT_NE(seen.message.find("no such file"), std::string::npos);
}

TEST_F(DockerEngineTest, StopAndRemoveOfNothingAreNoErrors) {
  EXPECT_TRUE(net::RunTaskToEnd(loop_, engine_->Stop(spec_.name, spec_.uid)));
  EXPECT_TRUE(net::RunTaskToEnd(loop_, engine_->Remove(spec_.name, spec_.uid)));
  auto seen = net::RunTaskToEnd(loop_, engine_->Observe(spec_.name, spec_.uid));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->phase, InstancePhase::kAbsent);
}

TEST_F(DockerEngineTest, SpecThatCannotBeHonouredIsInvalid) {
  AppSpec bad = spec_;
  bad.members[0].mounts = {{.volume = "nowhere", .path = "/data"}};
  EXPECT_EQ(Apply(bad).error().kind, ErrorKind::kInvalid);
  bad = spec_;
  bad.members.push_back(bad.members[0]);
  EXPECT_EQ(Apply(bad).error().kind, ErrorKind::kInvalid);
  bad = spec_;
  bad.members[0].image.clear();
  EXPECT_EQ(Apply(bad).error().field, "members.app");
}

TEST_F(DockerEngineTest, ChangeIsTold) {
  ASSERT_TRUE(Apply(spec_));
  auto names = net::RunTaskToEnd(loop_, engine_->Next());
  while (std::ranges::find(names, spec_.name) == names.end()) {
    names = net::RunTaskToEnd(loop_, engine_->Next());
  }
  SUCCEED();
}

}  // namespace
}  // namespace kl::docker
