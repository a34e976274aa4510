// Calls as scripts of the old product make them: its verbs, flags, files and sentences.
#include <filesystem>
#include <fstream>

#include "cli/cli_fixture.h"

namespace kl::cli {
namespace {

using testing::ExpectCalls;
using testing::FakeApi;
using testing::RunCommand;

TEST(OldFormsTest, VerbsByTheirLongNames) {
  ExpectCalls({
      {{"service", "serviceList"}, "GET /api/v1/services/", ""},
      {{"service", "serviceExplain", "--service_id", "a"}, "GET /api/v1/explain/a", ""},
      {{"service", "serviceLogs", "--service_id", "a", "--container", "web"},
       "GET /api/v1/services/a/logs?ContainerName=web",
       ""},
      {{"service", "serviceSecretsList", "--service_id", "a"},
       "GET /api/v1/services/a/secrets",
       ""},
      {{"service", "serviceCredentialsUpdate", "--service_id", "a", "token=b", "user=c"},
       "POST /api/v1/services/a/credentials/",
       R"({"token":"b","user":"c"})"},
      {{"service", "credentials-update", "user=c", "--service_id", "a"},
       "POST /api/v1/services/a/credentials/",
       R"({"user":"c"})"},
      {{"service", "serviceDelete", "--id", "a"}, "DELETE /api/v1/services/a/", ""},
      {{"service", "serviceEdit", "--id", "a", "--version", "2"},
       "PATCH /api/v1/services/a/",
       R"({"version":"2"})"},
      {{"service", "serviceAdd", "--id", "a", "--type", "docker-compose"},
       "POST /api/v1/services/",
       R"({"id":"a","type":"docker-compose"})"},
  });
}

TEST(OldFormsTest, FlagsBySnakeCase) {
  ExpectCalls({
      {{"service", "get", "--service_id", "a"}, "GET /api/v1/services/a/", ""},
      {{"service", "get", "--id=a", "--format", "string"}, "GET /api/v1/services/a/", ""},
      {{"service", "list", "--subscription_id", "S1"},
       "GET /api/v1/services/?SubscriptionID=S1",
       ""},
      {{"service",
        "add",
        "--id",
        "a",
        "--type",
        "docker-compose",
        "--subscription_id",
        "S1",
        "--backup_schedule",
        "0 3 * * *",
        "--use_letsencrypt",
        "--limits.memory",
        "1Gi",
        "--limits.cpu",
        "500m",
        "--limits.storage",
        "2Gi",
        "--domain",
        "a.example.com",
        "--replicas",
        "1"},
       "POST /api/v1/services/",
       R"({"backupSchedule":"0 3 * * *","domain":"a.example.com","id":"a",)"
       R"("limits":{"cpu":"500m","memory":"1Gi","storage":"2Gi"},"replicas":1,)"
       R"("subscription":"S1","type":"docker-compose","use_letsencrypt":true})"},
      {{"--scheme", "http", "--format", "json", "service", "list"}, "GET /api/v1/services/", ""},
  });
}

// The old reader of flags took the word for a superfluous argument.
TEST(OldFormsTest, AWordAfterASwitchIsNoId) {
  ExpectCalls({{{"service", "add", "--id", "a", "--type", "app", "--insecure", "true"},
                "POST /api/v1/services/",
                R"({"id":"a","insecure":true,"type":"app"})"}});
  EXPECT_EQ(RunCommand("127.0.0.1:1", {"service", "edit", "--id", "a", "--insecure", "false"}).code,
            2);
}

TEST(OldFormsTest, DeletionByFlagDoesNotAskAgain) {
  ExpectCalls({{{"service", "delete", "--id", "a"}, "DELETE /api/v1/services/a/", ""}});
  EXPECT_EQ(RunCommand("127.0.0.1:1", {"service", "delete", "b", "--id", "a"}).code, 2);
}

TEST(OldFormsTest, SentencesThatScriptsRead) {
  FakeApi api(200, R"({"id":"demo"})");
  const auto said = [&api](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format", "string"});
    return RunCommand(api.hostname(), std::move(arguments)).out;
  };
  EXPECT_EQ(said({"service", "add", "--id", "demo", "--type", "app"}),
            "Service 'demo' successfully created\n");
  EXPECT_EQ(said({"service", "edit", "--id", "demo", "--version", "2"}),
            "Service 'demo' successfully edited\n");
  EXPECT_EQ(said({"service", "delete", "--id", "demo"}), "Service 'demo' successfully removed\n");
}

TEST(OldFormsTest, TheUsersConfigurationMayBeNamed) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("kl-old-" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << "hostname: api.example.com\nscheme: https\ntoken: mine\n";
  Globals globals{.config = path};
  Connect(globals, [](const std::string&) { return std::string(); });
  std::filesystem::remove(path);
  EXPECT_EQ(globals.hostname, "api.example.com");
  EXPECT_EQ(globals.scheme, "https");
  EXPECT_EQ(globals.token.Reveal(), "mine");
  EXPECT_FALSE(globals.problem);
}

}  // namespace
}  // namespace kl::cli
