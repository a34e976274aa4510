#include "domain/certificate_queue.h"

#include <gtest/gtest.h>

#include <set>

#include "domain/reasons.h"

namespace kl {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart{hours(500000)};

class CertificateQueueTest : public ::testing::Test {
 protected:
  // Orders whatever may be ordered now and lets all of it succeed.
  std::vector<std::string> OrderAll() {
    std::vector<std::string> out;
    while (auto host = queue->Next(now)) {
      queue->Begin(*host, now);
      queue->Succeeded(*host, now, now + hours(24 * 60));
      out.push_back(*host);
    }
    return out;
  }
  std::string ReasonOf(const std::string& host) {
    auto wait = queue->WaitOf(host, now);
    return wait ? wait->reason : "";
  }
  void Make() { queue.emplace(limits); }

  CertificateLimits limits{.orders = 5, .per_domain = 100};
  std::optional<CertificateQueue> queue{std::in_place, limits};
  WallTime now = kStart;
};

TEST_F(CertificateQueueTest, FirstComeFirstServed) {
  for (const char* host : {"c.example.com", "a.example.com", "b.example.com"}) {
    queue->Want(host, std::nullopt);
  }
  EXPECT_EQ(OrderAll(),
            (std::vector<std::string>{"c.example.com", "a.example.com", "b.example.com"}));
  EXPECT_EQ(queue->waiting(), 0u);
  EXPECT_EQ(ReasonOf("a.example.com"), "");
}

TEST_F(CertificateQueueTest, NoWindowEverHoldsMoreOrdersThanItsLimit) {
  limits = {.orders = 7, .orders_window = hours(3), .per_domain = 20};
  Make();
  std::multiset<WallTime> orders;
  for (int i = 0; i < 60; ++i) queue->Want("h" + std::to_string(i) + ".example.com", std::nullopt);
  for (int turn = 0; turn < 2000 && queue->waiting() > 0; ++turn) {
    for (const std::string& host : OrderAll()) {
      (void)host;
      orders.insert(now);
    }
    for (WallTime at : orders) {
      EXPECT_LE(std::distance(orders.lower_bound(at), orders.lower_bound(at + hours(3))), 7);
      EXPECT_LE(std::distance(orders.lower_bound(at), orders.lower_bound(at + hours(24 * 7))), 20);
    }
    if (queue->waiting() == 0) break;
    auto next = queue->NextAt(now);
    ASSERT_TRUE(next.has_value());
    ASSERT_GT(*next, now) << "it would turn without an end";
    now = *next;
  }
  EXPECT_EQ(orders.size(), 60u);
  EXPECT_LT(now, kStart + hours(24 * 7 * 3)) << "two weeks for 60 with 20 a week";
}

TEST_F(CertificateQueueTest, AnOrderCountsUntilAWindowAfterItsEnd) {
  limits = {.orders = 2, .at_once = 9};
  Make();
  for (const char* host : {"a.x.com", "b.x.com", "c.x.com"}) queue->Want(host, std::nullopt);
  ASSERT_EQ(queue->Next(now), "a.x.com");
  queue->Begin("a.x.com", now);
  ASSERT_EQ(queue->Next(now), "b.x.com");
  queue->Begin("b.x.com", now);
  now += hours(4);
  EXPECT_FALSE(queue->Next(now)) << "when the authority sees those two nobody knows yet";
  queue->Succeeded("a.x.com", now, now + hours(1000));
  queue->Succeeded("b.x.com", now, now + hours(1000));
  EXPECT_EQ(queue->NextAt(now), now + hours(3));
}

TEST_F(CertificateQueueTest, AFullWindowIsSaidWithItsEnd) {
  for (int i = 0; i < 6; ++i) queue->Want("h" + std::to_string(i) + ".example.com", std::nullopt);
  EXPECT_EQ(OrderAll().size(), 5u);
  const auto wait = queue->WaitOf("h5.example.com", now);
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(wait->reason, reason::kCertificateLimit);
  EXPECT_EQ(wait->until, kStart + hours(3));
  EXPECT_EQ(queue->NextAt(now), kStart + hours(3));
}

TEST_F(CertificateQueueTest, OneDomainsLimitDoesNotHoldOthersBack) {
  limits = {.orders = 100, .per_domain = 2};
  Make();
  for (const char* host : {"a.one.com", "b.one.com", "c.one.com", "a.two.co.uk", "b.two.co.uk"}) {
    queue->Want(host, std::nullopt);
  }
  EXPECT_EQ(OrderAll(),
            (std::vector<std::string>{"a.one.com", "b.one.com", "a.two.co.uk", "b.two.co.uk"}));
  EXPECT_EQ(ReasonOf("c.one.com"), reason::kCertificateLimit);
}

TEST_F(CertificateQueueTest, WindowsSurviveARestart) {
  for (int i = 0; i < 8; ++i) queue->Want("h" + std::to_string(i) + ".example.com", std::nullopt);
  std::map<std::string, HostCertificate::Status> kept;
  while (auto host = queue->Next(now)) {
    kept[*host] = queue->Begin(*host, now);
    kept[*host] = queue->Succeeded(*host, now, now + hours(1000));
  }
  EXPECT_EQ(kept.size(), 5u);
  Make();
  for (const auto& [host, status] : kept) queue->Restore(host, status);
  queue->Want("h7.example.com", std::nullopt);
  EXPECT_FALSE(queue->Next(now + minutes(179)).has_value()) << "removed hosts' orders count, too";
  EXPECT_EQ(queue->Next(now + hours(3)), "h7.example.com");
}

TEST_F(CertificateQueueTest, AtMostSoManyAreUnderWay) {
  limits.at_once = 2;
  Make();
  for (const char* host : {"a.x.com", "b.x.com", "c.x.com"}) queue->Want(host, std::nullopt);
  EXPECT_TRUE(queue->Next(now));
  EXPECT_TRUE(queue->Next(now));
  EXPECT_FALSE(queue->Next(now));
  EXPECT_EQ(ReasonOf("a.x.com"), reason::kCertificateOrdered);
  queue->Elsewhere("a.x.com", now, reason::kDomainElsewhere, "leads to 192.0.2.1");
  EXPECT_EQ(queue->Next(now), "c.x.com");
}

TEST_F(CertificateQueueTest, TheLastRoomIsGivenOnce) {
  limits = {.orders = 2, .per_domain = 100, .at_once = 4};
  Make();
  for (const char* host : {"a.x.com", "b.x.com", "c.x.com"}) queue->Want(host, std::nullopt);
  EXPECT_TRUE(queue->Next(now));
  EXPECT_TRUE(queue->Next(now));
  EXPECT_FALSE(queue->Next(now)) << "two are looked at and will be ordered";
  limits = {.orders = 100, .per_domain = 2, .at_once = 4};
  Make();
  for (const char* host : {"a.x.com", "b.x.com", "c.x.com"}) queue->Want(host, std::nullopt);
  EXPECT_TRUE(queue->Next(now));
  EXPECT_TRUE(queue->Next(now));
  EXPECT_FALSE(queue->Next(now));
  queue->Elsewhere("a.x.com", now, reason::kDomainElsewhere, "leads to 192.0.2.1");
  EXPECT_EQ(queue->Next(now), "c.x.com");
}

TEST_F(CertificateQueueTest, AHostThatLeadsElsewhereUsesNoRoomAndIsLookedAtMoreAndMoreSeldom) {
  queue->Want("lost.example.com", std::nullopt);
  std::vector<Duration> pauses;
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(queue->Next(now), "lost.example.com");
    queue->Elsewhere("lost.example.com", now, reason::kDomainElsewhere, "leads to 192.0.2.1");
    EXPECT_EQ(ReasonOf("lost.example.com"), reason::kDomainElsewhere);
    const WallTime next = *queue->NextAt(now);
    pauses.push_back(next - now);
    now = next;
  }
  EXPECT_EQ(pauses.front(), seconds(30));
  EXPECT_EQ(pauses[1], seconds(60));
  EXPECT_EQ(pauses.back(), hours(1));
  for (int i = 0; i < 5; ++i) queue->Want("h" + std::to_string(i) + ".example.com", std::nullopt);
  queue->Forget("lost.example.com");
  EXPECT_EQ(OrderAll().size(), 5u) << "looking is not ordering";
}

TEST_F(CertificateQueueTest, ARefusedHostWaitsLongerEachTimeAndItsWindowIsKept) {
  limits = {.failures = 3, .after_failure = seconds(1)};
  Make();
  queue->Want("bad.example.com", std::nullopt);
  std::multiset<WallTime> failures;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(queue->Next(now), "bad.example.com");
    queue->Begin("bad.example.com", now);
    queue->Failed("bad.example.com", now, "no proof found");
    failures.insert(now);
    EXPECT_EQ(ReasonOf("bad.example.com"), reason::kCertificateRefused);
    now = std::max(*queue->NextAt(now), now + seconds(1));
    if (auto wait = queue->WaitOf("bad.example.com", now);
        wait && wait->reason == reason::kCertificateRefused) {
      now = *wait->until;
    }
  }
  for (WallTime at : failures) {
    EXPECT_LE(std::distance(failures.lower_bound(at), failures.lower_bound(at + hours(1))), 3);
  }
}

TEST_F(CertificateQueueTest, BackOffSurvivesARestartAndASuccessEndsIt) {
  queue->Want("bad.example.com", std::nullopt);
  queue->Next(now);
  queue->Begin("bad.example.com", now);
  const auto kept = queue->Failed("bad.example.com", now, "no proof found");
  Make();
  queue->Restore("bad.example.com", kept);
  queue->Want("bad.example.com", std::nullopt);
  EXPECT_FALSE(queue->Next(now + minutes(9)));
  EXPECT_EQ(queue->WaitOf("bad.example.com", now)->message, "no proof found");
  now += minutes(10);
  EXPECT_EQ(OrderAll().size(), 1u);
  EXPECT_EQ(ReasonOf("bad.example.com"), "");
}

TEST_F(CertificateQueueTest, ARenewalGoesFirstAndIsNotCountedAgainstItsDomain) {
  limits = {.orders = 100, .per_domain = 1};
  Make();
  queue->Want("new.example.com", std::nullopt);
  queue->Want("old.example.com", now);
  EXPECT_EQ(OrderAll(), (std::vector<std::string>{"old.example.com", "new.example.com"}));
}

TEST_F(CertificateQueueTest, ARenewalIsNotDueBeforeItsTime) {
  queue->Want("old.example.com", now + hours(5));
  EXPECT_FALSE(queue->Next(now));
  EXPECT_EQ(queue->NextAt(now), now + hours(5));
  EXPECT_EQ(queue->waiting(), 0u);
}

TEST_F(CertificateQueueTest, APausedAuthorityIsLeftAlone) {
  queue->Want("a.example.com", std::nullopt);
  queue->Pause(now + hours(1), reason::kCertificateLimit, "too many new orders");
  queue->Pause(now + minutes(1), reason::kCertificateAuthorityUnavailable, "a shorter one");
  EXPECT_FALSE(queue->Next(now + minutes(59)));
  EXPECT_EQ(queue->WaitOf("a.example.com", now)->message, "too many new orders");
  EXPECT_EQ(queue->Next(now + hours(1)), "a.example.com");
}

TEST_F(CertificateQueueTest, OneHostIsNotOrderedAgainAndAgain) {
  limits.orders = 100;
  Make();
  for (int i = 0; i < limits.per_host; ++i) {
    queue->Forget("a.example.com");
    queue->Want("a.example.com", std::nullopt);
    auto host = queue->Next(now);
    ASSERT_TRUE(host.has_value());
    queue->Begin(*host, now);
    queue->Lost(*host, now, now, "it did not arrive");
  }
  EXPECT_FALSE(queue->Next(now)) << "authorities limit the same host, too";
}

TEST_F(CertificateQueueTest, WhatGaveNothingCountsAsAnOrderOnly) {
  limits = {.orders = 20, .per_domain = 1, .per_host = 1};
  Make();
  queue->Want("a.example.com", std::nullopt);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(queue->Next(now), "a.example.com");
    queue->Begin("a.example.com", now);
    const auto kept = queue->Drop("a.example.com", now, now, "the authority is troubled");
    EXPECT_TRUE(kept.issued.empty());
  }
  EXPECT_FALSE(queue->Next(now));
  EXPECT_EQ(queue->NextAt(now), now + limits.orders_window);
}

TEST_F(CertificateQueueTest, WhatNobodyCountsAnyMoreIsForgotten) {
  queue->Want("a.example.com", std::nullopt);
  OrderAll();
  queue->Forget("a.example.com");
  EXPECT_TRUE(queue->Expire(now + hours(24 * 6)).empty());
  EXPECT_EQ(queue->Expire(now + hours(24 * 7)), std::vector<std::string>{"a.example.com"});
}

TEST(RegisteredDomainTest, IsWhatARegistrarSold) {
  EXPECT_EQ(RegisteredDomain("a.b.example.com"), "example.com");
  EXPECT_EQ(RegisteredDomain("example.com"), "example.com");
  EXPECT_EQ(RegisteredDomain("new.blog.example.co.uk"), "example.co.uk");
  EXPECT_EQ(RegisteredDomain("example.co.uk"), "example.co.uk");
  EXPECT_EQ(RegisteredDomain("a.bbc.de"), "bbc.de");
  EXPECT_EQ(RegisteredDomain("localhost"), "localhost");
}

}  // namespace
}  // namespace kl
