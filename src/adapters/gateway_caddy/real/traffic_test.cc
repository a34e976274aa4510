// Changes while visitors are there: nobody may notice one that is not theirs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "adapters/gateway_caddy/real/world.h"

namespace kl::gateway_test {
namespace {

using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::StartsWith;

struct Traffic {
  World& world;
  bool stop = false;
  int requests = 0;
  std::vector<std::string> failures = {};
};

// Visits `host` until told to stop; each answer must be 200 and from one of the applications "a",
// "b".
Task<int> VisitAgainAndAgain(Traffic& traffic, std::string host, bool keep_connection) {
  net::ClientOptions options = traffic.world.Visitor(host);
  auto client = net::HttpClient::Make(traffic.world.loop, options);
  while (!traffic.stop) {
    if (!keep_connection) client = net::HttpClient::Make(traffic.world.loop, options);
    net::Request request;
    auto answer = co_await client->Send(std::move(request), seconds(10));
    ++traffic.requests;
    if (!answer) {
      traffic.failures.push_back(answer.error().message);
    } else if (answer->status != 200 || !(answer->body[0] == 'a' || answer->body[0] == 'b')) {
      traffic.failures.push_back(std::to_string(answer->status) + " " + answer->body.substr(0, 99));
    }
  }
  co_return 0;
}

// Moves "busy" to and fro between two applications and puts a new host each time.
Task<int> ChangeRoutes(Traffic& traffic, std::string a, std::string b, int changes) {
  for (int i = 0; i < changes; ++i) {
    Status moved = co_await traffic.world.gateway->Put(Serving("busy", i % 2 == 0 ? b : a));
    if (!moved) traffic.failures.push_back(moved.error().message);
    Status added = co_await traffic.world.gateway->Put(Serving("host-" + std::to_string(i), a));
    if (!added) traffic.failures.push_back(added.error().message);
    co_await Sleep(traffic.world.loop, std::chrono::milliseconds(1));
  }
  traffic.stop = true;
  co_return 0;
}

TEST(Traffic, NoRequestFailsWhileRoutesChange) {
  World world;
  world.Start();
  Application a(world.loop, "a");
  Application b(world.loop, "b");
  ASSERT_TRUE(world.Put(Serving("busy", a.address())));
  ASSERT_TRUE(world.Put(Serving("calm", a.address())));
  Traffic traffic{world};
  std::vector<Task<int>> tasks;
  for (bool keep : {true, true, false}) {
    tasks.push_back(VisitAgainAndAgain(traffic, Host("busy"), keep));
    tasks.push_back(VisitAgainAndAgain(traffic, Host("calm"), keep));
  }
  tasks.push_back(ChangeRoutes(traffic, a.address(), b.address(), 1000));
  world.Run(WhenAll(world.loop, std::move(tasks)));
  std::cout << "requests while 2000 changes were made: " << traffic.requests << "\n";
  EXPECT_GT(traffic.requests, 100);
  EXPECT_THAT(traffic.failures, ::testing::IsEmpty());
}

// Sends `text` and reads until as many bytes came back.
Task<std::string> RoundTrip(net::Duplex& socket, std::string text) {
  const std::size_t size = text.size();
  Status sent = co_await socket.Write(std::move(text));
  if (!sent) co_return sent.error().message;
  std::string back;
  while (back.size() < size) {
    auto piece = co_await socket.Read();
    if (!piece) co_return piece.error().message;
    if (piece->empty()) co_return back + "(closed)";
    back += *piece;
  }
  co_return back;
}

std::unique_ptr<net::Duplex> OpenSocket(World& world, net::HttpClient& client) {
  net::Request request;
  request.target = "/socket";
  request.headers.Set("Connection", "Upgrade");
  request.headers.Set("Upgrade", "websocket");
  request.headers.Set("Sec-WebSocket-Version", "13");
  request.headers.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  auto opened = world.Run(client.Upgrade(std::move(request), seconds(10)));
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

TEST(Traffic, WebsocketStaysOpenWhileRoutesChangeAndWeRestart) {
  EchoSocket echo;
  World world;
  world.Start();
  ASSERT_TRUE(world.Put(Serving("talk", echo.address())));
  auto client = net::HttpClient::Make(world.loop, world.Visitor(Host("talk")));
  auto socket = OpenSocket(world, *client);
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ(world.Run(RoundTrip(*socket, "hello")), "hello");
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(world.Put(Serving("host-" + std::to_string(i), echo.address())));
  }
  ASSERT_TRUE(world.Run(world.gateway->Remove(Host("host-7"))));
  EXPECT_EQ(world.Run(RoundTrip(*socket, "after changes")), "after changes");
  world.DropGateway();
  world.Start();
  EXPECT_EQ(world.Run(RoundTrip(*socket, "after our restart")), "after our restart");
  // What is open stays with the application it was opened with, even when the route moves.
  ASSERT_TRUE(world.Put(In(RouteState::kStopped, "talk")));
  EXPECT_EQ(world.Run(RoundTrip(*socket, "after a stop")), "after a stop");
}

Task<int> PutMany(World& world, std::string upstream, int from, int to) {
  std::vector<Task<Status>> puts;
  for (int i = from; i < to; ++i) {
    puts.push_back(world.gateway->Put(Serving("host-" + std::to_string(i), upstream)));
  }
  auto results = co_await WhenAll(world.loop, std::move(puts));
  int bad = 0;
  for (const Status& result : results) bad += result ? 0 : 1;
  co_return bad;
}

// From asking for a new host to its first good answer, a new TLS connection included.
Duration TimeToLive(World& world, const std::string& name, const std::string& upstream) {
  const MonoTime begun = world.loop.Monotonic();
  EXPECT_TRUE(world.Put(Serving(name, upstream)));
  EXPECT_EQ(world.Run(world.Visit(Host(name), "/")).status, 200);
  return world.loop.Monotonic() - begun;
}

TEST(Traffic, ChangeIsLiveAtOnceHoweverManyHostsThereAre) {
  World world;
  world.Start();
  Application app(world.loop, "one");
  int have = 0;
  for (int hosts : {10, 1000, 10000}) {
    const MonoTime begun = world.loop.Monotonic();
    EXPECT_EQ(world.Run(PutMany(world, app.address(), have, hosts)), 0);
    const Duration put = world.loop.Monotonic() - begun;
    const Duration live = TimeToLive(world, "new-" + std::to_string(hosts), app.address());
    std::cout << hosts << " hosts: " << hosts - have << " put in " << put.count()
              << " ms, one more live in " << live.count() << " ms\n";
    EXPECT_LT(live, seconds(5));
    have = hosts;
  }
  world.DropGateway();
  const MonoTime begun = world.loop.Monotonic();
  world.Start();
  std::cout << "adopted with " << have << " hosts in " << (world.loop.Monotonic() - begun).count()
            << " ms\n";
  EXPECT_EQ(world.Run(world.gateway->List())->size(), 10003u);
}

}  // namespace
}  // namespace kl::gateway_test
