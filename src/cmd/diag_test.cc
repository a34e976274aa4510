#include "cmd/diag.h"

#include <filesystem>
#include <fstream>

#include "base/subprocess.h"
#include "cli/cli_fixture.h"
#include "cmd/diag_scrub.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kKey[] = "canary-key-1";
constexpr char kPassword[] = "canary-webhook-2";
constexpr char kToken[] = "canary-token-3";
constexpr char kRegistry[] = "canary-registry-4";
constexpr char kParameter[] = "canary-parameter-5";

class DiagTest : public ::testing::Test {
 protected:
  DiagTest() {
    std::string pattern = (fs::temp_directory_path() / "kl-diag-XXXXXX").string();
    dir_ = mkdtemp(pattern.data());
    Write("data/token", std::string(kToken) + "\n");
    Write("data/gateway/caddy.log", "first\nsecond jane.doe@example.com\n");
    Write("registry.json", R"({"auths":{"r":{"auth":")" + std::string(kRegistry) + R"("}}})");
    Write("serve.log", "one\ntwo\nthree with " + std::string(kKey) + "\n");
    config_.data_dir = dir_ / "data";
    config_.chargebee_site = "shop-test";
    config_.chargebee_key = SecretString(kKey);
    config_.chargebee_webhook_password = SecretString(kPassword);
    config_.docker_registry_auth = dir_ / "registry.json";
  }
  ~DiagTest() override { fs::remove_all(dir_); }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name) << text;
  }
  // Runs it and unpacks; the archive's files by name.
  std::map<std::string, std::string> Run(const Result<Config>& config, const std::string& address) {
    std::ostringstream out, err;
    cli::Globals globals{
        .hostname = address, .token = SecretString(kToken), .out = &out, .err = &err};
    DiagWish wish{.output = dir_ / "diag.tar.gz", .logs = {dir_ / "serve.log"}, .lines = 2};
    EXPECT_EQ(Diag(config, globals, wish), 0) << err.str();
    EXPECT_EQ(fs::status(wish.output).permissions(), fs::perms(0600));
    fs::create_directory(dir_ / "unpacked");
    EXPECT_TRUE(
        RunProcessOk({"tar", "-xzf", wish.output, "--strip-components=1", "-C", dir_ / "unpacked"},
                     std::chrono::seconds(20)));
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(dir_ / "unpacked"))
      files[entry.path().filename()] = *ReadFile(entry.path());
    return files;
  }

  fs::path dir_;
  Config config_;
};

TEST_F(DiagTest, HoldsWhatIsNeededAndNoSecret) {
  cli::testing::FakeApi api([](const net::Request& request) {
    if (request.target.starts_with("/api/v1/services"))
      return net::JsonResponse(200, R"([{"id":"llama","status":"NotReady","advanced":{"admin":")" +
                                        std::string(kParameter) +
                                        R"("},"conditions":[{"reason":"ImagePullFailed"}]}])");
    if (request.target == "/api/v1/explain/llama")
      return net::JsonResponse(200, R"({"summary":"no image","service":{"advanced":{"a":")" +
                                        std::string(kParameter) + R"("}}})");
    if (request.target == "/metrics") return net::TextResponse(200, "kuberlogic_services 1\n");
    return net::JsonResponse(200, R"({"email":"jane.doe@example.com","said":"key )" +
                                      std::string(kKey) + R"(","pass":")" + kPassword + R"("})");
  });
  auto files = Run(config_, api.hostname());
  for (const char* name :
       {"versions.txt", "machine.txt", "configuration.yaml", "info.yaml", "status.yaml",
        "services.yaml", "subscriptions.yaml", "templates.yaml", "events.yaml", "audit.yaml",
        "explanations.yaml", "metrics.txt", "serve.log", "caddy.log", "problems.txt"})
    EXPECT_TRUE(files.contains(name)) << name;
  EXPECT_THAT(files["configuration.yaml"], HasSubstr("chargebee_site: shop-test\n"));
  EXPECT_THAT(files["configuration.yaml"], HasSubstr("chargebee_key: \"(set)\"\n"));
  EXPECT_THAT(files["services.yaml"], HasSubstr("ImagePullFailed"));
  EXPECT_THAT(files["explanations.yaml"], HasSubstr("no image"));
  EXPECT_THAT(files["metrics.txt"], HasSubstr("kuberlogic_services 1"));
  EXPECT_EQ(files["serve.log"], "two\nthree with ***\n");
  EXPECT_EQ(files["caddy.log"], "first\nsecond ***@example.com\n");
  for (const auto& [name, text] : files) {
    for (const char* secret : {kKey, kPassword, kToken, kRegistry, kParameter, "jane.doe"})
      EXPECT_THAT(text, Not(HasSubstr(secret))) << name;
  }
}

// When it is needed most, nothing answers and the configuration is what is wrong.
TEST_F(DiagTest, IsWrittenThoughNothingAnswers) {
  std::string gone;
  {
    gone = cli::testing::FakeApi(200, "").hostname();
  }
  auto files = Run(Fail(ErrorKind::kInvalid, "data_dri: unknown key", "data_dri"), gone);
  EXPECT_TRUE(files.contains("versions.txt"));
  EXPECT_EQ(files["serve.log"].substr(0, 4), "two\n");
  EXPECT_THAT(files["problems.txt"], HasSubstr("data_dri: unknown key"));
  EXPECT_THAT(files["problems.txt"], HasSubstr("no answer from the API"));
}

TEST_F(DiagTest, AFileThatIsThereIsNotReplaced) {
  Write("diag.tar.gz", "mine");
  std::ostringstream out, err;
  cli::Globals globals{.hostname = "127.0.0.1:1", .out = &out, .err = &err};
  EXPECT_EQ(Diag(config_, globals, {.output = dir_ / "diag.tar.gz"}), 2);
  EXPECT_EQ(*ReadFile(dir_ / "diag.tar.gz"), "mine");
}

TEST(ScrubberTest, AddressesLoseWhoButNotWhere) {
  const Scrubber scrubber{Config{.data_dir = "/nowhere"}};
  EXPECT_EQ(scrubber.Text("to jane+x@mail.example.com, 'o@b.de'."),
            "to ***@mail.example.com, ***@b.de'.");
  for (const char* kept :
       {"image@sha256:0a1b", "@FILE or -", "a @ b.c", "unit@.service", "x@y", ""})
    EXPECT_EQ(scrubber.Text(kept), kept);
}

TEST(ScrubberTest, LongerSecretsGoFirstAndShortWordsStay) {
  Scrubber scrubber{Config{.data_dir = "/nowhere"}};
  scrubber.Add("secret");
  scrubber.Add("secret-and-more\n");
  scrubber.Add("on");
  EXPECT_EQ(scrubber.Text("secret-and-more secret on"), "*** *** on");
}

TEST(ScrubberTest, EverySecretKeyIsKnown) {
  const auto keys = ConfigKeys();
  for (const ConfigKey& key : keys) {
    if (!key.secret) continue;
    Config config{.data_dir = "/nowhere"};
    ASSERT_TRUE(key.set(config, "canary-of-this-key"));
    EXPECT_EQ(Scrubber(config).Text("canary-of-this-key"), "***") << key.name;
    EXPECT_THAT(key.show(config), Not(HasSubstr("canary"))) << key.name;
  }
}

}  // namespace
}  // namespace kl::cmd
