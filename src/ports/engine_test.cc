#include "ports/engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace kl {
namespace {

using std::chrono::milliseconds;

AppSpec Shop() {
  Member db{.name = "db", .image = "db:1"};
  Member web{.name = "web", .image = "web:1"};
  web.env = {{"KEY", SecretString("s3cret")}};
  web.probe = Probe{.http_path = "/", .http_port = 80};
  AppSpec spec{.name = ServiceName("calm-otter"), .uid = ServiceUid("u1"), .host = "a.example.com"};
  spec.members = {db, web};
  spec.routes = {{"/", 80, "web", "/"}};
  return spec;
}

// Every field that the first release knew, none that came later.
AppSpec Everything() {
  AppSpec spec = Shop();
  spec.subscription = "p/s/1";
  spec.insecure = true;
  spec.storage_bytes = 1 << 30;
  spec.volumes = {"data"};
  spec.extra_hosts = {{"mail.example.com", "192.0.2.25"}};
  spec.stop_grace = milliseconds(20000);
  Member& web = spec.members[1];
  web.entrypoint = {"/entry"};
  web.command = {"serve", "--now"};
  web.mounts = {{"data", "/data", true}};
  web.tmpfs = {{"/tmp", 1 << 20}};
  web.files = {{"/etc/a", SecretString("a"), 0400}};
  web.ports = {80, 81};
  web.depends_on = {{"db", DependencyCondition::kHealthy}};
  web.restart = RestartPolicy::kOnFailure;
  web.cpu_millis = 250;
  web.memory_bytes = 64 << 20;
  web.cpu_reserved_millis = 100;
  web.memory_reserved_bytes = 32 << 20;
  web.shm_bytes = 1 << 20;
  web.user = "33:33";
  web.working_dir = "/srv";
  web.read_only = true;
  web.init = true;
  web.stop_signal = "SIGINT";
  web.cap_add = {"SYS_NICE"};
  web.cap_drop = {"KILL"};
  web.labels = {{"a", "b"}};
  return spec;
}

using Change = std::pair<const char*, std::function<void(AppSpec&)>>;

const std::vector<Change>& ChangesOfMember() {
  static const std::vector<Change> changes = {
      {"name", [](AppSpec& s) { s.members[1].name = "www"; }},
      {"image", [](AppSpec& s) { s.members[1].image = "web:2"; }},
      {"empty entrypoint", [](AppSpec& s) { s.members[1].entrypoint.emplace(); }},
      {"entrypoint", [](AppSpec& s) { s.members[1].entrypoint = {"/run"}; }},
      {"empty command", [](AppSpec& s) { s.members[1].command.emplace(); }},
      {"command", [](AppSpec& s) { s.members[1].command = {"/run"}; }},
      {"env name", [](AppSpec& s) { s.members[1].env[0].name = "KEZ"; }},
      {"env value", [](AppSpec& s) { s.members[1].env[0].value = SecretString("other"); }},
      {"mount", [](AppSpec& s) { s.members[1].mounts = {{"data", "/data"}}; }},
      {"mount read-only", [](AppSpec& s) { s.members[1].mounts = {{"data", "/data", true}}; }},
      {"mount path", [](AppSpec& s) { s.members[1].mounts = {{"data", "/d"}}; }},
      {"tmpfs", [](AppSpec& s) { s.members[1].tmpfs = {{"/tmp"}}; }},
      {"tmpfs size", [](AppSpec& s) { s.members[1].tmpfs = {{"/tmp", 1}}; }},
      {"file", [](AppSpec& s) { s.members[1].files = {{"/etc/a", SecretString("a")}}; }},
      {"file content", [](AppSpec& s) { s.members[1].files = {{"/etc/a", SecretString("b")}}; }},
      {"file mode", [](AppSpec& s) { s.members[1].files = {{"/etc/a", SecretString("a"), 0400}}; }},
      {"ports", [](AppSpec& s) { s.members[1].ports = {80}; }},
      {"no probe", [](AppSpec& s) { s.members[1].probe.reset(); }},
      {"probe exec", [](AppSpec& s) { s.members[1].probe->exec = {"true"}; }},
      {"probe path", [](AppSpec& s) { s.members[1].probe->http_path = "/h"; }},
      {"probe port", [](AppSpec& s) { s.members[1].probe->http_port = 81; }},
      {"probe interval", [](AppSpec& s) { s.members[1].probe->interval = milliseconds(1); }},
      {"probe timeout", [](AppSpec& s) { s.members[1].probe->timeout = milliseconds(1); }},
      {"probe start", [](AppSpec& s) { s.members[1].probe->start_period = milliseconds(1); }},
      {"probe retries", [](AppSpec& s) { s.members[1].probe->retries = 9; }},
      {"depends_on", [](AppSpec& s) { s.members[1].depends_on = {{"db"}}; }},
      {"depends_on condition",
       [](AppSpec& s) { s.members[1].depends_on = {{"db", DependencyCondition::kHealthy}}; }},
      {"restart", [](AppSpec& s) { s.members[1].restart = RestartPolicy::kNever; }},
      {"cpu", [](AppSpec& s) { s.members[1].cpu_millis = 1; }},
      {"memory", [](AppSpec& s) { s.members[1].memory_bytes = 1; }},
      {"cpu reserved", [](AppSpec& s) { s.members[1].cpu_reserved_millis = 1; }},
      {"memory reserved", [](AppSpec& s) { s.members[1].memory_reserved_bytes = 1; }},
      {"shm", [](AppSpec& s) { s.members[1].shm_bytes = 1; }},
      {"user", [](AppSpec& s) { s.members[1].user = "33"; }},
      {"working_dir", [](AppSpec& s) { s.members[1].working_dir = "33"; }},
      {"read_only", [](AppSpec& s) { s.members[1].read_only = true; }},
      {"init", [](AppSpec& s) { s.members[1].init = true; }},
      {"stop_signal", [](AppSpec& s) { s.members[1].stop_signal = "SIGINT"; }},
      {"cap_add", [](AppSpec& s) { s.members[1].cap_add = {"CHOWN"}; }},
      {"cap_drop", [](AppSpec& s) { s.members[1].cap_drop = {"CHOWN"}; }},
      {"labels", [](AppSpec& s) { s.members[1].labels = {{"a", "b"}}; }},
      {"annotations", [](AppSpec& s) { s.members[1].annotations = {{"a", "b"}}; }},
      {"ulimit", [](AppSpec& s) { s.members[1].ulimits = {{"nofile", 1, 2}}; }},
      {"ulimit soft", [](AppSpec& s) { s.members[1].ulimits = {{"nofile", 2, 2}}; }},
      {"ulimit hard", [](AppSpec& s) { s.members[1].ulimits = {{"nofile", 1, 3}}; }},
  };
  return changes;
}

const std::vector<Change>& ChangesOfWhole() {
  static const std::vector<Change> changes = {
      {"name", [](AppSpec& s) { s.name = ServiceName("wise-otter"); }},
      {"uid", [](AppSpec& s) { s.uid = ServiceUid("u2"); }},
      {"subscription", [](AppSpec& s) { s.subscription = "p/s/1"; }},
      {"host", [](AppSpec& s) { s.host = "b.example.com"; }},
      {"insecure", [](AppSpec& s) { s.insecure = true; }},
      {"storage", [](AppSpec& s) { s.storage_bytes = 1; }},
      {"volumes", [](AppSpec& s) { s.volumes = {"data"}; }},
      {"fewer members", [](AppSpec& s) { s.members.pop_back(); }},
      {"order of members", [](AppSpec& s) { std::swap(s.members[0], s.members[1]); }},
      {"no routes", [](AppSpec& s) { s.routes.clear(); }},
      {"route prefix", [](AppSpec& s) { s.routes[0].path_prefix = "/api"; }},
      {"route port", [](AppSpec& s) { s.routes[0].port = 81; }},
      {"route member", [](AppSpec& s) { s.routes[0].member = "db"; }},
      {"route health", [](AppSpec& s) { s.routes[0].health_path = "/h"; }},
      {"extra_hosts", [](AppSpec& s) { s.extra_hosts = {{"a", "1.2.3.4"}}; }},
      {"stop_grace", [](AppSpec& s) { s.stop_grace = milliseconds(1); }},
      {"sysctl", [](AppSpec& s) { s.sysctls = {{"net.core.somaxconn", "1"}}; }},
      {"backup", [](AppSpec& s) { s.backup = {{.member = "db"}}; }},
      {"backup pre", [](AppSpec& s) { s.backup = {{"db", {"dump"}}}; }},
      {"backup post", [](AppSpec& s) { s.backup = {{"db", {}, {"dump"}}}; }},
      {"backup include", [](AppSpec& s) { s.backup = {{"db", {}, {}, {"data"}}}; }},
  };
  return changes;
}

std::string Changed(const Change& change) {
  AppSpec spec = Shop();
  change.second(spec);
  return Digest(spec);
}

TEST(AppSpecDigestTest, EveryFieldMattersAndNoTwoChangesLookAlike) {
  std::set<std::string> seen = {Digest(Shop())};
  for (const auto* list : {&ChangesOfWhole(), &ChangesOfMember()}) {
    for (const auto& change : *list) {
      EXPECT_TRUE(seen.insert(Changed(change)).second) << change.first;
    }
  }
}

TEST(AppSpecDigestTest, EqualSpecsHaveEqualDigests) { EXPECT_EQ(Digest(Shop()), Digest(Shop())); }

// Running instances carry these digests: an upgrade of the program must not restart them. A field
// added to AppSpec may enter a digest only where it is used.
TEST(AppSpecDigestTest, IsTheSameInEveryRelease) {
  EXPECT_EQ(Digest(Shop()), "87f633637b3c0a42d583b9ae9a46d730a3a33bb9287c08ca7efec4c7108e82c1");
  EXPECT_EQ(Digest(Everything()),
            "b230f621a906d2e25e68bcebe469ea0db57584944df0c982c380ffe34f6ffed4");
}

TEST(MemberDigestTest, IsTheSameInEveryRelease) {
  const AppSpec shop = Shop(), everything = Everything();
  EXPECT_EQ(Digest(shop, shop.members[1]),
            "3bad831dbd0382abe8f4a62c2ea226b882bce00b4549784574b79b787623ecc8");
  EXPECT_EQ(Digest(everything, everything.members[1]),
            "12f112a00c86a28b45493e07e9d1516f4c57f8029fad65cb16d751e633b674fc");
}

TEST(AppSpecDigestTest, TextsThatJoinAlikeAreToldApart) {
  AppSpec a = Shop();
  AppSpec b = Shop();
  a.volumes = {"ab", "c"};
  b.volumes = {"a", "bc"};
  EXPECT_NE(Digest(a), Digest(b));
  a.volumes = {"a:1:b"};
  b.volumes = {"a", "b"};
  EXPECT_NE(Digest(a), Digest(b));
}

TEST(MemberDigestTest, EveryFieldOfTheMemberMatters) {
  const AppSpec shop = Shop();
  std::set<std::string> seen = {Digest(shop, shop.members[1])};
  for (const auto& change : ChangesOfMember()) {
    AppSpec spec = Shop();
    change.second(spec);
    EXPECT_TRUE(seen.insert(Digest(spec, spec.members[1])).second) << change.first;
  }
}

TEST(MemberDigestTest, ChangesElsewhereThatDoNotReachTheContainerDoNotMatter) {
  const AppSpec shop = Shop();
  AppSpec spec = Shop();
  spec.storage_bytes = 1;
  spec.host = "b.example.com";
  spec.routes.clear();
  spec.members[0].image = "db:2";
  spec.backup = {{"web", {"dump"}}};
  EXPECT_EQ(Digest(spec, spec.members[1]), Digest(shop, shop.members[1]));
}

TEST(MemberDigestTest, WhoseItIsAndTheSharedHostsFileMatter) {
  const AppSpec shop = Shop();
  const std::string before = Digest(shop, shop.members[1]);
  const std::vector<Change> changes = {
      {"name", [](AppSpec& s) { s.name = ServiceName("wise-otter"); }},
      {"uid", [](AppSpec& s) { s.uid = ServiceUid("u2"); }},
      {"sibling", [](AppSpec& s) { s.members[0].name = "mysql"; }},
      {"sysctls", [](AppSpec& s) { s.sysctls = {{"net.core.somaxconn", "1"}}; }},
      {"extra_hosts", [](AppSpec& s) { s.extra_hosts = {{"a", "1.2.3.4"}}; }},
  };
  for (const auto& change : changes) {
    AppSpec spec = Shop();
    change.second(spec);
    EXPECT_NE(Digest(spec, spec.members[1]), before) << change.first;
  }
}

}  // namespace
}  // namespace kl
