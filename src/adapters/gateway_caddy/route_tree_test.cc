#include "adapters/gateway_caddy/route_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/gateway_caddy/route_files.h"
#include "base/random.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Route Serving(std::string host, std::vector<RoutePath> paths) {
  Route route;
  route.host = std::move(host);
  route.paths = std::move(paths);
  return *NormalizeRoute(route);
}

class RouteTreeTest : public ::testing::Test {
 protected:
  ~RouteTreeTest() override { fs::remove_all(root); }
  std::vector<Route> Load() {
    auto routes = RouteTree(root).Load();
    EXPECT_TRUE(routes.has_value());
    return routes.value_or(std::vector<Route>{});
  }
  // Names right below the root.
  std::vector<std::string> Names() {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(root)) {
      out.push_back(entry.path().filename().string());
    }
    return out;
  }
  const fs::path root = fs::temp_directory_path() / ("kl-tree-" + SystemRandom().Letters(10));
  RouteTree tree{root};
};

TEST_F(RouteTreeTest, KeepsWhatWasWrittenLast) {
  EXPECT_THAT(Load(), IsEmpty());
  const Route first = Serving("a.test", {{"/", "127.0.0.1:1"}, {"/api/v1", "127.0.0.1:2"}});
  const Route second = Serving("a.test", {{"/api", "127.0.0.1:3"}});
  const Route other = Serving("b.test", {{"/", "127.0.0.1:4"}});
  ASSERT_TRUE(tree.Write(first));
  ASSERT_TRUE(tree.Write(other));
  EXPECT_THAT(Load(), UnorderedElementsAre(first, other));
  ASSERT_TRUE(tree.Write(second));
  EXPECT_THAT(Load(), UnorderedElementsAre(second, other));
  EXPECT_THAT(Names(), UnorderedElementsAre("h-a.test", "h-b.test"));
}

TEST_F(RouteTreeTest, RemovesTheWholeRouteAndToleratesNone) {
  Load();
  ASSERT_TRUE(tree.Write(Serving("a.test", {{"/", "127.0.0.1:1"}, {"/x", "127.0.0.1:2"}})));
  EXPECT_TRUE(tree.Remove("a.test"));
  EXPECT_TRUE(tree.Remove("a.test"));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(RouteTreeTest, LoadClearsAwayWhatAKillLeft) {
  Load();
  const Route kept = Serving("a.test", {{"/", "127.0.0.1:1"}});
  ASSERT_TRUE(tree.Write(kept));
  fs::create_directories(root / "~" / ":half");
  fs::create_directories(root / "h-empty.test");
  fs::create_directories(root / "h-two.test");
  std::ofstream(root / "h-two.test" / "==serve@127.0.0.1:1").close();
  std::ofstream(root / "h-two.test" / "==serve@127.0.0.1:2").close();
  EXPECT_THAT(Load(), ElementsAre(kept));
  EXPECT_THAT(Names(), ElementsAre("h-a.test"));
  EXPECT_TRUE(tree.Write(Serving("b.test", {{"/", "127.0.0.1:1"}})));
}

TEST_F(RouteTreeTest, DiskErrorNamesThePath) {
  std::ofstream(root).close();  // a file where the directory should be
  auto routes = tree.Load();
  ASSERT_FALSE(routes.has_value());
  EXPECT_EQ(routes.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(routes.error().message, ::testing::HasSubstr(root.string()));
}

}  // namespace
}  // namespace kl::gateway
