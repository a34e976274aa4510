#include "cmd/init.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "cmd/billing_check.h"
#include "cmd/provider_options.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

class InitTest : public ::testing::Test {
 protected:
  InitTest() : dir_(fs::temp_directory_path() / ("kl-init-" + SystemRandom().Letters(12))) {
    fs::create_directories(dir_);
    File("app.yaml", "services: {}\n");
    globals_.config = dir_ / "kuberlogic.yaml";
    globals_.out = &out_;
    globals_.err = &err_;
    wish_ = {.site = "https://acme-test.chargebee.com/",
             .domain = "apps.example.com",
             .template_path = dir_ / "app.yaml",
             .key_file = File("key", "key_1\n"),
             .non_interactive = true,
             .no_check = true};
  }
  ~InitTest() override { fs::remove_all(dir_); }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = dir_ / name;
    std::ofstream(path) << text;
    return path;
  }
  int Run() {
    return Init(wish_, globals_, [](const std::string&) { return std::nullopt; });
  }
  Result<Config> Written() {
    return LoadConfig({{"config", globals_.config}},
                      [](const std::string&) { return std::nullopt; });
  }

  fs::path dir_;
  std::ostringstream out_, err_;
  cli::Globals globals_;
  InitWish wish_;
};

TEST_F(InitTest, WhatIsWrittenIsReadBackAndTheOwnersAlone) {
  ASSERT_EQ(Run(), 0) << err_.str();
  auto config = Written();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->chargebee_site, "acme-test");
  EXPECT_EQ(config->chargebee_key.Reveal(), "key_1");
  EXPECT_EQ(config->kuberlogic_domain, "apps.example.com");
  EXPECT_EQ(config->docker_compose, wish_.template_path);
  EXPECT_EQ(config->chargebee_webhook_user, "kuberlogic");
  EXPECT_EQ(config->chargebee_webhook_password.Reveal().size(), 32u);
  struct stat info{};
  ASSERT_EQ(::stat(globals_.config.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(out_.str().find("key_1"), std::string::npos);
}

TEST_F(InitTest, QuotesAndBackslashesInAValueSurvive) {
  wish_.data_dir = R"(/srv/a "b" \c: #d)";
  ASSERT_EQ(Run(), 0) << err_.str();
  auto config = Written();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, wish_.data_dir);
}

TEST_F(InitTest, AFileThatIsThereStaysUnlessForced) {
  File("kuberlogic.yaml", "mine: 1\n");
  EXPECT_EQ(Run(), 2);
  EXPECT_NE(err_.str().find("--force"), std::string::npos);
  wish_.force = true;
  EXPECT_EQ(Run(), 0);
  EXPECT_TRUE(Written());
}

TEST_F(InitTest, WhatIsMissingOrWrongIsRefusedAndNothingWritten) {
  const InitWish whole = wish_;
  for (const auto& [change, word] :
       {std::pair<void (*)(InitWish&), const char*>([](InitWish& w) { w.site = ""; }, "--site"),
        {[](InitWish& w) { w.site = "https:///"; }, "site"},
        {[](InitWish& w) { w.domain = ""; }, "--domain"},
        {[](InitWish& w) { w.domain = "no host"; }, "domain"},
        {[](InitWish& w) { w.template_path = ""; }, "--template"},
        {[](InitWish& w) { w.template_path = "/nowhere/x.yaml"; }, "template"},
        {[](InitWish& w) { w.key_file = ""; }, "--key-file"},
        {[](InitWish& w) { w.key_file = "/nowhere/key"; }, "/nowhere/key"}}) {
    wish_ = whole;
    change(wish_);
    err_.str("");
    EXPECT_EQ(Run(), 2) << word;
    EXPECT_NE(err_.str().find(word), std::string::npos) << err_.str();
    EXPECT_FALSE(fs::exists(globals_.config)) << word;
  }
}

TEST(WebhookUrlTest, ItFollowsDomainAndPortUnlessItIsGiven) {
  Config config;
  config.kuberlogic_domain = "apps.example.com";
  config.gateway_https_port = 443;
  EXPECT_EQ(WebhookUrl(config), "https://billing.apps.example.com/chargebee-webhook");
  config.gateway_https_port = 8443;
  EXPECT_EQ(WebhookUrl(config), "https://billing.apps.example.com:8443/chargebee-webhook");
  config.chargebee_webhook_url = "https://else.example.com/x";
  EXPECT_EQ(WebhookUrl(config), "https://else.example.com/x");
}

TEST_F(InitTest, ExpectationsComeFromEveryTemplateAndNameTheOneThatFails) {
  Config config;
  config.docker_compose = File("shop.yaml",
                               "x-kuberlogic-plans:\n  pro-USD:\n    limits: {memory: 64Mi}\n"
                               "services:\n  web:\n    image: a:1\n    ports: ['80']\n");
  config.billing_ignore = {"other"};
  auto expected = LoadExpectation(config);
  ASSERT_TRUE(expected) << expected.error().message;
  ASSERT_EQ(expected->templates.size(), 1u);
  EXPECT_TRUE(expected->templates[0].plans.contains("pro-USD"));
  EXPECT_TRUE(expected->ignored_plans.contains("other"));
  EXPECT_FALSE(expected->mapping_is_explicit);
  config.templates = {"broken=" + File("broken.yaml", "services: [\n")};
  auto failed = LoadExpectation(config);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("broken.yaml"), std::string::npos);
}

}  // namespace
}  // namespace kl::cmd
