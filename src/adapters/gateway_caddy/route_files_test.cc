#include "adapters/gateway_caddy/route_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kl::gateway {
namespace {

using ::testing::ElementsAre;

Route Serving(std::vector<RoutePath> paths) {
  Route route;
  route.host = "red-fox.apps.test";
  route.paths = std::move(paths);
  return route;
}

TEST(NormalizeRoute, LowersTheHostSortsPrefixesAndDropsFinalSlashes) {
  Route route = Serving({{"/b/", "127.0.0.1:2"}, {"/", "127.0.0.1:1"}});
  route.host = "Red-Fox.Apps.test";
  const auto normal = NormalizeRoute(route);
  ASSERT_TRUE(normal.has_value());
  EXPECT_EQ(*normal, Serving({{"/", "127.0.0.1:1"}, {"/b", "127.0.0.1:2"}}));
}

struct BadCase {
  Route route;
  std::string field;
};

Route WithHost(std::string host) {
  Route route = Serving({{"/", "127.0.0.1:1"}});
  route.host = std::move(host);
  return route;
}

class BadRoutes : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadRoutes, AreRefusedWithTheirField) {
  const auto normal = NormalizeRoute(GetParam().route);
  ASSERT_FALSE(normal.has_value());
  EXPECT_EQ(normal.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(normal.error().field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRoutes,
    ::testing::Values(BadCase{WithHost(""), "host"}, BadCase{WithHost("."), "host"},
                      BadCase{WithHost("a..b"), "host"}, BadCase{WithHost(".a"), "host"},
                      BadCase{WithHost("a."), "host"}, BadCase{WithHost("../etc"), "host"},
                      BadCase{WithHost("a/b"), "host"}, BadCase{WithHost("*.apps.test"), "host"},
                      BadCase{WithHost("a b"), "host"}, BadCase{WithHost("{host}"), "host"},
                      BadCase{WithHost(std::string(64, 'a')), "host"},
                      BadCase{Serving({}), "paths"},
                      BadCase{Serving({{"api", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/a//b", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/a/../b", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/a\\b", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/a\nb", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/1/2/3/4/5", "127.0.0.1:1"}}), "paths.prefix"},
                      BadCase{Serving({{"/a", "127.0.0.1:1"}, {"/a/", "127.0.0.1:2"}}),
                              "paths.prefix"},
                      BadCase{Serving({{"/", ""}}), "paths.upstream"},
                      BadCase{Serving({{"/", "127.0.0.1"}}), "paths.upstream"},
                      BadCase{Serving({{"/", "127.0.0.1:0"}}), "paths.upstream"},
                      BadCase{Serving({{"/", "127.0.0.1:65536"}}), "paths.upstream"},
                      BadCase{Serving({{"/", "127.0.0.1:1/x"}}), "paths.upstream"},
                      BadCase{Serving({{"/", "{env.HOME}:1"}}), "paths.upstream"},
                      BadCase{Serving({{"/", ":80"}}), "paths.upstream"}));

TEST(RouteFiles, PrefixesAreDirectoriesAndPayloadsNames) {
  const Route route = *NormalizeRoute(
      Serving({{"/", "127.0.0.1:20001"}, {"/api", "127.0.0.1:20002"}, {"/api/v2", "[::1]:20003"}}));
  EXPECT_THAT(RouteFiles(route),
              ElementsAre("=serve@127.0.0.1:20001", ":api/=serve@127.0.0.1:20002",
                          ":api/:v2/=serve@[::1]:20003"));
  EXPECT_EQ(HostDirectory(route.host), "h-red-fox.apps.test");
}

TEST(RouteFiles, OnlyPrefixIsMarkedAsTheWholeHost) {
  EXPECT_THAT(RouteFiles(Serving({{"/", "127.0.0.1:1"}})), ElementsAre("==serve@127.0.0.1:1"));
  EXPECT_THAT(RouteFiles(Serving({{"/a", "127.0.0.1:1"}})), ElementsAre(":a/=serve@127.0.0.1:1"));
}

TEST(RouteFiles, StartingAndStoppedAreOnePayloadForTheWholeHost) {
  Route route = Serving({{"/api", "127.0.0.1:1"}});
  route.state = RouteState::kStarting;
  EXPECT_THAT(RouteFiles(route), ElementsAre("==starting@"));
  route.state = RouteState::kStopped;
  route.insecure = true;
  EXPECT_THAT(RouteFiles(route), ElementsAre("==stopped+http@"));
}

TEST(RouteFiles, WhatIsWrittenIsReadBackTheSame) {
  std::vector<Route> routes = {
      Serving({{"/", "127.0.0.1:1"}}),
      Serving({{"/", "127.0.0.1:1"}, {"/a", "127.0.0.1:2"}, {"/a/=b/c@d", "host.name:3"}}),
      Serving({{"/only/deep", "127.0.0.1:1"}})};
  for (RouteState state : {RouteState::kStarting, RouteState::kStopped}) {
    Route route;
    route.host = "red-fox.apps.test";
    route.state = state;
    routes.push_back(route);
  }
  for (Route route : routes) {
    for (bool insecure : {false, true}) {
      route.insecure = insecure;
      const Route normal = *NormalizeRoute(route);
      EXPECT_EQ(RouteFromFiles(HostDirectory(normal.host), RouteFiles(normal)), normal);
    }
  }
}

TEST(RouteFiles, StrangersAndMixturesAreNotRead) {
  const std::string host = "h-red-fox.apps.test";
  using Files = std::vector<std::string>;
  for (const Files& files :
       {Files{}, Files{"readme"}, Files{"=serve"}, Files{"=serve@"}, Files{"=other@127.0.0.1:1"},
        Files{"api/=serve@127.0.0.1:1"}, Files{"=serve@127.0.0.1:1", "=serve@127.0.0.1:2"},
        Files{"=serve@127.0.0.1:1", "=starting@"},
        Files{"=serve@127.0.0.1:1", ":a/=serve+http@127.0.0.1:2"}}) {
    EXPECT_EQ(RouteFromFiles(host, files), std::nullopt) << ::testing::PrintToString(files);
  }
  EXPECT_EQ(RouteFromFiles("~", {"=serve@127.0.0.1:1"}), std::nullopt);
}

}  // namespace
}  // namespace kl::gateway
