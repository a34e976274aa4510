#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include "cli/cli_fixture.h"

namespace kl::cli {
namespace {

struct Row {
  ErrorKind kind;
  int code;
};
constexpr Row kRows[] = {{ErrorKind::kInvalid, 2},     {ErrorKind::kUnauthenticated, 6},
                         {ErrorKind::kDenied, 6},      {ErrorKind::kNotFound, 3},
                         {ErrorKind::kConflict, 4},    {ErrorKind::kExhausted, 1},
                         {ErrorKind::kRateLimited, 1}, {ErrorKind::kUnavailable, 5},
                         {ErrorKind::kCorrupt, 1},     {ErrorKind::kInternal, 1}};

TEST(ExitCodeTest, EveryKindHasOne) {
  for (const Row& row : kRows) EXPECT_EQ(ExitCode(row.kind), row.code) << ErrorKindName(row.kind);
}

TEST(ExitCodeTest, ACommandEndsWithThatOfTheAnswer) {
  for (const Row& row : kRows) {
    testing::FakeApi api(
        503, R"({"message":"no","kind":")" + std::string(ErrorKindName(row.kind)) + R"("})");
    const auto ran = testing::RunCommand(api.hostname(), {"service", "list"});
    EXPECT_EQ(ran.code, row.code) << ErrorKindName(row.kind);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("kuberlogic: ")) << ran.err;
  }
}

TEST(ExitCodeTest, WhatCannotBeReadFromTheCommandLineIsUsage) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"service"},
                                                    {"service", "get"},
                                                    {"service", "list", "--none"},
                                                    {"nothing"},
                                                    {"-o", "xml", "status"},
                                                    {"event", "list", "--limit", "many"},
                                                    {"service", "edit", "x"},
                                                    {"service", "delete", "x"}}) {
    const auto ran = testing::RunCommand("127.0.0.1:1", arguments);
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err, "");
  }
}

}  // namespace
}  // namespace kl::cli
