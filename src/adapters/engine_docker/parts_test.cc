// The parts that decide without an engine.
#include <gtest/gtest.h>

#include "adapters/engine_docker/allocator.h"
#include "adapters/engine_docker/api.h"
#include "adapters/engine_docker/decode.h"
#include "adapters/engine_docker/encode.h"
#include "adapters/engine_docker/frames.h"
#include "adapters/engine_docker/labels.h"
#include "adapters/engine_docker/oom.h"

namespace kl::docker {
namespace {

std::string Frame(char stream, const std::string& text) {
  std::string frame(8, '\0');
  frame[0] = stream;
  frame[7] = static_cast<char>(text.size());
  return frame + text;
}

TEST(FrameDecoderTest, MergesStreamsHoweverTheyAreCut) {
  const std::string bytes = Frame(1, "out ") + Frame(2, "err ") + Frame(1, "") + Frame(1, "end");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    FrameDecoder decoder;
    std::string text = decoder.Feed(bytes.substr(0, cut));
    text += decoder.Feed(bytes.substr(cut));
    EXPECT_EQ(text, "out err end") << cut;
  }
}

TEST(FrameDecoderTest, UnframedOutputPasses) {
  FrameDecoder decoder;
  EXPECT_EQ(decoder.Feed("plain text of a terminal"), "plain text of a terminal");
}

TEST(ImageReferenceTest, RegistryRepositoryAndTag) {
  struct Case {
    const char *text, *registry, *repository, *tag;
  };
  for (const Case& c :
       {Case{"nginx", "docker.io", "nginx", "latest"},
        Case{"library/nginx:1", "docker.io", "library/nginx", "1"},
        Case{"localhost/a/b:2", "localhost", "localhost/a/b", "2"},
        Case{"127.0.0.1:5000/a", "127.0.0.1:5000", "127.0.0.1:5000/a", "latest"},
        Case{"r.example.com/a@sha256:ab", "r.example.com", "r.example.com/a", "sha256:ab"}}) {
    const auto reference = ParseImageReference(c.text);
    EXPECT_EQ(reference.registry, c.registry) << c.text;
    EXPECT_EQ(reference.repository, c.repository) << c.text;
    EXPECT_EQ(reference.tag, c.tag) << c.text;
  }
}

TEST(LabelsTest, PortsSurviveTheRoundTripAndRubbishIsLeftOut) {
  const PortMap ports = {{80, 20001}, {8080, 20002}};
  EXPECT_EQ(PortsText(ports), "80=20001,8080=20002");
  EXPECT_EQ(ParsePorts(PortsText(ports)), ports);
  EXPECT_EQ(ParsePorts("80=20001,x=1,90=,=5,70000=1,81=2"), (PortMap{{80, 20001}, {81, 2}}));
}

TEST(LabelsTest, PauseDigestDependsOnPortsAndNameOnly) {
  AppSpec spec;
  spec.name = ServiceName("one");
  spec.routes = {{.port = 80}};
  const std::string digest = PauseDigest(spec);
  spec.host = "other.example.com";
  spec.members.push_back({.name = "app", .image = "x:2"});
  EXPECT_EQ(PauseDigest(spec), digest);
  spec.sysctls = {{"kernel.shmmax", "1"}};
  EXPECT_EQ(PauseDigest(spec), digest) << "the members' IPC is theirs";
  spec.sysctls = {{"net.core.somaxconn", "1"}};
  EXPECT_NE(PauseDigest(spec), digest);
  spec.sysctls.clear();
  spec.routes.push_back({.path_prefix = "/api", .port = 81});
  EXPECT_NE(PauseDigest(spec), digest);
}

TEST(SubnetPoolTest, GivesEveryPieceOnceAndNoneThatIsUsed) {
  SeededRandom random(7);
  SubnetPool pool(*ParseSubnet("10.213.0.0/24"), 28, random);
  pool.MarkUsed(*ParseSubnet("10.213.0.32/27"));
  pool.MarkUsed(*ParseSubnet("192.168.0.0/16"));
  std::set<std::string> given;
  for (int i = 0; i < 14; ++i) {
    const auto subnet = pool.Take();
    ASSERT_TRUE(subnet);
    EXPECT_FALSE(subnet->Overlaps(*ParseSubnet("10.213.0.32/27")));
    given.insert(subnet->Text());
  }
  EXPECT_EQ(given.size(), 14u);
  EXPECT_EQ(pool.Take().error().kind, ErrorKind::kExhausted);
  pool.Release(*ParseSubnet("10.213.0.0/28"));
  EXPECT_EQ(pool.Take()->Text(), "10.213.0.0/28");
}

TEST(SubnetTest, RubbishIsNoSubnet) {
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/x", "::1/64"}) {
    EXPECT_FALSE(ParseSubnet(text)) << text;
  }
}

TEST(PortPoolTest, WantedPortWhenFreeElseAnother) {
  SeededRandom random(7);
  PortPool pool(40000, 40009, random);
  const auto first = pool.Take();
  ASSERT_TRUE(first);
  const auto second = pool.Take(*first);
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  pool.Release(*first);
  EXPECT_EQ(*pool.Take(*first), *first);
}

TEST(DecodeTest, ContainerListOfBothEngines) {
  const auto list = DecodeContainers(
      R"([{"Id":"a1","Names":["/kl-x"],"State":"running","Labels":{"k":"v"}},
          {"Id":"b2","Names":[],"State":"exited","Labels":null}])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].name, "kl-x");
  EXPECT_EQ(LabelOf((*list)[0].labels, "k"), "v");
  EXPECT_EQ((*list)[1].state, "exited");
}

TEST(DecodeTest, NetworksOfBothEngines) {
  const auto list = DecodeNetworks(
      R"([{"Name":"a","Labels":{"x":"y"},"IPAM":{"Config":[{"Subnet":"10.0.0.0/28"}]}},
          {"name":"b","subnets":[{"subnet":"10.0.1.0/28"}]}])");
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)[0].subnets, std::vector<std::string>{"10.0.0.0/28"});
  EXPECT_EQ((*list)[1].name, "b");
  EXPECT_EQ((*list)[1].subnets, std::vector<std::string>{"10.0.1.0/28"});
}

TEST(DecodeTest, RubbishIsAnErrorAndNeverACrash) {
  for (const char* text : {"", "null", "[1,2]", "{\"Id\":5}", "<html>", "[{}]", "{\"State\":1}"}) {
    EXPECT_FALSE(DecodeContainer(text)) << text;
    EXPECT_FALSE(DecodeId(text)) << text;
    EXPECT_FALSE(DecodeImage(text)) << text;
    EXPECT_FALSE(DecodeEvent(text)) << text;
    (void)DecodeNetworks(text);
    (void)DecodeContainers(text);
  }
}

TEST(DecodeTest, TimesWithFractionAndZone) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01Z"), 1'000'000'000);
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01.5Z"), 1'500'000'000);
  EXPECT_EQ(ParseTime("1970-01-01T02:00:01.000000001+02:00"), 1'000'000'001);
  EXPECT_EQ(ParseTime("0001-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTime("yesterday"), 0);
}

TEST(DecodeTest, ErrorAnywhereInAPullsProgressIsFound) {
  EXPECT_EQ(ErrorInProgress("{\"status\":\"Pulling\"}\n{\"error\":\"no\\nroute\"}\n"), "no route");
  EXPECT_EQ(ErrorInProgress("{\"status\":\"a \\\"error\\\" in a word\"}\n{\"id\":1}"), "");
}

TEST(DecodeTest, LoginOfARegistry) {
  const char* config = R"({"auths":{"r.example.com":{"auth":"dXNlcjpwYXNz"},
                           "https://index.docker.io/v1/":{"auth":"YTpi"}}})";
  const auto login = DecodeLogin(config, "r.example.com");
  ASSERT_TRUE(login && *login);
  EXPECT_EQ((*login)->user, "user");
  EXPECT_EQ((*login)->password, "pass");
  EXPECT_EQ((**DecodeLogin(config, "docker.io")).password, "b");
  EXPECT_FALSE(DecodeLogin(config, "other.example.com")->has_value());
  EXPECT_FALSE(DecodeLogin("{", "r.example.com"));
}

TEST(EncodeTest, CapabilitiesAreASmallSetPlusAndMinus) {
  Member member;
  EXPECT_EQ(Capabilities(member).size(), 7u);
  member.cap_drop = {"KILL"};
  member.cap_add = {"SYS_NICE"};
  const auto some = Capabilities(member);
  EXPECT_EQ(std::ranges::count(some, "KILL"), 0);
  EXPECT_EQ(std::ranges::count(some, "SYS_NICE"), 1);
  member.cap_drop = {"ALL"};
  EXPECT_EQ(Capabilities(member), std::vector<std::string>{"SYS_NICE"});
}

TEST(EncodeTest, LimitsForbidSwapAndNewPrivileges) {
  Member member;
  member.image = "x";
  member.memory_bytes = 1000;
  member.cpu_millis = 250;
  const std::string body = EncodeMember(member, {.pause_id = "p", .pids_max = 7});
  for (const char* part :
       {"\"Memory\":1000", "\"MemorySwap\":1000", "\"NanoCpus\":250000000", "\"PidsLimit\":7",
        "no-new-privileges", "\"CapDrop\":[\"ALL\"]", "\"NetworkMode\":\"container:p\""}) {
    EXPECT_NE(body.find(part), std::string::npos) << part << " in " << body;
  }
  EXPECT_EQ(body.find("Entrypoint"), std::string::npos) << "the image's own stays";
}

TEST(EncodeTest, KernelSettingsGoToWhoHasTheNamespace) {
  AppSpec spec;
  spec.sysctls = {{"kernel.shmmax", "7"}, {"net.core.somaxconn", "9"}};
  Member member{.ulimits = {{"nofile", 1024, 4096}}};
  const std::string pause = EncodePause({.sysctls = NetworkSysctls(spec)});
  EXPECT_NE(pause.find(R"("Sysctls":{"net.core.somaxconn":"9"})"), std::string::npos) << pause;
  const std::string body = EncodeMember(member, {.sysctls = IpcSysctls(spec)});
  EXPECT_NE(body.find(R"("Sysctls":{"kernel.shmmax":"7"})"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("Ulimits":[{"Name":"nofile","Soft":1024,"Hard":4096},{"Name":"nproc",)"),
            std::string::npos)
      << body;
}

TEST(EncodeTest, AnnotationsAreLabelsAndALabelWins) {
  const Member member{.labels = {{"a", "label"}}, .annotations = {{"a", "note"}, {"b", "note"}}};
  const std::string body = EncodeMember(member, {});
  EXPECT_NE(body.find(R"("a":"label")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("b":"note")"), std::string::npos) << body;
}

TEST(EncodeTest, ACommandsEnvironmentIsThereOnlyWhenItHasOne) {
  EXPECT_EQ(EncodeExec({"set", "x"}),
            R"({"Cmd":["set","x"],"AttachStdout":true,"AttachStderr":true})");
  EXPECT_EQ(EncodeExec({"set"}, {"A=b c"}),
            R"({"Cmd":["set"],"AttachStdout":true,"AttachStderr":true,"Env":["A=b c"]})");
}

TEST(EncodeTest, OwnLabelsCannotBeOverwrittenByATemplate) {
  Member member;
  member.labels = {{std::string(label::kOwner), "thief"}, {"theirs", "kept"}};
  const std::string body = EncodeMember(member, {.labels = {{std::string(label::kOwner), "us"}}});
  EXPECT_EQ(body.find("thief"), std::string::npos);
  EXPECT_NE(body.find("\"theirs\":\"kept\""), std::string::npos);
}

TEST(OomTest, OnlyTheContainersOwnLimitCounts) {
  const std::string record =
      "4,1234,5504176043,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"
      "oom_memcg=/libpod_parent/libpod-2a0e9b,task_memcg=/libpod_parent/libpod-ffff,task=tiny";
  EXPECT_EQ(OomKillIn(record, "2a0e9b"), 1234u);
  EXPECT_EQ(OomKillIn(record, "ffff"), 0u);
  EXPECT_EQ(OomKillIn("6,1,2,-;something else 2a0e9b", "2a0e9b"), 0u);
}

}  // namespace
}  // namespace kl::docker
