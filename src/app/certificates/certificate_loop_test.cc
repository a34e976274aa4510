#include "app/certificates/certificate_loop.h"

#include "app/app_fixture.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLife = days(90);

// An authority that takes a second, and what it is told to say.
struct FakeAuthority : CertificateAuthority {
  explicit FakeAuthority(Loop& l) : loop(l) {}
  Task<Status> Ready() override {
    if (unreachable) co_return Fail(ErrorKind::kUnavailable, "connection refused");
    co_return Status();
  }
  Task<Result<IssuedCertificate>> Order(std::string host) override {
    ordered.emplace_back(host, loop.Now());
    co_await Sleep(loop, seconds(1));
    if (refusal) co_return std::unexpected(*refusal);
    IssuedCertificate out;
    out.validity = {loop.Now(), loop.Now() + kLife};
    co_return out;
  }
  int Times(const std::string& host) const {
    return static_cast<int>(
        std::ranges::count_if(ordered, [&](const auto& each) { return each.first == host; }));
  }
  Loop& loop;
  bool unreachable = false;
  std::optional<Error> refusal;
  std::vector<std::pair<std::string, WallTime>> ordered;
};

struct FakeShelf : CertificateShelf {
  Status Keep(const std::string& host, const IssuedCertificate& certificate) override {
    if (full) return Fail(ErrorKind::kExhausted, "no space left");
    held[host] = certificate.validity;
    return {};
  }
  std::optional<Validity> Held(const std::string& host) override {
    const auto it = held.find(host);
    return it == held.end() ? std::nullopt : std::optional<Validity>(it->second);
  }
  bool full = false;
  std::map<std::string, Validity> held;
};

struct FakeResolver : HostResolver {
  Task<Result<std::vector<std::string>>> Addresses(std::string host) override {
    if (down) co_return Fail(ErrorKind::kUnavailable, "name server does not answer");
    const auto it = elsewhere.find(host);
    co_return it == elsewhere.end() ? std::vector<std::string>{"192.0.2.1"} : it->second;
  }
  bool down = false;
  std::map<std::string, std::vector<std::string>> elsewhere;
};

struct CertificateLoopTest : ::testing::Test {
  void Start() {
    certificates = std::make_unique<CertificateLoop>(CertificateLoop::Deps{
        loop, random, records, authority, shelf, resolver, addresses, limits});
    certificates->Start();
    loop.RunReady();
  }
  std::string ReasonOf(const std::string& host) {
    auto wait = certificates->WaitOf(host);
    return wait ? wait->reason : "";
  }
  // The program dies and starts again.
  void Restart() {
    certificates.reset();
    Start();
  }

  testing::SimLoop loop;
  SeededRandom random{1};
  testing::CallGate gate{loop};
  testing::MemoryStore<HostCertificate> records{gate};
  FakeAuthority authority{loop};
  FakeShelf shelf;
  FakeResolver resolver;
  std::set<std::string> addresses{"192.0.2.1", "2001:db8::1"};
  CertificateLimits limits;
  std::unique_ptr<CertificateLoop> certificates;
};

TEST_F(CertificateLoopTest, AWantedHostGetsItsCertificate) {
  Start();
  certificates->Want("a.example.com");
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kCertificateOrdered);
  loop.RunFor(seconds(5));
  EXPECT_TRUE(shelf.held.contains("a.example.com"));
  EXPECT_EQ(ReasonOf("a.example.com"), "");
  EXPECT_EQ(certificates->counters().issued, 1);
}

TEST_F(CertificateLoopTest, ItIsRenewedWhenAThirdOfItsLifeIsLeft) {
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(seconds(5));
  loop.RunFor(days(59));
  EXPECT_EQ(authority.ordered.size(), 1u);
  loop.RunFor(days(2));
  EXPECT_EQ(authority.ordered.size(), 2u);
  EXPECT_GT(shelf.held["a.example.com"].not_after - loop.Now(), days(85));
}

TEST_F(CertificateLoopTest, WhatIsHeldIsNotOrderedAtAStart) {
  shelf.held["a.example.com"] = {loop.Now(), loop.Now() + kLife};
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(days(1));
  EXPECT_TRUE(authority.ordered.empty());
}

TEST_F(CertificateLoopTest, AHostWhoseNameLeadsElsewhereIsNeverOrdered) {
  resolver.elsewhere = {{"other.example.com", {"203.0.113.9"}},
                        {"both.example.com", {"192.0.2.1", "203.0.113.9"}},
                        {"none.example.com", {}}};
  Start();
  for (const auto& [host, ignored] : resolver.elsewhere) certificates->Want(host);
  loop.RunFor(days(3));
  EXPECT_TRUE(authority.ordered.empty());
  EXPECT_TRUE(records.objects().empty()) << "nothing is written for a look";
  EXPECT_EQ(ReasonOf("other.example.com"), reason::kDomainElsewhere);
  resolver.elsewhere.clear();
  loop.RunFor(hours(2));
  EXPECT_EQ(authority.ordered.size(), 3u);
}

TEST_F(CertificateLoopTest, WithoutNameServerOrAddressNothingIsOrderedAndTheReasonSaysIt) {
  resolver.down = true;
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(minutes(5));
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kDnsUnavailable);
  resolver.down = false;
  addresses.clear();
  Restart();
  certificates->Want("a.example.com");
  loop.RunFor(minutes(5));
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kAddressesUnknown);
  EXPECT_TRUE(authority.ordered.empty());
}

TEST_F(CertificateLoopTest, OrdersAreRememberedBeforeTheyGoOut) {
  gate.hook = [](std::string_view call, testing::CallGate::Moment moment) {
    return moment == testing::CallGate::Moment::kBefore || call != "store.put_spec";
  };
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(minutes(1));
  EXPECT_TRUE(authority.ordered.empty()) << "the answer of the store never came";
  ASSERT_EQ(records.objects().size(), 1u);
  EXPECT_EQ(records.objects().begin()->second.status.orders.size(), 1u);
}

TEST_F(CertificateLoopTest, AKillAtAnyMomentOrdersNoMoreThanTheLimit) {
  limits = {.orders = 5, .at_once = 3};
  Start();
  for (int kill = 0; kill < 40; ++kill) {
    for (int i = 0; i < 30; ++i) certificates->Want("h" + std::to_string(i) + ".example.com");
    loop.RunFor(Duration(137 * kill % 2500));
    Restart();
  }
  EXPECT_EQ(authority.ordered.size(), 5u) << "all of it happened within three hours";
  loop.RunFor(hours(4));
  for (int i = 0; i < 30; ++i) certificates->Want("h" + std::to_string(i) + ".example.com");
  loop.RunFor(days(2));
  EXPECT_EQ(certificates->waiting(), 0u);
  for (const auto& [host, at] : authority.ordered) {
    const auto within = std::ranges::count_if(authority.ordered, [&](const auto& other) {
      return other.second >= at && other.second < at + hours(3);
    });
    EXPECT_LE(within, 5);
  }
}

TEST_F(CertificateLoopTest, AnUnreachableAuthorityUsesUpNothing) {
  authority.unreachable = true;
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(days(2));
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kCertificateAuthorityUnavailable);
  EXPECT_TRUE(authority.ordered.empty());
  authority.unreachable = false;
  loop.RunFor(hours(1));
  EXPECT_EQ(ReasonOf("a.example.com"), "");
}

TEST_F(CertificateLoopTest, ARefusedHostIsOrderedMoreAndMoreSeldom) {
  authority.refusal = Error{ErrorKind::kDenied, "did not find the proof", {}, {}};
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(hours(1));
  EXPECT_LE(authority.Times("a.example.com"), 3);
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kCertificateRefused);
  loop.RunFor(days(10));
  EXPECT_LE(authority.Times("a.example.com"), 18);
  EXPECT_GE(authority.Times("a.example.com"), 12) << "it is never given up";
  Restart();
  certificates->Want("a.example.com");
  EXPECT_EQ(ReasonOf("a.example.com"), reason::kCertificateRefused) << "over restarts";
}

TEST_F(CertificateLoopTest, AnAuthoritysLimitIsWaitedForAsLongAsItSays) {
  authority.refusal = Error{ErrorKind::kRateLimited, "too many", {}, Duration(hours(5))};
  Start();
  for (int i = 0; i < 10; ++i) certificates->Want("h" + std::to_string(i) + ".example.com");
  loop.RunFor(minutes(299));
  EXPECT_EQ(authority.ordered.size(), 4u) << "those under way, and no more";
  EXPECT_EQ(ReasonOf("h9.example.com"), reason::kCertificateLimit);
  authority.refusal.reset();
  loop.RunFor(minutes(10));
  EXPECT_EQ(certificates->waiting(), 0u);
}

TEST_F(CertificateLoopTest, ACertificateThatCannotBeKeptCountsAsIssued) {
  shelf.full = true;
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(days(2));
  EXPECT_EQ(authority.Times("a.example.com"), limits.per_host);
}

TEST_F(CertificateLoopTest, RecordsNobodyCountsAreRemoved) {
  Start();
  certificates->Want("a.example.com");
  loop.RunFor(seconds(5));
  certificates->Forget("a.example.com");
  EXPECT_EQ(records.objects().size(), 1u);
  loop.RunFor(days(8));
  EXPECT_TRUE(records.objects().empty());
}

}  // namespace
}  // namespace kl::app
