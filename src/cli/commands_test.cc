#include "cli/commands.h"

#include "cli/cli_fixture.h"

namespace kl::cli {
namespace {

using testing::FakeApi;
using testing::RunCommand;

struct Case {
  std::vector<std::string> arguments;
  std::string request;  // method and target
  std::string body;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    FakeApi api(200, "{}");
    const auto ran = RunCommand(api.hostname(), each.arguments);
    const auto heard = api.heard();
    ASSERT_EQ(heard.size(), 1u) << each.request << ": " << ran.err;
    EXPECT_EQ(ran.code, 0) << each.request << ": " << ran.err;
    EXPECT_EQ(heard[0].method + " " + heard[0].target, each.request);
    EXPECT_EQ(heard[0].body, each.body) << each.request;
  }
}

TEST(CommandsTest, EachVerbIsOneCall) {
  Expect({
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

TEST(CommandsTest, FlagsOfAServiceBecomeItsFields) {
  Expect({
      {{"service",    "add",     "a",          "--type",  "app",        "--cpu",      "500m",
        "--storage",  "2Gi",     "--replicas", "2",       "--insecure", "--advanced", "n=5",
        "--advanced", "on=true", "--advanced", "zip=007", "--advanced", "eq=a=b"},
       "POST /api/v1/services/",
       R"({"advanced":{"eq":"a=b","n":5,"on":true,"zip":"007"},"id":"a","insecure":true,)"
       R"("limits":{"cpu":"500m","storage":"2Gi"},"replicas":2,"type":"app"})"},
      {{"service", "edit", "a", "--version", "6.1", "--advanced", "n"},
       "PATCH /api/v1/services/a/",
       R"({"advanced":{"n":null},"version":"6.1"})"},
      {{"service", "edit", "a", "--template-digest", "current"},
       "PATCH /api/v1/services/a/",
       R"({"templateDigest":"current"})"},
  });
}

TEST(CommandsTest, OldSpellingsAreUnderstood) {
  Expect({
      {{"service", "get", "--service_id", "a"}, "GET /api/v1/services/a/", ""},
      {{"service", "get", "--id=a", "--format", "string"}, "GET /api/v1/services/a/", ""},
      {{"service", "list", "--subscription_id", "S1"},
       "GET /api/v1/services/?SubscriptionID=S1",
       ""},
      {{"service", "add", "--id", "a", "--type", "docker-compose", "--subscription_id", "S1",
        "--backup_schedule", "0 3 * * *", "--use_letsencrypt", "--limits.memory", "1Gi"},
       "POST /api/v1/services/",
       R"({"backupSchedule":"0 3 * * *","id":"a","limits":{"memory":"1Gi"},)"
       R"("subscription":"S1","type":"docker-compose","use_letsencrypt":true})"},
      {{"--scheme", "http", "--format", "json", "service", "list"}, "GET /api/v1/services/", ""},
  });
}

TEST(CommandsTest, WhatDestroysAsksFirst) {
  FakeApi api(200, "");
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "delete", "a"}).code, 2);
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "edit", "a"}).code, 2);
  EXPECT_TRUE(api.heard().empty());
}

}  // namespace
}  // namespace kl::cli
