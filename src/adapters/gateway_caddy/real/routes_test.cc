// What visitors get through a real Caddy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/gateway_caddy/real/world.h"

namespace kl::gateway_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Routes : public ::testing::Test {
 protected:
  void SetUp() override { world.Start(); }
  net::Response Visit(std::string host, std::string path, bool insecure = false) {
    return world.Run(world.Visit(std::move(host), std::move(path), insecure));
  }
  World world;
};

TEST_F(Routes, ApplicationAnswersAtItsHostOverTls) {
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  const net::Response answer = Visit(Host("red-fox"), "/hello?x=1");
  EXPECT_EQ(answer.status, 200);
  const std::string public_host = Host("red-fox") + ":" + std::to_string(world.options.https_port);
  EXPECT_THAT(answer.body, StartsWith("one /hello?x=1\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nHost: " + public_host + "\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nX-Forwarded-Proto: https\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nX-Forwarded-Host: " + public_host + "\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nX-Forwarded-For: 127.0.0.1\n"));
}

TEST_F(Routes, UnknownHostIsNotFound) {
  const net::Response answer = Visit(Host("nobody-here"), "/");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("There is nothing here"));
  EXPECT_EQ(answer.headers.Find("Server"), std::nullopt);
}

TEST_F(Routes, StartingHostAsksForPatience) {
  ASSERT_TRUE(world.Put(In(RouteState::kStarting, "red-fox")));
  const net::Response answer = Visit(Host("red-fox"), "/wp-admin/x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.Find("Retry-After"), "2");
  EXPECT_EQ(answer.headers.Find("Cache-Control"), "no-store");
  EXPECT_THAT(answer.body, HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(answer.body, HasSubstr("{ color-scheme: light dark;"));
}

TEST_F(Routes, StoppedHostSaysSo) {
  ASSERT_TRUE(world.Put(In(RouteState::kStopped, "red-fox")));
  const net::Response answer = Visit(Host("red-fox"), "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.Find("Retry-After"), std::nullopt);
  EXPECT_THAT(answer.body, HasSubstr("resting"));
}

TEST_F(Routes, ApplicationThatDoesNotAnswerGetsAPageThatTriesAgain) {
  const std::string dead = "127.0.0.1:" + std::to_string(FreePort());
  ASSERT_TRUE(world.Put(Serving("red-fox", dead)));
  const net::Response answer = Visit(Host("red-fox"), "/");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.headers.Find("Retry-After"), "3");
  EXPECT_THAT(answer.body, HasSubstr("Just a moment"));
  EXPECT_THAT(answer.body, Not(HasSubstr(dead)));
  EXPECT_THAT(answer.body, Not(HasSubstr("addy")));
  EXPECT_EQ(answer.headers.Find("Server"), std::nullopt);
}

TEST_F(Routes, LongestPrefixWinsBySegments) {
  Application front(world.loop, "front");
  Application api(world.loop, "api");
  Application deep(world.loop, "deep");
  Route route = Serving("red-fox", front.address());
  route.paths.push_back({"/api", api.address()});
  route.paths.push_back({"/api/v2/deep", deep.address()});
  ASSERT_TRUE(world.Put(route));
  EXPECT_THAT(Visit(Host("red-fox"), "/").body, StartsWith("front /\n"));
  EXPECT_THAT(Visit(Host("red-fox"), "/apix").body, StartsWith("front /apix\n"));
  EXPECT_THAT(Visit(Host("red-fox"), "/api").body, StartsWith("api /api\n"));
  EXPECT_THAT(Visit(Host("red-fox"), "/api/v2?q").body, StartsWith("api /api/v2?q\n"));
  EXPECT_THAT(Visit(Host("red-fox"), "/api/v2/deep/x").body, StartsWith("deep /api/v2/deep/x\n"));
}

TEST_F(Routes, PathOutsideEveryPrefixIsNotFound) {
  Application api(world.loop, "api");
  Route route = Serving("red-fox", api.address());
  route.paths[0].prefix = "/api";
  ASSERT_TRUE(world.Put(route));
  EXPECT_EQ(Visit(Host("red-fox"), "/api/x").status, 200);
  EXPECT_EQ(Visit(Host("red-fox"), "/").status, 404);
}

TEST_F(Routes, NoPathLeadsToAnotherHost) {
  Application one(world.loop, "one");
  Application two(world.loop, "two");
  ASSERT_TRUE(world.Put(Serving("one", one.address())));
  ASSERT_TRUE(world.Put(Serving("two", two.address())));
  const std::string other = "h-" + Host("two");
  for (std::string path :
       {"/../" + other, "/..%2f" + other, "/..%2f..%2f" + other, "/%2e%2e/%2e%2e/" + other,
        std::string("/*"), std::string("/%2a/%3f%5b%5d"), std::string("/%5c%2a"),
        std::string("/%00"), "/" + std::string(3000, 'x')}) {
    EXPECT_THAT(Visit(Host("one"), path).body, StartsWith("one ")) << path;
  }
  for (std::string host : {std::string("*"), std::string("?wo"), std::string("[t]wo")}) {
    auto client = net::HttpClient::Make(world.loop, world.Visitor(Host("one")));
    net::Request request;
    request.headers.Set("Host", Host(host));
    auto answer = world.Run(client->Send(std::move(request), std::chrono::seconds(5)));
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_GE(answer->status, 400) << host;
  }
}

TEST_F(Routes, RemovedRouteIsGoneAtOnce) {
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  EXPECT_EQ(Visit(Host("red-fox"), "/").status, 200);
  ASSERT_TRUE(world.Run(world.gateway->Remove(Host("red-fox"))));
  EXPECT_EQ(Visit(Host("red-fox"), "/").status, 404);
  ASSERT_TRUE(world.Run(world.gateway->Remove(Host("red-fox"))));
  EXPECT_EQ(world.Run(world.gateway->List())->size(), 0u);
}

TEST_F(Routes, PlainHttpLeadsToTlsUnlessInsecure) {
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  const net::Response redirect = Visit(Host("red-fox"), "/a?b=c", true);
  EXPECT_EQ(redirect.status, 308);
  EXPECT_EQ(
      redirect.headers.Find("Location"),
      "https://" + Host("red-fox") + ":" + std::to_string(world.options.https_port) + "/a?b=c");
  Route insecure = Serving("red-fox", app.address());
  insecure.insecure = true;
  ASSERT_TRUE(world.Put(insecure));
  EXPECT_THAT(Visit(Host("red-fox"), "/a", true).body, HasSubstr("X-Forwarded-Proto: http\n"));
  EXPECT_THAT(Visit(Host("red-fox"), "/a").body, HasSubstr("X-Forwarded-Proto: https\n"));
  EXPECT_EQ(Visit("elsewhere.example", "/", true).status, 404);
}

TEST_F(Routes, VisitorCannotForgeForwardedHeaders) {
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  auto client = net::HttpClient::Make(world.loop, world.Visitor(Host("red-fox")));
  net::Request request;
  request.headers.Set("X-Forwarded-For", "10.9.8.7");
  request.headers.Set("X-Forwarded-Proto", "http");
  auto answer = world.Run(client->Send(std::move(request), std::chrono::seconds(5)));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_THAT(answer->body, Not(HasSubstr("10.9.8.7")));
  EXPECT_THAT(answer->body, HasSubstr("X-Forwarded-Proto: https\n"));
}

TEST_F(Routes, OutsideSeesStatusAndLocationAsACustomerWould) {
  Application app(world.loop, "one");
  ASSERT_TRUE(world.Put(Serving("red-fox", app.address())));
  auto secure = world.Run(world.gateway->Get(Host("red-fox"), "/", false));
  ASSERT_TRUE(secure.has_value()) << secure.error().message;
  EXPECT_EQ(secure->status, 200);
  auto plain = world.Run(world.gateway->Get(Host("red-fox"), "/x", true));
  ASSERT_TRUE(plain.has_value()) << plain.error().message;
  EXPECT_EQ(plain->status, 308);
  EXPECT_THAT(plain->location, HasSubstr(Host("red-fox")));
  world.Run(world.gateway->Stop());
  auto closed = world.Run(world.gateway->Get(Host("red-fox"), "/", false));
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().kind, ErrorKind::kUnavailable);
}

TEST(FixedHosts, ApiIsWholeAndWebhookIsItsPathsOnly) {
  World world;
  Application api(world.loop, "api");
  Application webhook(world.loop, "webhook");
  world.options.api_upstream = api.address();
  world.options.webhook_upstream = webhook.address();
  world.options.webhook_paths = {"/billing-webhook"};
  world.Start();
  const auto visit = [&](std::string host, std::string path) {
    return world.Run(world.Visit(std::move(host), std::move(path)));
  };
  EXPECT_THAT(visit(Host("api"), "/v1/services").body, StartsWith("api /v1/services\n"));
  EXPECT_THAT(visit(Host("billing"), "/billing-webhook").body,
              StartsWith("webhook /billing-webhook\n"));
  EXPECT_EQ(visit(Host("billing"), "/metrics").status, 404);
  EXPECT_EQ(visit(Host("billing"), "/billing-webhook/../metrics").status, 404);
  Status taken = world.Put(Serving("api", webhook.address()));
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(taken.error().field, "host");
}

}  // namespace
}  // namespace kl::gateway_test
