#include "cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/cli_fixture.h"

namespace kl::cli {
namespace {

using testing::FakeApi;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunCommand;

std::string Shown(const Value& list, const std::string& format = "table") {
  std::ostringstream out;
  const Globals globals{.format = format, .out = &out};
  ShowList(globals, list, {{"ID", "id"}, {"CPU", "limits.cpu"}, {"END", "end"}});
  return out.str();
}

const ValueMap kFirst = {{"id", "a"}, {"limits", ValueMap{{"cpu", "500m"}}}, {"end", true}};

TEST(OutputTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(Shown(ValueList{kFirst, ValueMap{{"id", "longer"}, {"end", 5}}}),
            "ID      CPU   END\n"
            "a       500m  true\n"
            "longer        5\n");
}

TEST(OutputTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(Shown(ValueList{ValueMap{{"id", "Jürgen"}, {"end", "x"}}, kFirst}),
            "ID      CPU   END\n"
            "Jürgen        x\n"
            "a       500m  true\n");
}

TEST(OutputTest, AnEmptyListIsItsTitles) {
  EXPECT_EQ(Shown(ValueList{}), "ID  CPU  END\n");
  EXPECT_EQ(Shown(Value()), "ID  CPU  END\n");
  EXPECT_EQ(Shown(ValueList{}, "json"), "[]\n");
  EXPECT_EQ(Shown(ValueList{}, "yaml"), "[]\n");
}

TEST(OutputTest, ACellNeitherBreaksTheTableNorCommandsTheTerminal) {
  const std::string table = Shown(ValueList{ValueMap{{"id",
                                                      "a\nb\x1b[31m\x7f\xc2\x9b"
                                                      "c\r\td"}}});
  EXPECT_THAT(table, HasSubstr("\na b [31m  c  d"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2);
}

TEST(OutputTest, JsonIsWhatTheApiSaid) {
  EXPECT_EQ(Shown(ValueList{kFirst}, "json"),
            "[{\"end\":true,\"id\":\"a\",\"limits\":{\"cpu\":\"500m\"}}]\n");
}

TEST(OutputTest, YamlHasEveryFieldNotTheColumnsAlone) {
  EXPECT_EQ(Shown(ValueList{ValueMap{{"more", "x"}}}, "yaml"), "-\n  more: x\n");
}

TEST(OutputTest, APathThatLeadsNowhereIsEmpty) {
  const Value value = kFirst;
  EXPECT_EQ(At(value, "limits.cpu"), "500m");
  EXPECT_EQ(At(value, "limits.memory"), "");
  EXPECT_EQ(At(value, "id.x"), "");
  EXPECT_EQ(At(value, "none.at.all"), "");
  EXPECT_EQ(At(ValueMap{{"n", Value()}}, "n"), "");
  EXPECT_EQ(Find(value, ""), &value);
}

TEST(OutputTest, ColoursOnlyWhenWanted) {
  Globals globals;
  EXPECT_EQ(Paint(globals, Tone::kBad, "x"), "x");
  globals.color = true;
  EXPECT_EQ(Paint(globals, Tone::kBad, "x"), "\033[31mx\033[0m");
  EXPECT_EQ(Paint(globals, Tone::kPlain, "x"), "x");
}

// --- screens

TEST(ScreenTest, StatusSaysWhenAllIsWell) {
  FakeApi api(200, R"({"services":{"all":2,"ready":2,"starting":0,"paused":0,"failing":0},
      "ordersInFlight":0,"owedWriteBacks":0,"unmatched":0,"gateClosed":false,"clockJumped":false,
      "needsPerson":[],"orphans":[],"provider":{"reachable":true}})");
  const auto ran = RunCommand(api.hostname(), {"status"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(ran.out.starts_with("all is well\n")) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("2: 2 ready, 0 starting, 0 paused, 0 failing"));
  EXPECT_THAT(ran.out, HasSubstr("none since the start"));
  EXPECT_THAT(ran.out, Not(HasSubstr("needs a person")));
}

TEST(ScreenTest, StatusNamesWhatIsWrong) {
  FakeApi api(200, R"({"services":{"all":1,"ready":0,"starting":0,"paused":0,"failing":1},
      "gateClosed":true,"clockJumped":true,"certificatesWaiting":12,"needsPerson":["a: image\nnot found"],
      "orphans":["b of sub-1"],"provider":{"reachable":false,"error":"429"}})");
  const auto ran = RunCommand(api.hostname(), {"status"});
  for (const char* line :
       {"needs attention", "certificates awaited  12\n", "CLOSED: nothing is stopped",
        "NOT reachable: 429", "jumped by more than an hour", "  a: image not found\n",
        "known to no record\n  b of sub-1\n"})
    EXPECT_THAT(ran.out, HasSubstr(line));
}

TEST(ScreenTest, ExplainShowsCauseRemedyAndTimeline) {
  FakeApi api(200, R"({"subject":"subscription S1","reason":"ImagePullFailed","summary":"no image",
      "remedy":"mend the template","nextRetryAt":"2026-01-01T00:00:00Z",
      "timeline":[{"at":"t1","step":"event","detail":"created","trace":"x"}],
      "pod":{"containers":[{"name":"web","status":"waiting","restartCount":3,"error":"gone"}]}})");
  const auto ran = RunCommand(api.hostname(), {"explain", "S 1"});
  EXPECT_EQ(api.heard()[0].target, "/api/v1/explain/S%201");
  for (const char* line : {"subscription S1\n", "  ImagePullFailed  no image\n",
                           "what to do: mend the template", "next try:   2026-01-01T00:00:00Z",
                           "t1    event  created  x", "web        waiting  3         gone"})
    EXPECT_THAT(ran.out, HasSubstr(line));
}

TEST(ScreenTest, LogsAreShownAsTheyCameWithTheirContainersName) {
  FakeApi api(200, R"([{"containerName":"web","logs":"a\nb\n"},{"containerName":"db","logs":""}])");
  EXPECT_EQ(RunCommand(api.hostname(), {"service", "logs", "x"}).out, "==> web\na\nb\n==> db\n");
}

TEST(ScreenTest, PublishWithoutForceOnlySaysWhatItWouldDelete) {
  FakeApi api(200, R"({"publication":{"state":"postponed","message":"a change is scheduled"}})");
  const auto ran = RunCommand(api.hostname(), {"subscription", "publish", "S1"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("postponed a change is scheduled"));
  ASSERT_EQ(api.heard().size(), 1u);
  EXPECT_EQ(api.heard()[0].method, "GET");
}

}  // namespace
}  // namespace kl::cli
