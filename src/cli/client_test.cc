#include "cli/client.h"

#include <filesystem>
#include <fstream>

#include "cli/cli_fixture.h"
#include "net/test_peer.h"

namespace kl::cli {
namespace {

namespace fs = std::filesystem;
using testing::FakeApi;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunCommand;

class ConnectTest : public ::testing::Test {
 protected:
  ConnectTest() {
    std::string pattern = (fs::temp_directory_path() / "kl-connect-XXXXXX").string();
    dir_ = mkdtemp(pattern.data());
    Write("none.yaml", "resync_interval: 5\n");
    globals_.config = dir_ / "none.yaml";  // the test sees no file of this machine
  }
  ~ConnectTest() override { fs::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& text) {
    fs::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name) << text;
    return dir_ / name;
  }
  void Find() {
    Connect(globals_, [this](const std::string& name) { return variables_[name]; });
  }

  fs::path dir_;
  std::map<std::string, std::string> variables_;
  Globals globals_;
};

TEST_F(ConnectTest, FlagsWinOverEverything) {
  globals_.hostname = "flag:1";
  globals_.token = SecretString("flag");
  variables_ = {{"KUBERLOGIC_HOSTNAME", "variable:1"}, {"KUBERLOGIC_TOKEN", "variable"}};
  globals_.config = Write("serve.yaml", "api_listen: file:1\ntoken: file\n");
  Find();
  EXPECT_EQ(globals_.hostname, "flag:1");
  EXPECT_EQ(globals_.token.Reveal(), "flag");
}

TEST_F(ConnectTest, VariablesWinOverFiles) {
  variables_ = {{"KUBERLOGIC_HOSTNAME", "variable:1"}, {"TOKEN", "old"}};
  globals_.config = Write("serve.yaml", "api_listen: file:1\ntoken: file\n");
  Find();
  EXPECT_EQ(globals_.hostname, "variable:1");
  EXPECT_EQ(globals_.token.Reveal(), "old");
  globals_.token = {};
  variables_["KUBERLOGIC_TOKEN"] = "new";
  Find();
  EXPECT_EQ(globals_.token.Reveal(), "new");
}

TEST_F(ConnectTest, AddressAndTokenOfServeAreFoundInItsConfiguration) {
  Write("data/token", "made-at-first-start\n");
  globals_.config =
      Write("serve.yaml", "api_listen: 127.0.0.1:9\ndata_dir: " + (dir_ / "data").string() + "\n");
  Find();
  EXPECT_EQ(globals_.hostname, "127.0.0.1:9");
  EXPECT_EQ(globals_.token.Reveal(), "made-at-first-start");
  EXPECT_FALSE(globals_.problem);
}

TEST_F(ConnectTest, TheConfigurationMayBeNamedByAVariable) {
  globals_.config.clear();
  variables_["KUBERLOGIC_CONFIG"] = Write("serve.yaml", "api_listen: 127.0.0.1:9\n");
  Find();
  EXPECT_EQ(globals_.hostname, "127.0.0.1:9");
}

TEST_F(ConnectTest, TheUsersOwnFileComesBeforeThatOfServe) {
  globals_.config.clear();
  variables_["HOME"] = dir_;
  Write(".config/kuberlogic/config.yaml",
        "hostname: api.example.com\ntoken: mine\nscheme: https\n");
  Find();
  EXPECT_EQ(globals_.hostname, "api.example.com");
  EXPECT_EQ(globals_.token.Reveal(), "mine");
  EXPECT_EQ(globals_.scheme, "https");
}

TEST_F(ConnectTest, AnAddressMayCarryItsScheme) {
  globals_.hostname = "https://api.example.com/";
  Find();
  EXPECT_EQ(globals_.hostname, "api.example.com");
  EXPECT_EQ(globals_.scheme, "https");
}

TEST_F(ConnectTest, NothingSaidMeansThisMachine) {
  Find();
  EXPECT_EQ(globals_.hostname, "127.0.0.1:8001");
  EXPECT_EQ(globals_.scheme, "http");
  EXPECT_FALSE(globals_.problem);
}

TEST_F(ConnectTest, AnEmptyFileSaysNothing) {
  globals_.config = Write("serve.yaml", "\n");
  Find();
  EXPECT_FALSE(globals_.problem);
}

TEST_F(ConnectTest, AConfigurationThatIsNotThereIsNamed) {
  globals_.config = dir_ / "absent.yaml";
  Find();
  ASSERT_TRUE(globals_.problem);
  EXPECT_EQ(globals_.problem->kind, ErrorKind::kInvalid);
  EXPECT_THAT(globals_.problem->message, HasSubstr("absent.yaml cannot be read: No such file"));
}

TEST_F(ConnectTest, ABrokenConfigurationIsNamedWithItsLine) {
  globals_.config = Write("serve.yaml", "api_listen: a\napi_listen: [\n");
  Find();
  ASSERT_TRUE(globals_.problem);
  EXPECT_THAT(globals_.problem->message, HasSubstr("serve.yaml:2: "));
  EXPECT_EQ(Client(globals_).Get("/").error(), *globals_.problem);
}

// --- what a call says

Globals To(const std::string& hostname, const std::string& token = "sesame") {
  return {.hostname = hostname, .token = SecretString(token)};
}

TEST(ClientTest, TheTokenTravelsInItsHeaderAlone) {
  FakeApi api(200, R"({"a":1})");
  const auto answer = Client(To(api.hostname())).Send("POST", "/x", ValueMap{{"b", 2}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Value(ValueMap{{"a", 1}}));
  const auto heard = api.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].method, "POST");
  EXPECT_EQ(heard[0].headers.Find("X-Token"), "sesame");
  EXPECT_EQ(heard[0].headers.Find("Content-Type"), "application/json");
  EXPECT_EQ(heard[0].body, R"({"b":2})");
  EXPECT_THAT(heard[0].target, Not(HasSubstr("sesame")));
}

TEST(ClientTest, AnEmptyAnswerIsNull) {
  FakeApi api(200, "");
  EXPECT_EQ(Client(To(api.hostname())).Send("DELETE", "/x"), Value());
}

TEST(ClientTest, AServerThatIsNotThereIsNamedWithTheRemedy) {
  std::string gone;
  {
    gone = FakeApi(200, "").hostname();
  }
  const auto answer = Client(To(gone)).Get("/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("http://" + gone));
  EXPECT_THAT(answer.error().message, HasSubstr("is kuberlogic serve running?"));
  std::ostringstream out;
  EXPECT_EQ(Client(To(gone)).Follow("/x", out).error().kind, ErrorKind::kUnavailable);
}

TEST(ClientTest, WhatIsNoAddressIsUnreachable) {
  for (const char* hostname : {"127.0.0.1:port", "127.0.0.1:70000", "a b:1", "unix:/nowhere"}) {
    const auto answer = Client(To(hostname)).Get("/x");
    ASSERT_FALSE(answer) << hostname;
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << hostname;
    EXPECT_THAT(answer.error().message, HasSubstr(hostname));
    EXPECT_THAT(answer.error().message, HasSubstr("--hostname"));
  }
}

TEST(ClientTest, ErrorsCarryTheKindThatTheApiSays) {
  struct Case {
    int status;
    std::string kind;
    ErrorKind expected;
  };
  for (const Case& each :
       {Case{422, "invalid", ErrorKind::kInvalid}, Case{404, "", ErrorKind::kNotFound},
        Case{409, "conflict", ErrorKind::kConflict},
        Case{503, "unavailable", ErrorKind::kUnavailable},
        Case{503, "corrupt", ErrorKind::kCorrupt}, Case{503, "", ErrorKind::kUnavailable},
        Case{403, "", ErrorKind::kDenied}, Case{429, "", ErrorKind::kRateLimited},
        Case{500, "of another age", ErrorKind::kInternal}}) {
    FakeApi api(each.status, R"({"message":"it failed","kind":")" + each.kind + R"("})");
    const auto answer = Client(To(api.hostname())).Get("/x");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, each.expected) << each.status << each.kind;
    EXPECT_EQ(answer.error().message, "it failed");
  }
}

TEST(ClientTest, AWrongTokenAndAMissingOneAreToldApart) {
  FakeApi api(401, R"({"message":"X-Token is missing or wrong","kind":"unauthenticated"})");
  const auto wrong = Client(To(api.hostname())).Get("/x");
  const auto missing = Client(To(api.hostname(), "")).Get("/x");
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(missing);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_THAT(wrong.error().message, HasSubstr("refuses the token"));
  EXPECT_THAT(missing.error().message, HasSubstr("asks for a token"));
  for (const auto& answer : {wrong, missing}) {
    EXPECT_THAT(answer.error().message, HasSubstr("--token @FILE"));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("sesame")));
  }
}

TEST(ClientTest, AnotherProgramAtThatAddressIsNotTakenForTheApi) {
  for (const int status : {200, 404}) {
    FakeApi api([status](const net::Request&) { return net::TextResponse(status, "<html>"); });
    const auto answer = Client(To(api.hostname())).Get("/x");
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr(api.hostname()));
    EXPECT_THAT(answer.error().message, HasSubstr("is --hostname right?"));
  }
}

class Pieces : public net::BodyReader {
 public:
  Task<Result<std::string>> Read() override {
    std::string piece = next_ < 3 ? "line " + std::to_string(next_++) + "\n" : "";
    co_return piece;
  }

 private:
  int next_ = 1;
};

TEST(ClientTest, AStreamIsCopiedToItsEnd) {
  FakeApi api([](const net::Request&) {
    net::Response response;
    response.stream = std::make_unique<Pieces>();
    return response;
  });
  std::ostringstream out;
  EXPECT_TRUE(Client(To(api.hostname())).Follow("/x", out));
  EXPECT_EQ(out.str(), "line 1\nline 2\n");
}

TEST(ClientTest, ARefusedStreamIsAnErrorAndNoOutput) {
  FakeApi api(404, R"({"message":"service x: not found","kind":"not_found"})");
  std::ostringstream out;
  const Status followed = Client(To(api.hostname())).Follow("/x", out);
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(followed.error().message, "service x: not found");
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace kl::cli
