#include "sim/chargebee/router.h"

#include <gmock/gmock.h>

namespace kl::chargebee_sim {
namespace {

using testing::ElementsAre;

TEST(RouterTest, LiteralsAndPlaceholdersMatchWholeSegments) {
  Router<int> router;
  router.Add("GET", "a/{}", 1);
  router.Add("POST", "a/{}", 2);
  router.Add("GET", "a/{}/b/{}", 3);
  auto find = [&](const char* method, const char* path) {
    return router.Find(method, PathSegments(path));
  };
  EXPECT_EQ(find("GET", "/a/x").route->handler, 1);
  EXPECT_EQ(find("POST", "/a/x/").route->handler, 2);
  EXPECT_THAT(find("GET", "/a/x%2Fy/b/z").args, ElementsAre("x/y", "z"));
  EXPECT_EQ(find("GET", "/a").route, nullptr);
  EXPECT_EQ(find("GET", "/a/x/c/z").route, nullptr);
  EXPECT_EQ(find("PUT", "/a/x").route, nullptr);
}

}  // namespace
}  // namespace kl::chargebee_sim
