// Shell words, durations, sizes, and the credentials command's script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/credentials.h"
#include "template/duration.h"
#include "template/shell_split.h"

namespace kl::tmpl {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

TEST(ShellSplit, SeparatesAsAShellDoes) {
  EXPECT_THAT(*ShellSplit("a  b\tc\nd"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(*ShellSplit("a 'b c' \"d e\""), ElementsAre("a", "b c", "d e"));
  EXPECT_THAT(*ShellSplit("--x='a b'\"c\"d"), ElementsAre("--x=a bcd"));
  EXPECT_THAT(*ShellSplit(R"(a\ b \"c "d\"e\$f\g" 'h\i')"),
              ElementsAre("a b", "\"c", "d\"e$f\\g", "h\\i"));
  EXPECT_THAT(*ShellSplit("'' \"\""), ElementsAre("", ""));
  EXPECT_THAT(*ShellSplit("a\\\nb"), ElementsAre("ab"));
  EXPECT_TRUE(ShellSplit("  ")->empty());
  EXPECT_TRUE(ShellSplit("")->empty());
}

TEST(ShellSplit, RefusesWhatIsUnclosed) {
  EXPECT_FALSE(ShellSplit("a 'b"));
  EXPECT_FALSE(ShellSplit("a \"b"));
  EXPECT_FALSE(ShellSplit("a \\"));
}

TEST(ParseDuration, ReadsComposeDurations) {
  EXPECT_EQ(ParseDuration("90s"), milliseconds(90'000));
  EXPECT_EQ(ParseDuration("1m30s"), milliseconds(90'000));
  EXPECT_EQ(ParseDuration("1.5s"), milliseconds(1500));
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("1h2m3s4ms"), milliseconds(3'723'004));
  EXPECT_EQ(ParseDuration("2000us"), milliseconds(2));
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (std::string_view text :
       {"", "5", "s", "5x", "-5s", "5s ", "1e5s", "5sm", "9999999h", ".", "1..5s"})
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
}

TEST(ParseBytes, ReadsPowersOf1024) {
  EXPECT_EQ(ParseBytes("1048576"), 1 << 20);
  EXPECT_EQ(ParseBytes("64m"), 64 << 20);
  EXPECT_EQ(ParseBytes("64M"), 64 << 20);
  EXPECT_EQ(ParseBytes("64mb"), 64 << 20);
  EXPECT_EQ(ParseBytes("64Mi"), 64 << 20);
  EXPECT_EQ(ParseBytes("1.5g"), 3 << 29);
  EXPECT_EQ(ParseBytes("10b"), 10);
  EXPECT_EQ(ParseBytes("2k"), 2048);
}

TEST(ParseBytes, RefusesEverythingElse) {
  for (std::string_view text :
       {"", "m", "-1", "1x", "1mx", "1 m", "99999999999999999999", "9999999t", "1e3"})
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
}

TEST(ParseCpus, ReadsBothSpellings) {
  EXPECT_EQ(ParseCpus("0.5"), 500);
  EXPECT_EQ(ParseCpus("250m"), 250);
  EXPECT_EQ(ParseCpus("2"), 2000);
  EXPECT_EQ(ParseCpus("0.0001"), 1);
  EXPECT_EQ(ParseCpus("many"), std::nullopt);
}

TEST(CredentialsScript, ReferencesAreQuotedWhereverTheyStand) {
  EXPECT_EQ(*CompileCredentialsScript("set {{ .a }}"), "set \"${CREDENTIAL_a}\"");
  EXPECT_EQ(*CompileCredentialsScript("set \"x {{ .a }}\""), "set \"x ${CREDENTIAL_a}\"");
  EXPECT_EQ(*CompileCredentialsScript("set 'x {{ .a }}'"), "set 'x '\"${CREDENTIAL_a}\"''");
  EXPECT_EQ(*CompileCredentialsScript("echo \\\" {{.a}}"), "echo \\\" \"${CREDENTIAL_a}\"");
  EXPECT_EQ(*CompileCredentialsScript("echo \"it's {{.a}}\""), "echo \"it's ${CREDENTIAL_a}\"");
  EXPECT_EQ(*CompileCredentialsScript("echo $$HOME"), "echo $HOME");
}

TEST(CredentialsScript, NothingElseMayStandInBraces) {
  for (std::string_view script : {"{{ Secret \"x\" }}", "{{ .a.b }}", "{{ .a | Base64 }}",
                                  "{{ . }}", "{{ .a", "{{}}", "echo 'open"})
    EXPECT_FALSE(CompileCredentialsScript(script)) << script;
}

}  // namespace
}  // namespace kl::tmpl
