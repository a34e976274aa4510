#include "adapters/resolver_dns/resolver.h"

#include <gtest/gtest.h>

#include "net/run_task.h"

namespace kl {
namespace {

TEST(DnsResolverTest, OnlyAddressesTheWorldCanReachArePublic) {
  for (const char* no : {"10.1.2.3", "127.0.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255",
                         "100.64.0.1", "169.254.1.1", "224.0.0.1", "0.0.0.0", "::1", "fe80::1",
                         "fd00::1", "2001:db8::1", "203.0.113.7", "", "host"}) {
    EXPECT_FALSE(IsPublicAddress(no)) << no;
  }
  for (const char* yes : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2a01:4f8::1"}) {
    EXPECT_TRUE(IsPublicAddress(yes)) << yes;
  }
}

TEST(DnsResolverTest, AddressesAreComparedInOneSpelling) {
  EXPECT_EQ(CanonicalAddress("2A01:04F8:0::1").value_or(""), "2a01:4f8::1");
  EXPECT_EQ(CanonicalAddress("192.0.2.1").value_or(""), "192.0.2.1");
  EXPECT_EQ(CanonicalAddress("example.com").error().field, "public_addresses");
}

TEST(DnsResolverTest, AServerThatIsNoAddressIsRefused) {
  net::IoLoop loop;
  auto made = DnsResolver::Make(loop, {.server = "ns.example.com"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().field, "dns_resolver");
  EXPECT_TRUE(DnsResolver::Make(loop, {.server = "192.0.2.53"}));
  EXPECT_TRUE(DnsResolver::Make(loop, {.server = "2001:db8::53"}));
  EXPECT_TRUE(DnsResolver::Make(loop, {.server = "127.0.0.1:5353"}));
}

TEST(DnsResolverTest, AServerThatDoesNotAnswerIsUnavailable) {
  net::IoLoop loop;
  auto resolver =
      DnsResolver::Make(loop, {.server = "127.0.0.1:1", .limit = std::chrono::milliseconds(50)});
  ASSERT_TRUE(resolver);
  auto found = net::RunTaskToEnd(loop, (*resolver)->Addresses("a.example.com"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUnavailable);
}

TEST(DnsResolverTest, NoServerInTheSystemsFileSaysWhatToSet) {
  net::IoLoop loop;
  auto resolver = DnsResolver::Make(loop, {.system_file = "/nonexistent"});
  ASSERT_TRUE(resolver);
  auto found = net::RunTaskToEnd(loop, (*resolver)->Addresses("a.example.com"));
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("dns_resolver"), std::string::npos);
}

}  // namespace
}  // namespace kl
