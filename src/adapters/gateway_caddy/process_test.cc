#include "adapters/gateway_caddy/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "net/run_task.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() { fs::create_directories(directory); }
  ~ProcessTest() override {
    while (!EndProcessOf(PidFile(), seconds(5))) {
    }
    fs::remove_all(directory);
  }
  std::string PidFile() const { return directory / "pid"; }
  CaddyProcess Shell(std::string script) {
    return CaddyProcess(loop, {.program = "/bin/sh",
                               .args = {"-c", std::move(script)},
                               .environment = {"WORD=hello"},
                               .pid_file = PidFile(),
                               .output_file = directory / "out"});
  }
  std::string Exited(CaddyProcess& process) { return net::RunTaskToEnd(loop, process.Exited()); }
  net::IoLoop loop;
  const fs::path directory = fs::temp_directory_path() / ("kl-proc-" + SystemRandom().Letters(10));
};

TEST_F(ProcessTest, RunsWithItsEnvironmentAloneAndTellsHowItEnded) {
  CaddyProcess process = Shell("echo $WORD $HOME; exit 3");
  EXPECT_EQ(process.pid(), 0);
  ASSERT_TRUE(process.Start());
  EXPECT_EQ(Exited(process), "exit code 3");
  EXPECT_FALSE(process.running());
  std::string line;
  std::getline(std::ifstream(directory / "out") >> std::ws, line);
  EXPECT_EQ(line, "hello");
}

TEST_F(ProcessTest, ProgramThatIsNotThereEndsAtOnce) {
  CaddyProcess process(
      loop,
      {.program = "/nonexistent/program", .pid_file = PidFile(), .output_file = directory / "out"});
  ASSERT_TRUE(process.Start());
  EXPECT_EQ(Exited(process), "exit code 127");
}

TEST_F(ProcessTest, SecondStartIsAConflictWhileTheFirstLives) {
  CaddyProcess first = Shell("exec sleep 60");
  ASSERT_TRUE(first.Start());
  CaddyProcess second = Shell("exec sleep 60");
  Status started = second.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().kind, ErrorKind::kConflict);
}

TEST_F(ProcessTest, IsAdoptedAndWatchedAfterItsStarterIsGone) {
  pid_t pid = 0;
  {
    CaddyProcess starter = Shell("exec sleep 60");
    ASSERT_TRUE(starter.Start());
    pid = starter.pid();
  }
  CaddyProcess heir = Shell("");
  // Its id is in the file as soon as it holds the lock, but for a moment.
  Result<bool> adopted = heir.Adopt();
  while (!adopted) adopted = heir.Adopt();
  EXPECT_TRUE(*adopted);
  EXPECT_EQ(heir.pid(), pid);
  heir.Kill();
  EXPECT_EQ(Exited(heir), "signal 9");
  EXPECT_EQ(Shell("").Adopt(), false);
}

TEST_F(ProcessTest, OldPidFileOfADeadProcessIsNotAdopted) {
  std::ofstream(PidFile()) << ::getpid() << "\n";
  EXPECT_EQ(Shell("").Adopt(), false);
  EXPECT_EQ(EndProcessOf(PidFile(), seconds(1)), false);
}

TEST_F(ProcessTest, EndKillsWhatDoesNotListen) {
  CaddyProcess process = Shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
  ASSERT_TRUE(process.Start());
  for (std::string line; line != "ready";) std::ifstream(directory / "out") >> line;
  net::RunTaskToEnd(loop, process.End(std::chrono::milliseconds(50)));
  EXPECT_EQ(Exited(process), "signal 9");
}

TEST_F(ProcessTest, AProcessThatBecameTheProgramIsAdoptedAndASecondOneRefused) {
  const gateway::ProcessOptions options{
      .program = "/bin/sleep", .args = {"60"}, .pid_file = PidFile()};
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Refused while the other one looks, who takes the lock for that moment: a service manager
    // would try again, too.
    for (;;) (void)BecomeProcess(options, [] { return Status(); });
  }
  CaddyProcess keeper = Shell("");
  Result<bool> adopted = keeper.Adopt();
  while (!adopted || !*adopted) adopted = keeper.Adopt();
  EXPECT_EQ(keeper.pid(), child);
  bool prepared = false;
  const Status second = BecomeProcess(options, [&prepared] {
    prepared = true;
    return Status();
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_FALSE(prepared);
}

TEST_F(ProcessTest, LivesInASessionOfItsOwn) {
  CaddyProcess process = Shell("exec sleep 60");
  ASSERT_TRUE(process.Start());
  for (int tries = 0; ::getsid(process.pid()) != process.pid() && tries < 1000000; ++tries) {
  }
  EXPECT_EQ(::getsid(process.pid()), process.pid());
}

}  // namespace
}  // namespace kl::gateway
