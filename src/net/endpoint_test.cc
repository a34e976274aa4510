#include "net/endpoint.h"

#include <gtest/gtest.h>

#include "net/run_task.h"

namespace kl::net {
namespace {

TEST(EndpointTest, AddressesAreDescribedAsTheyAreRead) {
  for (const char* text :
       {"127.0.0.1:80", "0.0.0.0:0", "[::1]:443", "[fe80::1]:65535", "unix:/run/x.sock"}) {
    const auto endpoint = ParseEndpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(Describe(*endpoint), text);
  }
}

TEST(EndpointTest, AnythingElseIsInvalid) {
  const std::string long_path = "unix:/" + std::string(200, 'x');
  for (const std::string& text :
       {std::string(""), std::string("127.0.0.1"), std::string("127.0.0.1:"),
        std::string("127.0.0.1:x"), std::string("127.0.0.1:65536"), std::string("127.0.0.1:-1"),
        std::string("256.0.0.1:80"), std::string("localhost:80"), std::string("[::1]"),
        std::string("[::1]x:80"), std::string(":80"), std::string("unix:"), long_path}) {
    const auto endpoint = ParseEndpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::kInvalid) << text;
  }
}

TEST(EndpointTest, HostAndPortSplit) {
  EXPECT_EQ(SplitHostPort("host")->host, "host");
  EXPECT_EQ(SplitHostPort("host")->port, "");
  EXPECT_EQ(SplitHostPort("host:8080")->port, "8080");
  EXPECT_EQ(SplitHostPort("[::1]:80")->host, "::1");
  for (const char* bad : {"", ":1", "host:", "host:x", "[::1", "[]:1"}) {
    EXPECT_FALSE(SplitHostPort(bad)) << bad;
  }
}

TEST(EndpointTest, LiteralsResolveToThemselvesAndUnknownHostsDoNot) {
  IoLoop loop;
  const auto literal = RunTask(loop, [&] { return Resolve(loop, {"127.0.0.1", "81"}); });
  ASSERT_TRUE(literal && literal->size() == 1);
  EXPECT_EQ(Describe(literal->front()), "127.0.0.1:81");
  const auto unknown = RunTask(loop, [&] { return Resolve(loop, {"no-such-host.invalid", "80"}); });
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(unknown.error().message.find("no-such-host.invalid"), std::string::npos);
}

}  // namespace
}  // namespace kl::net
