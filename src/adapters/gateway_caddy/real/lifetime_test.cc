// Caddy and our own process die and come back.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "adapters/gateway_caddy/real/world.h"

namespace kl::gateway_test {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

bool Alive(pid_t pid) { return pid > 0 && ::kill(pid, 0) == 0; }

// Whether a SIGSTOP has taken effect: the state follows the name in parentheses.
bool IsStopped(pid_t pid) {
  std::string line;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), line);
  return line.find(") T") != std::string::npos;
}

// Visits until the answer is 200, at most 15 s.
Task<bool> VisitUntilGood(World& world, std::string host) {
  const MonoTime deadline = world.loop.Monotonic() + seconds(15);
  while (world.loop.Monotonic() < deadline) {
    const net::Response answer = co_await world.Visit(host, "/");
    if (answer.status == 200) co_return true;
    co_await Sleep(world.loop, std::chrono::milliseconds(10));
  }
  co_return false;
}

TEST(Lifetime, RoutesAreBackAfterCaddyWasKilled) {
  World world;
  world.Start();
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  const pid_t first = world.gateway->caddy_pid();
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  const MonoTime begun = world.loop.Monotonic();
  EXPECT_TRUE(world.Run(VisitUntilGood(world, Host("red-fox"))));
  std::cout << "answers again after " << (world.loop.Monotonic() - begun).count() << " ms\n";
  EXPECT_NE(world.gateway->caddy_pid(), first);
  EXPECT_TRUE(Alive(world.gateway->caddy_pid()));
  EXPECT_TRUE(world.Put(Serving("blue-fox", app.address())));
}

TEST(Lifetime, PutWhileCaddyIsDownIsMadeWhenItIsBack) {
  World world;
  world.Start();
  Application app(world.loop, "one");
  ASSERT_EQ(::kill(world.gateway->caddy_pid(), SIGKILL), 0);
  EXPECT_TRUE(world.Put(Serving("red-fox", app.address())));
  EXPECT_TRUE(world.Run(VisitUntilGood(world, Host("red-fox"))));
}

// A kill may fall into the writing of any of them.
TEST(Lifetime, HalfWrittenCertificatesDoNotKeepCaddyDown) {
  World world;
  world.Start();
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  const std::filesystem::path storage = world.directory / "gateway/storage";
  for (const char* file : {"certificates/local/wildcard_.apps.test/wildcard_.apps.test.json",
                           "certificates/local/wildcard_.apps.test/wildcard_.apps.test.crt",
                           "pki/authorities/local/intermediate.crt"}) {
    ASSERT_TRUE(std::filesystem::exists(storage / file)) << file;
    std::filesystem::resize_file(storage / file, 20);
  }
  ASSERT_EQ(::kill(world.gateway->caddy_pid(), SIGKILL), 0);
  EXPECT_TRUE(world.Run(VisitUntilGood(world, Host("red-fox"))));
}

TEST(Lifetime, RestartOfOursKeepsTheRunningCaddyAndItsRoutes) {
  World world;
  world.Start();
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  const pid_t before = world.gateway->caddy_pid();
  world.DropGateway();
  EXPECT_EQ(world.Run(world.Visit(Host("red-fox"), "/")).status, 200);
  world.Start();
  EXPECT_EQ(world.gateway->caddy_pid(), before);
  auto routes = world.Run(world.gateway->List());
  ASSERT_EQ(routes->size(), 1u);
  EXPECT_EQ(routes->front(), Serving("red-fox", app.address()));
}

// Runs a gateway in a process of its own, as the program would, and says through `ready` when it
// answers. Never returns.
[[noreturn]] void BeTheProgram(const GatewayOptions& options, int ready) {
  net::IoLoop loop;
  auto made = CaddyGateway::Make(loop, options);
  if (!made) ::_exit(1);
  Status answers = net::RunTaskToEnd(loop, (*made)->Ready(seconds(15)));
  if (!answers || ::write(ready, "y", 1) != 1) ::_exit(2);
  loop.Run();
  ::_exit(3);
}

TEST(Lifetime, KillOfOurProcessGroupLeavesCaddyServing) {
  World world;
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const pid_t program = ::fork();
  if (program == 0) {
    ::setpgid(0, 0);
    BeTheProgram(world.options, pipe_ends[1]);
  }
  ::close(pipe_ends[1]);
  char told = 0;
  ASSERT_EQ(::read(pipe_ends[0], &told, 1), 1);
  ASSERT_EQ(::kill(-program, SIGKILL), 0);
  ASSERT_EQ(::waitpid(program, nullptr, 0), program);
  EXPECT_EQ(world.Run(world.Visit(Host("nobody"), "/")).status, 404);
  world.Start();
  const pid_t adopted = world.gateway->caddy_pid();
  EXPECT_TRUE(Alive(adopted));
  ::close(pipe_ends[0]);
  // An adopted one is watched like a child.
  ASSERT_EQ(::kill(adopted, SIGKILL), 0);
  Application app(world.loop, "one");
  EXPECT_TRUE(world.Put(Serving("red-fox", app.address())));
  EXPECT_TRUE(world.Run(VisitUntilGood(world, Host("red-fox"))));
}

TEST(Lifetime, AdoptedCaddyGetsTheOptionsOfNow) {
  World world;
  world.Start();
  const pid_t before = world.gateway->caddy_pid();
  world.DropGateway();
  Application api(world.loop, "api");
  world.options.api_upstream = api.address();
  world.options.https_port = FreePort();
  world.Start();
  EXPECT_EQ(world.gateway->caddy_pid(), before);
  EXPECT_EQ(world.Run(world.Visit(Host("api"), "/")).status, 200);
}

TEST(Lifetime, HungCaddyIsReplacedAtOurStart) {
  World world;
  world.Start();
  const pid_t hung = world.gateway->caddy_pid();
  world.DropGateway();
  ASSERT_EQ(::kill(hung, SIGSTOP), 0);
  while (!IsStopped(hung)) {
  }
  auto made = CaddyGateway::Make(world.loop, world.options);
  ASSERT_TRUE(made.has_value());
  world.gateway = std::move(*made);
  EXPECT_TRUE(world.Run(world.gateway->Ready(seconds(60))));
  EXPECT_NE(world.gateway->caddy_pid(), hung);
}

TEST(Lifetime, StopEndsCaddyAndPutSaysSo) {
  World world;
  world.Start();
  const pid_t pid = world.gateway->caddy_pid();
  world.Run(world.gateway->Stop());
  EXPECT_FALSE(Alive(pid));
  Status put = world.Put(In(RouteState::kStopped, "red-fox"));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().kind, ErrorKind::kUnavailable);
}

TEST(Lifetime, WhatWeLeftRunningCanBeEndedWithoutUs) {
  World world;
  world.Start();
  world.DropGateway();
  EXPECT_EQ(EndLeftGateway(world.options.data_dir), true);
  EXPECT_EQ(EndLeftGateway(world.options.data_dir), false);
}

TEST(Lifetime, TakenPortIsNamedAndTakenOverWhenFree) {
  World world;
  net::HttpServer::Handler nobody = [](net::Request) -> Task<net::Response> {
    co_return net::TextResponse(200, "somebody else");
  };
  auto other = net::HttpServer::Listen(
      world.loop, "127.0.0.1:" + std::to_string(world.options.https_port), nobody);
  ASSERT_TRUE(other.has_value());
  auto made = CaddyGateway::Make(world.loop, world.options);
  ASSERT_TRUE(made.has_value());
  world.gateway = std::move(*made);
  Status ready = world.Run(world.gateway->Ready(std::chrono::milliseconds(300)));
  ASSERT_FALSE(ready.has_value());
  EXPECT_EQ(ready.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(ready.error().message, HasSubstr(std::to_string(world.options.https_port)));
  other->reset();
  EXPECT_TRUE(world.Run(world.gateway->Ready(seconds(20))));
}

}  // namespace
}  // namespace kl::gateway_test
