#include "base/subprocess.h"

#include <gtest/gtest.h>

namespace kl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SubprocessTest, OutputOfBothStreamsAndTheExitCode) {
  const auto result = RunProcess({"sh", "-c", "echo out; echo err >&2; exit 3"}, seconds(20));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "out\nerr\n");
}

TEST(SubprocessTest, ArgumentsAreNotReadByAShell) {
  const auto result = RunProcess({"printf", "%s|", "a b", "$HOME", "*"}, seconds(20));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "a b|$HOME|*|");
}

TEST(SubprocessTest, MissingProgramIsNotFound) {
  const auto result = RunProcess({"no-such-program-anywhere"}, seconds(20));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
}

TEST(SubprocessTest, OneThatDoesNotEndIsKilled) {
  const auto result = RunProcess({"sleep", "60"}, milliseconds(50));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable);
}

TEST(SubprocessTest, EndBySignalIs128AndTheSignal) {
  const auto result = RunProcess({"sh", "-c", "kill -9 $$"}, seconds(20));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 137);
}

TEST(SubprocessTest, EndlessOutputIsBounded) {
  const auto result = RunProcess({"sh", "-c", "head -c 1000000 /dev/zero"}, seconds(20));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.size(), 64u << 10);
}

TEST(SubprocessTest, FailureNamesProgramAndLastLine) {
  const auto status = RunProcessOk({"sh", "-c", "echo first; echo last; exit 1"}, seconds(20));
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("last"), std::string::npos);
}

}  // namespace
}  // namespace kl
