// Limits, storage, isolation and files, as the kernel and the application see them.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/engine_docker/real/fixture.h"
#include "adapters/volumes_btrfs/volumes_btrfs.h"
#include "base/subprocess.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string out = std::move(text).str();
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

// A limit of a process's cgroup, by its version 1 controller and file or its version 2 file.
std::string CgroupFile(int pid, const std::string& controller, const std::string& v1,
                       const std::string& v2) {
  std::istringstream lines(ReadText("/proc/" + std::to_string(pid) + "/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (names.find("," + controller + ",") != std::string::npos) {
      return ReadText("/sys/fs/cgroup/" + controller + path + "/" + v1);
    }
    if (names == ",,") {
      const std::string text = ReadText("/sys/fs/cgroup" + path + "/" + v2);
      if (!text.empty()) return text;
    }
  }
  return {};
}

class ConfinementTest : public RealEngineTest {};

TEST_F(ConfinementTest, LimitsAreInTheKernelsFiles) {
  AppSpec spec = Spec("limited");
  spec.members[0].memory_bytes = 48 << 20;
  spec.members[0].cpu_millis = 250;
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  const int pid = Inspect(IdOf(spec, "app")).pid;
  EXPECT_EQ(CgroupFile(pid, "memory", "memory.limit_in_bytes", "memory.max"), "50331648");
  const std::string quota = CgroupFile(pid, "cpu", "cpu.cfs_quota_us", "cpu.max");
  EXPECT_TRUE(quota == "25000" || quota == "25000 100000") << quota;
  EXPECT_EQ(CgroupFile(pid, "pids", "pids.max", "pids.max"), "1024");
  const std::string status = ReadText("/proc/" + std::to_string(pid) + "/status");
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos);
  // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE.
  EXPECT_NE(status.find("CapBnd:\t00000000000004eb"), std::string::npos) << status;
}

TEST_F(ConfinementTest, MemoryHungryApplicationIsKilledAndSaidToBe) {
  AppSpec spec = Spec("hungry");
  spec.members[0].memory_bytes = 32 << 20;
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/alloc?mb=200"), "");
  const Observed seen =
      WaitUntil(spec, [](const Observed& o) { return o.reason == reason::kOutOfMemory; });
  EXPECT_EQ(seen.reason, reason::kOutOfMemory);
  WaitRunning(spec);
}

TEST_F(ConfinementTest, MembersFindEachOtherAndNoNameOfTheHost) {
  AppSpec spec = Spec("neighbours");
  spec.extra_hosts = {{"mail.example.com", "192.0.2.25"}};
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/read?path=/etc/hosts"),
            "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.0.1 neighbours\n"
            "127.0.0.1 app\n192.0.2.25 mail.example.com\n");
}

TEST_F(ConfinementTest, KernelSettingsOfTheTemplateAreInTheKernel) {
  AppSpec spec = Spec("tuned");
  spec.sysctls = {{"net.ipv4.ip_local_port_range", "20000\t30000"}, {"kernel.shmmax", "1048576"}};
  spec.members[0].ulimits = {{"nofile", 2048, 4096}};
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/read?path=/proc/sys/net/ipv4/ip_local_port_range"), "20000\t30000\n");
  EXPECT_EQ(Get(spec, "/read?path=/proc/sys/kernel/shmmax"), "1048576\n");
  const std::string limits = Get(spec, "/read?path=/proc/self/limits");
  const auto at = limits.find("Max open files");
  ASSERT_NE(at, std::string::npos) << limits;
  std::istringstream line(limits.substr(at + 14));
  int soft = 0, hard = 0;
  line >> soft >> hard;
  EXPECT_EQ(soft, 2048);
  EXPECT_EQ(hard, 4096);
}

TEST_F(ConfinementTest, FilesAreMountedReadOnlyWithTheirMode) {
  AppSpec spec = Spec("with-files");
  spec.members[0].files = {
      {.path = "/etc/app/config.ini", .content = SecretString("key=canary-5")}};
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/read?path=/etc/app/config.ini"), "key=canary-5");
  EXPECT_NE(Get(spec, "/append?path=/etc/app/config.ini&text=x").find("EROFS"), std::string::npos);
  EXPECT_EQ(fs::status(dir_ + "/files").permissions(), fs::perms::owner_all);
}

TEST_F(ConfinementTest, LogsOfAMemberCanBeReadAndFollowed) {
  const AppSpec spec = Spec("talks");
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  auto reader = Run(engine_->Logs(spec.name, spec.uid, {.member = "app", .follow = true}));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(Get(spec, "/env?k=canary"), "no variable canary\n");
  std::string text;
  while (text.find("GET /env") == std::string::npos) {
    auto piece = Run((*reader)->Read());
    ASSERT_TRUE(piece) << piece.error().message;
    ASSERT_FALSE(piece->empty()) << text;
    text += *piece;
  }
  EXPECT_NE(text.find("tiny: listening on port 8080\n"), std::string::npos) << text;
  auto none = Run(engine_->Logs(spec.name, spec.uid, {.member = "nobody"}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
}

// Whether a TCP connection from inside the network namespace of `pid` to the address is made.
bool Reaches(int pid, const std::string& address, int port) {
  const std::string command = "exec 3<>/dev/tcp/" + address + "/" + std::to_string(port);
  const auto result = RunProcess(
      {"nsenter", "-t", std::to_string(pid), "-n", "timeout", "2", "bash", "-c", command},
      std::chrono::seconds(10));
  return result && result->exit_code == 0;
}

std::string AddressOf(int pid) {
  const auto result = RunProcess({"nsenter", "-t", std::to_string(pid), "-n", "ip", "-4", "-o",
                                  "address", "show", "scope", "global"},
                                 std::chrono::seconds(10));
  if (!result) return {};
  const auto at = result->output.find("inet ");
  if (at == std::string::npos) return {};
  return result->output.substr(at + 5, result->output.find('/', at) - at - 5);
}

TEST_F(ConfinementTest, InstancesDoNotReachEachOther) {
  const AppSpec one = Spec("apart-one"), two = Spec("apart-two");
  ASSERT_TRUE(Apply(one));
  ASSERT_TRUE(Apply(two));
  WaitRunning(one);
  WaitRunning(two);
  const int first = Inspect(IdOf(one, "app")).pid, second = Inspect(IdOf(two, "app")).pid;
  const std::string address = AddressOf(second);
  ASSERT_FALSE(address.empty());
  EXPECT_TRUE(Reaches(second, address, 8080)) << "the test itself is blind";
  EXPECT_FALSE(Reaches(first, address, 8080));
}

class BtrfsTest : public RealEngineTest {
 protected:
  void SetUp() override {
    RealEngineTest::SetUp();
    pool_ = {.pool_file = dir_ + "/pool", .mount_point = dir_ + "/mnt", .pool_bytes = 1 << 30};
    auto opened = BtrfsVolumes::Open(loop_, pool_);
    ASSERT_TRUE(opened) << opened.error().message;
    engine_.reset();
    volumes_ = std::move(*opened);
    Restart();
  }
  void TearDown() override {
    auto left = Run(engine_->Inventory());
    for (const auto& instance : left.value_or(std::vector<Found>{})) {
      EXPECT_TRUE(Run(engine_->Remove(instance.name, instance.uid)));
    }
    engine_.reset();
    volumes_.reset();
    EXPECT_TRUE(BtrfsVolumes::Unmount(pool_));
    fs::remove_all(dir_);
  }
  AppSpec WithData(const std::string& name, std::int64_t bytes) {
    AppSpec spec = Spec(name);
    spec.volumes = {"data"};
    spec.storage_bytes = bytes;
    spec.members[0].mounts = {{.volume = "data", .path = "/data"}};
    return spec;
  }
  BtrfsOptions pool_;
};

TEST_F(BtrfsTest, FullStorageHitsOnlyItsOwnInstanceAndCanGrow) {
  AppSpec one = WithData("fills-up", 32 << 20);
  const AppSpec two = WithData("has-room", 32 << 20);
  ASSERT_TRUE(Apply(one));
  ASSERT_TRUE(Apply(two));
  WaitRunning(one);
  WaitRunning(two);
  EXPECT_TRUE(Observe(one).storage_enforced);
  EXPECT_NE(Get(one, "/write?mb=100&path=/data/big").find("EDQUOT"), std::string::npos);
  EXPECT_EQ(Get(two, "/write?mb=10&path=/data/big"), "wrote 10485760 bytes\n");
  const std::string app = IdOf(one, "app");
  one.storage_bytes = 256 << 20;
  ASSERT_TRUE(Apply(one));
  WaitUntil(one, [&](const Observed& o) {
    return o.phase == InstancePhase::kRunning && o.spec_digest == Digest(one);
  });
  EXPECT_EQ(Get(one, "/write?mb=100&path=/data/big"), "wrote 104857600 bytes\n");
  EXPECT_EQ(IdOf(one, "app"), app) << "more room needs no restart";
}

TEST_F(BtrfsTest, SnapshotIsReadOnlyAndGoesWithTheInstance) {
  const AppSpec spec = WithData("snapped", 64 << 20);
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=before"), "6\n");
  auto snapshot = Run(volumes_->Snapshot(spec.uid, "one"));
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ(Get(spec, "/append?path=/data/note&text=after"), "11\n");
  EXPECT_EQ(ReadText(*snapshot + "/data/note"), "before");
  std::ofstream refused(*snapshot + "/data/new");
  EXPECT_FALSE(refused.is_open());
  ASSERT_TRUE(Remove(spec));
  EXPECT_FALSE(fs::exists(*snapshot));
  EXPECT_TRUE(Run(volumes_->List())->empty());
}

TEST_F(BtrfsTest, LostStorageIsNotReplacedByAnEmptyOne) {
  const AppSpec spec = WithData("lost-storage", 64 << 20);
  ASSERT_TRUE(Apply(spec));
  WaitRunning(spec);
  engine_.reset();
  ASSERT_TRUE(Run(api_->RemoveContainer(IdOf(spec, "app"))));
  ASSERT_TRUE(Run(volumes_->Remove(spec.uid)));
  Restart();
  ASSERT_TRUE(Apply(spec));
  const Observed seen = WaitUntil(
      spec, [](const Observed& o) { return o.message.find("is gone") != std::string::npos; });
  EXPECT_NE(seen.phase, InstancePhase::kRunning);
  EXPECT_TRUE(Run(volumes_->List())->empty());
}

TEST_F(BtrfsTest, PoolOpenedAgainKeepsWhatItHas) {
  const ServiceUid uid{"00000000000000000000000000000001"};
  ASSERT_TRUE(Run(volumes_->Ensure(uid, 64 << 20)));
  ASSERT_TRUE(BtrfsVolumes::Unmount(pool_));
  auto gone = Run(volumes_->Inspect(uid));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kUnavailable);
  pool_.pool_bytes = std::int64_t{2} << 30;
  auto opened = BtrfsVolumes::Open(loop_, pool_);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(Run((*opened)->Inspect(uid))->enforced);
  EXPECT_GT(fs::space(pool_.mount_point).capacity, std::uintmax_t{1900} << 20);
  ASSERT_TRUE(Run((*opened)->Remove(uid)));
}

}  // namespace
}  // namespace kl::docker
