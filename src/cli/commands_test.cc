#include "cli/commands.h"

#include <filesystem>
#include <fstream>

#include "cli/cli_fixture.h"

namespace kl::cli {
namespace {

using testing::FakeApi;
using testing::RunCommand;

using testing::ExpectCalls;

TEST(CommandsTest, EachVerbIsOneCall) {
  ExpectCalls({
      {{"service", "list"}, "GET /api/v1/services/", ""},
      {{"service", "get", "a"}, "GET /api/v1/services/a/", ""},
      {{"service", "secrets", "a"}, "GET /api/v1/services/a/secrets", ""},
      {{"service", "explain", "a"}, "GET /api/v1/explain/a", ""},
      {{"service", "pause", "a"}, "PATCH /api/v1/services/a/", R"({"paused":true})"},
      {{"service", "resume", "a"}, "PATCH /api/v1/services/a/", R"({"paused":false})"},
      {{"service", "delete", "a", "--yes"}, "DELETE /api/v1/services/a/", ""},
      {{"service", "logs", "a", "--container", "web", "--tail", "5"},
       "GET /api/v1/services/a/logs?ContainerName=web&tail=5",
       ""},
      {{"subscription", "list"}, "GET /api/v1/subscriptions/", ""},
      {{"subscription", "get", "S/1"}, "GET /api/v1/subscriptions/S%2F1", ""},
      {{"subscription", "sync", "S1"}, "POST /api/v1/subscriptions/S1/sync", ""},
      {{"subscription", "sync", "S1", "--republish"},
       "POST /api/v1/subscriptions/S1/sync?republish=true",
       ""},
      {{"subscription", "publish", "S1", "--force"},
       "POST /api/v1/subscriptions/S1/sync?force=true",
       ""},
      {{"event", "list"}, "GET /api/v1/events/?limit=50", ""},
      {{"event", "list", "--limit", "5", "--subscription", "S1"},
       "GET /api/v1/events/?limit=5&subscription=S1",
       ""},
      {{"event", "get", "e"}, "GET /api/v1/events/e", ""},
      {{"event", "replay", "e"}, "POST /api/v1/events/e/replay", ""},
      {{"billing", "release"}, "POST /api/v1/billing/release", ""},
      {{"template", "list"}, "GET /api/v1/templates", ""},
      {{"status"}, "GET /api/v1/status", ""},
      {{"info"}, "GET /api/v1/info", ""},
  });
}

TEST(CommandsTest, InfoSaysHowManyMoreFit) {
  FakeApi api(200, R"({"version":"1.2.3","provider":"stub","site":"acme","webhookPath":"/hook",)"
                   R"("room":{"resources":{"cpu":{"capacity":"unlimited","promised":"250m"},)"
                   R"("memory":{"capacity":"4Gi","promised":"64Mi","used":"1Gi"},)"
                   R"("storage":{"capacity":"20Gi","promised":"256Mi"}},)"
                   R"("plans":[{"type":"app","plan":"small","roomFor":7},)"
                   R"({"type":"app","plan":"free"}],"waiting":2,"warnings":["memory: 90%"]}})");
  EXPECT_EQ(RunCommand(api.hostname(), {"info"}).out,
            "KuberLogic 1.2.3\n"
            "billing: stub, site acme, webhook /hook\n"
            "\n"
            "RESOURCE  CAPACITY   PROMISED  USED\n"
            "cpu       unlimited  250m      \n"
            "memory    4Gi        64Mi      1Gi\n"
            "storage   20Gi       256Mi     \n"
            "\n"
            "room for 7 more of plan small (app)\n"
            "room for any number more of plan free (app)\n"
            "2 waiting for room\n"
            "nearly full: memory: 90%\n");
}

TEST(CommandsTest, FlagsOfAServiceBecomeItsFields) {
  ExpectCalls({
      {{"service",    "add",     "a",          "--type",  "app",        "--cpu",      "500m",
        "--storage",  "2Gi",     "--replicas", "2",       "--insecure", "--advanced", "n=5",
        "--advanced", "on=true", "--advanced", "zip=007", "--advanced", "eq=a=b"},
       "POST /api/v1/services/",
       R"({"advanced":{"eq":"a=b","n":5,"on":true,"zip":"007"},"id":"a","insecure":true,)"
       R"("limits":{"cpu":"500m","storage":"2Gi"},"replicas":2,"type":"app"})"},
      {{"service", "edit", "a", "--version", "6.1", "--advanced", "n"},
       "PATCH /api/v1/services/a/",
       R"({"advanced":{"n":null},"version":"6.1"})"},
      {{"service", "edit", "a", "--insecure=false", "--use-letsencrypt=true"},
       "PATCH /api/v1/services/a/",
       R"({"insecure":false,"use_letsencrypt":true})"},
      {{"service", "edit", "a", "--template-digest", "current"},
       "PATCH /api/v1/services/a/",
       R"({"templateDigest":"current"})"},
  });
}

TEST(CommandsTest, WhatDestroysAsksFirst) {
  FakeApi api(200, "");
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "delete", "a"}).code, 2);
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "delete", "--yes"}).code, 2);
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "edit", "a"}).code, 2);
  EXPECT_TRUE(api.heard().empty());
}

TEST(CommandsTest, CredentialsComeFromFiles) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("kl-secret-" + std::to_string(getpid()));
  std::ofstream(path) << "of=a file\n";
  ExpectCalls({{{"service", "credentials", "update", "a", "token=@" + path, "user=b=c"},
                "POST /api/v1/services/a/credentials/",
                R"({"token":"of=a file","user":"b=c"})"}});
  std::filesystem::remove(path);
  FakeApi api(200, "");
  const auto run = [&api](std::vector<std::string> pairs) {
    std::vector<std::string> all = {"service", "credentials", "update", "a"};
    all.insert(all.end(), pairs.begin(), pairs.end());
    return RunCommand(api.hostname(), all);
  };
  EXPECT_EQ(run({"token=x"}).out, "Credentials updated\n");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"token"}, {"=x"}, {"a=1", "a=2"}, {"token=@" + path}}) {
    const auto ran = run(wrong);
    EXPECT_EQ(ran.code, 2) << ran.err;
  }
  EXPECT_EQ(api.heard().size(), 1u);
}

TEST(CommandsTest, ADryRunAsksNothingAndSaysWhatItWouldAsk) {
  FakeApi api(200, "{}");
  const auto add = RunCommand(api.hostname(), {"--dry-run", "service", "add", "a", "--type", "app",
                                               "--advanced", "password=hidden"});
  EXPECT_EQ(add.code, 0);
  EXPECT_EQ(add.out, "");
  EXPECT_EQ(add.err, "kuberlogic: dry run: would ask POST http://" + api.hostname() +
                         "/api/v1/services/ with advanced, id, type\n");
  for (const std::vector<std::string>& each :
       {std::vector<std::string>{"service", "list", "--dry-run"},
        {"service", "delete", "a", "--yes", "--dry-run"},
        {"service", "logs", "a", "--follow", "--dry-run"},
        {"subscription", "publish", "S1", "--dry-run"}}) {
    const auto ran = RunCommand(api.hostname(), each);
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_TRUE(api.heard().empty());
}

TEST(CommandsTest, DebugSaysWhatIsAskedAndNoSecret) {
  FakeApi api(404, R"({"message":"no","kind":"not_found"})");
  const auto ran = RunCommand(api.hostname(),
                              {"service", "edit", "a", "--debug", "--advanced", "password=hidden"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.err.find("debug: PATCH http://" + api.hostname() + "/api/v1/services/a/: 404, "),
            std::string::npos)
      << ran.err;
  EXPECT_EQ(ran.err.find("hidden"), std::string::npos);
  EXPECT_EQ(ran.err.find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace kl::cli
