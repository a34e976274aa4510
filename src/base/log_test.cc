#include "base/log.h"

#include <gtest/gtest.h>

#include <regex>

namespace kl {
namespace {

// What `write` logs to standard error.
template <class Fn>
std::string Captured(LogLevel threshold, LogFormat format, Fn write) {
  testing::internal::CaptureStderr();
  InitLogging(threshold, format);
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(LogTest, TextLineHasTimeLevelMessageAndFields) {
  const std::string out = Captured(LogLevel::kInfo, LogFormat::kText, [] {
    Log(LogLevel::kInfo, "instance is ready", {{"service", "calm-otter"}, {"tries", 3}});
  });
  EXPECT_TRUE(std::regex_match(
      out, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z info  instance is ready "
                      "service=calm-otter tries=3\n")))
      << out;
}

TEST(LogTest, BelowTheThresholdNothingIsWritten) {
  EXPECT_EQ(Captured(LogLevel::kWarn, LogFormat::kText, [] { Log(LogLevel::kInfo, "hidden"); }),
            "");
}

TEST(LogTest, OneEventIsOneLineWhateverItsValuesHold) {
  const std::string out = Captured(LogLevel::kInfo, LogFormat::kText, [] {
    Log(LogLevel::kWarn, "odd", {{"value", "a\nb \"c\" \\ \x1b"}, {"empty", ""}});
  });
  EXPECT_EQ(std::ranges::count(out, '\n'), 1);
  EXPECT_NE(out.find(R"(value="a\nb \"c\" \\ \u001b" empty="")"), std::string::npos) << out;
}

TEST(LogTest, JsonLineIsOneObject) {
  const std::string out = Captured(LogLevel::kInfo, LogFormat::kJson, [] {
    Log(LogLevel::kError, "say \"hi\"", {{"n", 7}, {"text", "x{}%n\ty"}});
  });
  EXPECT_TRUE(std::regex_match(
      out, std::regex(R"(\{"time":"[0-9T:.-]+Z","level":"error",)"
                      R"("message":"say \\"hi\\"","n":7,"text":"x\{\}%n\\u0009y"\}\n)")))
      << out;
}

TEST(LogTest, ErrorsShowKindAndMessage) {
  const LogField field("error", Error{ErrorKind::kNotFound, "no service: calm-otter"});
  EXPECT_EQ(field.value, "not_found: no service: calm-otter");
  EXPECT_FALSE(field.is_number);
}

}  // namespace
}  // namespace kl
