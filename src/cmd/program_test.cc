// What the program says of itself: the page of its commands is true.
#include "cmd/program.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "cli/reference.h"

namespace kl::cmd {
namespace {

const char kPage[] = "docs/reference/cli.md";

struct ProgramTest : ::testing::Test {
  ProgramTest() {
    AddProgram(app, program, [](const std::string&) { return std::nullopt; });
    root = cli::DescribeCommands(app);
  }
  // Of every command: its path and itself.
  void Walk(const cli::CommandDoc& command, const std::string& path,
            const std::function<void(const std::string&, const cli::CommandDoc&)>& visit) {
    visit(path, command);
    for (const auto& each : command.commands) Walk(each, path + " " + each.name, visit);
  }

  CLI::App app{"test"};
  Program program;
  cli::CommandDoc root;
};

TEST_F(ProgramTest, ThePageOfCommandsIsWhatTheProgramSays) {
  const std::string page = cli::ReferencePage(root);
  if (std::getenv("KL_BLESS") != nullptr) std::ofstream(kPage) << page;
  auto kept = ReadFile(kPage);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_TRUE(*kept == page) << "run this test with KL_BLESS=1 to write " << kPage;
}

TEST_F(ProgramTest, EveryCommandArgumentAndFlagSaysWhatItIs) {
  Walk(root, "kuberlogic", [](const std::string& path, const cli::CommandDoc& command) {
    EXPECT_TRUE(path == "kuberlogic" || !command.help.empty()) << path;
    EXPECT_FALSE(command.help.ends_with('.')) << path;
    for (const auto& each : command.arguments) EXPECT_NE(each.help, "") << path << each.argument;
    for (const auto& each : command.flags) EXPECT_NE(each.help, "") << path << each.names[0];
  });
}

TEST_F(ProgramTest, OldNamesAreUnderstoodAndNotShown) {
  Walk(root, "kuberlogic", [](const std::string& path, const cli::CommandDoc&) {
    EXPECT_EQ(path.find("credentials-update"), std::string::npos);
    EXPECT_EQ(path.find("serviceAdd"), std::string::npos);
  });
  EXPECT_EQ(app.help().find("serviceAdd"), std::string::npos);
}

}  // namespace
}  // namespace kl::cmd
