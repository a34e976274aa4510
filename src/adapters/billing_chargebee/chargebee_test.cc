#include "adapters/billing_chargebee/chargebee.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/hash.h"
#include "net/test_peer.h"

namespace kl::chargebee {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The provider as a script: each call is answered with the next answer.
class ChargebeeTest : public ::testing::Test {
 protected:
  ChargebeeTest() {
    auto server = net::HttpServer::Listen(loop_, "127.0.0.1:0", [this](net::Request request) {
      return Answer(*this, std::move(request));
    });
    EXPECT_TRUE(server);
    server_ = std::move(*server);
    provider_ = Make("http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v2");
  }

  std::unique_ptr<Chargebee> Make(const std::string& url) {
    return std::make_unique<Chargebee>(loop_, Options{.site = "acme-test",
                                                      .api_key = SecretString("key_s3cret"),
                                                      .api_url = url,
                                                      .rate_per_minute = 0,
                                                      .timeout = std::chrono::milliseconds(500)});
  }

  static Task<net::Response> Answer(ChargebeeTest& test, net::Request request) {
    test.requests_.push_back(std::move(request));
    if (test.answers_.empty()) co_return net::TextResponse(500, "nothing more in the script");
    net::Response answer = std::move(test.answers_.front());
    test.answers_.pop_front();
    co_return answer;
  }
  void Say(int status, std::string body) {
    answers_.push_back(net::JsonResponse(status, std::move(body)));
  }

  Result<Provider::ReadAnswer> Read(std::vector<std::string> ids) {
    return net::RunTaskToEnd(loop_, provider_->Read(std::move(ids), CallPriority::kHint));
  }
  Result<ProviderFeed::EventPage> Changes(const std::string& cursor) {
    return net::RunTaskToEnd(loop_, provider_->Changes(cursor));
  }
  Result<Provider::Written> Publish() {
    return net::RunTaskToEnd(loop_, provider_->PublishDomain("a/b", "https://x.example.com", "k1"));
  }
  std::map<std::string, std::string> QueryOf(std::size_t call) {
    std::map<std::string, std::string> out;
    for (auto& [key, value] : net::ParseForm(requests_.at(call).query())) out[key] = value;
    return out;
  }

  net::IoLoop loop_;
  std::deque<net::Response> answers_;
  std::vector<net::Request> requests_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Chargebee> provider_;
};

std::string List(const std::vector<std::string>& ids, const std::string& offset = "") {
  std::string out = "{\"list\":[";
  for (const std::string& id : ids) {
    if (!out.ends_with('[')) out += ',';
    out += R"({"subscription":{"id":")" + id + R"(","status":"active","customer_id":"c1"}})";
  }
  return out + "]" + (offset.empty() ? "" : R"(,"next_offset":")" + offset + "\"") + "}";
}

std::string Events(const std::vector<std::pair<std::string, std::int64_t>>& events,
                   const std::string& offset = "") {
  std::string out = "{\"list\":[";
  for (const auto& [id, at] : events) {
    if (!out.ends_with('[')) out += ',';
    out += R"({"event":{"id":")" + id + R"(","occurred_at":)" + std::to_string(at) +
           R"(,"api_version":"v2","event_type":"subscription_changed","content":)"
           R"({"subscription":{"id":"a"}}}})";
  }
  return out + "]" + (offset.empty() ? "" : R"(,"next_offset":")" + offset + "\"") + "}";
}

constexpr char kOffsetRefused[] =
    R"({"message":"offset : invalid","type":"invalid_request","api_error_code":"param_wrong_value",)"
    R"("param":"offset"})";

std::vector<std::string> IdsOf(const ProviderFeed::EventPage& page) {
  std::vector<std::string> ids;
  for (const ParsedEvent& event : page.events) ids.push_back(event.id);
  return ids;
}
using Ids = std::vector<std::string>;

TEST_F(ChargebeeTest, ManySubscriptionsAreOneCallWithTheLargestPage) {
  Say(200, List({"a", "b"}));
  auto answer = Read({"a", "b", "gone"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->found.size(), 2u);
  EXPECT_EQ(answer->absent, Ids{"gone"});
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].path(), "/api/v2/subscriptions");
  EXPECT_EQ(QueryOf(0)["id[in]"], R"(["a","b","gone"])");
  EXPECT_EQ(QueryOf(0)["limit"], "100");
  EXPECT_EQ(requests_[0].headers.Find("authorization"), "Basic " + Base64("key_s3cret:"));
}

TEST_F(ChargebeeTest, PagesAreFollowedToTheirEnd) {
  Say(200, List({"a"}, "[1,2]"));
  Say(200, List({"b"}));
  auto answer = Read({"a", "b"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->found.size(), 2u);
  EXPECT_EQ(QueryOf(1)["offset"], "[1,2]");
}

TEST_F(ChargebeeTest, LongIdsAreSplitOverCallsWhoseRequestLineStaysShort) {
  std::vector<std::string> ids;
  for (int i = 0; i < 90; ++i) ids.push_back(std::string(150, 'x') + std::to_string(i));
  for (int i = 0; i < 10; ++i) Say(200, List({}));
  auto answer = Read(ids);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->absent, ids);
  EXPECT_GT(requests_.size(), 1u);
  for (const net::Request& request : requests_) EXPECT_LT(request.target.size(), 6144u);
}

TEST_F(ChargebeeTest, WhatWasNotAskedForIsNotTaken) {
  Say(200, List({"a", "stranger"}));
  auto answer = Read({"a"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->found.size(), 1u);
}

TEST_F(ChargebeeTest, ConfirmingAsksForDeletedOnesToo) {
  Say(200, R"({"list":[{"subscription":{"id":"a","status":"active","deleted":true}}]})");
  auto answer = net::RunTaskToEnd(loop_, provider_->Confirm("a"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->found.at(0).state, BillingState::kDeleted);
  EXPECT_EQ(QueryOf(0)["include_deleted"], "true");

  Say(200, List({}));
  answer = net::RunTaskToEnd(loop_, provider_->Confirm("a"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->absent, Ids{"a"});
}

TEST_F(ChargebeeTest, PublishingSendsTheFieldAloneAndSuppressesNoMail) {
  Say(200, R"({"subscription":{"id":"a/b","status":"active","resource_version":9,)"
           R"("cf_domain":"https://x.example.com"}})");
  auto written = Publish();
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->after.domain, "https://x.example.com");
  EXPECT_EQ(written->after.version, 9);
  const net::Request& request = requests_.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/v2/subscriptions/a%2Fb/update_for_items");
  EXPECT_EQ(request.body, "cf_domain=https%3A%2F%2Fx.example.com");
  EXPECT_EQ(request.headers.Find("chargebee-idempotency-key"), "k1");
  EXPECT_FALSE(request.headers.Find("chargebee-event-email"));
  EXPECT_FALSE(request.headers.Find("chargebee-event-actions"));
  EXPECT_FALSE(request.headers.Find("chargebee-event-webhook"));
}

TEST_F(ChargebeeTest, AMissingFieldIsInvalidAndNamesTheDomain) {
  Say(400, R"({"message":"cf_domain : unknown","type":"invalid_request",)"
           R"("api_error_code":"param_wrong_value","param":"cf_domain"})");
  auto written = Publish();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(written.error().field, "domain");
}

TEST_F(ChargebeeTest, ARefusalSaysWhenToComeBack) {
  const struct {
    const char* body;
    const char* retry_after;
    Duration wait;
  } table[] = {
      {R"({"api_error_code":"api_request_limit_exceeded"})", "7", std::chrono::seconds(7)},
      {R"({"api_error_code":"api_request_limit_exceeded"})", "99999", std::chrono::hours(1)},
      {R"({"api_error_code":"lock_timeout"})", "", Duration(500)},
      {R"({"api_error_code":"lock_timeout"})", "2", std::chrono::seconds(2)},
      {R"({"api_error_code":"api_request_limit_exceeded"})", "", std::chrono::seconds(5)},
      {"<html>slow down</html>", "soon", std::chrono::seconds(5)}};
  for (const auto& row : table) {
    provider_ = Make("http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v2");
    Say(429, row.body);
    if (*row.retry_after) answers_.back().headers.Set("Retry-After", row.retry_after);
    auto answer = Read({"a"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kRateLimited);
    EXPECT_EQ(answer.error().retry_after, row.wait) << row.body << row.retry_after;
  }
}

TEST_F(ChargebeeTest, FaultsOfTheServiceAreUnavailable) {
  for (int status : {500, 502, 503, 504, 302}) {
    Say(status, "<html>Bad Gateway</html>");
    auto answer = Read({"a"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << status;
  }
  for (const char* body : {"<html>maintenance</html>", "", "[]", R"({"list":[{}]})"}) {
    Say(200, body);
    auto answer = Read({"a"});
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << body;
    Say(200, body);
    auto page = Changes("");
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().kind, ErrorKind::kUnavailable) << body;
    Say(200, body);
    auto written = Publish();
    ASSERT_FALSE(written) << body;
    EXPECT_EQ(written.error().kind, ErrorKind::kUnavailable) << body;
  }
}

TEST_F(ChargebeeTest, AnIdWithControlCharactersIsStillAFilter) {
  Say(200, List({"a"}));
  ASSERT_TRUE(Read({"a", "b\n\x1f\"\\"}));
  EXPECT_EQ(QueryOf(0)["id[in]"], R"(["a","b\u000a\u001f\"\\"])");
}

TEST_F(ChargebeeTest, ABatchOfWhichAnEntryCannotBeReadIsNoAnswer) {
  Say(200, R"({"list":[{"subscription":{"id":"a"}},{"customer":{}}]})");
  auto answer = Read({"a", "b"});
  ASSERT_FALSE(answer) << "b would look absent";
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST_F(ChargebeeTest, AConflictOfAReadIsAPassingFaultAndOfAWriteARefusal) {
  const char* conflict = R"({"message":"busy","api_error_code":"invalid_state_for_request"})";
  Say(409, conflict);
  EXPECT_EQ(Read({"a"}).error().kind, ErrorKind::kUnavailable);
  Say(409, conflict);
  EXPECT_EQ(Publish().error().kind, ErrorKind::kConflict);
}

TEST_F(ChargebeeTest, AConnectionCutInTheAnswerIsUnavailableAndNamesNoKey) {
  net::testing::ScriptedServer cutter(loop_, [](net::ByteStream& stream, int) -> Task<void> {
    co_await net::testing::HearUntil(stream, "\r\n\r\n");
    co_await net::testing::Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"li");
  });
  provider_ = Make(cutter.base() + "/api/v2");
  auto answer = Read({"a"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("s3cret")));
}

TEST_F(ChargebeeTest, AServiceThatNeverAnswersIsUnavailable) {
  net::testing::ScriptedServer silent(loop_, [](net::ByteStream& stream, int) -> Task<void> {
    co_await net::testing::HearAll(stream);
  });
  provider_ = Make(silent.base() + "/api/v2");
  auto answer = Read({"a"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST_F(ChargebeeTest, EntitlementsComeFromAllPages) {
  Say(200, R"({"list":[{"subscription_entitlement":{"feature_id":"a","value":"1",)"
           R"("is_enabled":true}}],"next_offset":"o"})");
  Say(200, R"({"list":[{"subscription_entitlement":{"feature_id":"b","value":"2",)"
           R"("is_enabled":true}}]})");
  auto all = net::RunTaskToEnd(loop_, provider_->Entitlements("a b"));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 2u);
  EXPECT_EQ(requests_[1].path(), "/api/v2/subscriptions/a%20b/subscription_entitlements");
  EXPECT_EQ(QueryOf(1)["offset"], "o");
}

TEST_F(ChargebeeTest, ASweepGoesOnWhereItStopped) {
  Say(200, List({"a"}, "o1"));
  Say(200, List({"b"}));
  auto first = net::RunTaskToEnd(loop_, provider_->Sweep(""));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->cursor, "o1");
  auto second = net::RunTaskToEnd(loop_, provider_->Sweep(first->cursor));
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->cursor.empty());
  EXPECT_EQ(QueryOf(1)["offset"], "o1");
  EXPECT_EQ(QueryOf(1)["include_deleted"], "true");
}

TEST_F(ChargebeeTest, ASweepWhoseOffsetIsRefusedBeginsAnew) {
  Say(400, kOffsetRefused);
  auto refused = net::RunTaskToEnd(loop_, provider_->Sweep("of-last-month"));
  ASSERT_FALSE(refused) << "it is said once";
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  Say(200, List({"a"}, "o1"));
  auto again = net::RunTaskToEnd(loop_, provider_->Sweep("of-last-month"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(QueryOf(1).contains("offset"));
  EXPECT_EQ(again->cursor, "o1");
  Say(200, List({"b"}));
  ASSERT_TRUE(net::RunTaskToEnd(loop_, provider_->Sweep("o1")));
  EXPECT_EQ(QueryOf(2)["offset"], "o1");
}

TEST_F(ChargebeeTest, AnEntryOfASweepThatCannotBeReadKeepsNoOtherBack) {
  Say(200, R"({"list":[{"subscription":{"id":"a"}},{"customer":{}}],"next_offset":"o1"})");
  auto page = net::RunTaskToEnd(loop_, provider_->Sweep(""));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->subscriptions.size(), 1u);
  EXPECT_EQ(page->cursor, "o1");
  Say(200, R"({"list":[{"customer":{}}]})");
  EXPECT_FALSE(net::RunTaskToEnd(loop_, provider_->Sweep("")));
}

TEST_F(ChargebeeTest, OnlyTheCustomersOwnAreTheirs) {
  Say(200, R"({"list":[{"subscription":{"id":"a","customer_id":"c1"}},)"
           R"({"subscription":{"id":"b","customer_id":"c2"}}]})");
  auto ids = net::RunTaskToEnd(loop_, provider_->OfCustomer("c1"));
  ASSERT_TRUE(ids);
  EXPECT_EQ(*ids, Ids{"a"});
}

// --- events

TEST_F(ChargebeeTest, TheCursorsTextIsReadBack) {
  const Cursor cursor{.since = 1, .newest = 2, .sequence = 3, .offset = "[1|2]"};
  const Cursor again = Cursor::Parse(cursor.Text());
  EXPECT_EQ(again.since, 1);
  EXPECT_EQ(again.newest, 2);
  EXPECT_EQ(again.sequence, 3);
  EXPECT_EQ(again.offset, "[1|2]");
  for (const char* text : {"", "rubbish", "1|2"}) EXPECT_EQ(Cursor::Parse(text).since, 0) << text;
}

TEST_F(ChargebeeTest, WithoutACursorItBeginsNow) {
  Say(200, Events({}));
  ASSERT_TRUE(Changes(""));
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(loop_.Now().time_since_epoch()).count();
  EXPECT_NEAR(std::stod(QueryOf(0)["occurred_at[after]"]), static_cast<double>(now - 120), 5);
  EXPECT_EQ(QueryOf(0)["sort_by[asc]"], "occurred_at");
  EXPECT_EQ(QueryOf(0)["limit"], "100");
}

TEST_F(ChargebeeTest, TheOverlapIsReadAgainButHandsNothingOutTwice) {
  Say(200, Events({{"e1", 1000}, {"e2", 1010}}));
  auto first = Changes("900|900|0|");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(IdsOf(*first), (Ids{"e1", "e2"}));
  EXPECT_EQ(first->bodies.size(), 2u);
  EXPECT_FALSE(first->more);

  Say(200, Events({{"e1", 1000}, {"e2", 1010}, {"e3", 1015}}));
  auto second = Changes(first->cursor);
  ASSERT_TRUE(second);
  EXPECT_EQ(IdsOf(*second), Ids{"e3"});
  EXPECT_EQ(QueryOf(1)["occurred_at[after]"], "890");
}

TEST_F(ChargebeeTest, WhatTheCallerCouldNotStoreIsHandedOutAgain) {
  Say(200, Events({{"e1", 1000}}));
  auto first = Changes("900|900|0|");
  ASSERT_TRUE(first);
  EXPECT_EQ(IdsOf(*first), Ids{"e1"});
  // The caller failed to store them and comes with the cursor it had.
  Say(200, Events({{"e1", 1000}, {"e2", 1001}}));
  auto again = Changes("900|900|0|");
  ASSERT_TRUE(again);
  EXPECT_EQ(IdsOf(*again), (Ids{"e1", "e2"}));
  // Stored at last.
  Say(200, Events({{"e1", 1000}, {"e2", 1001}}));
  auto after = Changes(again->cursor);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->events.empty());
}

TEST_F(ChargebeeTest, AnEventOfTheOverlapThatFailedToBeStoredComesAgain) {
  Say(200, Events({{"e1", 1000}}));
  const std::string stored = Changes("900|900|0|")->cursor;
  Say(200, Events({{"e1", 1000}, {"late", 990}}));
  EXPECT_EQ(IdsOf(*Changes(stored)), Ids{"late"});
  Say(200, Events({{"e1", 1000}, {"late", 990}}));
  EXPECT_EQ(IdsOf(*Changes(stored)), Ids{"late"});
}

TEST_F(ChargebeeTest, AFailedReadForgetsNothing) {
  Say(200, Events({{"e1", 1000}}));
  const std::string cursor = Changes("900|900|0|")->cursor;
  Say(503, "<html/>");
  EXPECT_FALSE(Changes(cursor));
  Say(200, Events({{"e1", 1000}, {"e2", 1001}}));
  EXPECT_EQ(IdsOf(*Changes(cursor)), Ids{"e2"});
}

TEST_F(ChargebeeTest, AnOffsetOfEventsThatIsRefusedIsDroppedAndTheFloorKept) {
  Say(400, kOffsetRefused);
  auto refused = Changes("900|950|3|of-last-month");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  Say(200, Events({{"e1", 1000}}));
  auto again = Changes("900|950|3|of-last-month");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(IdsOf(*again), Ids{"e1"});
  EXPECT_FALSE(QueryOf(1).contains("offset"));
  EXPECT_EQ(QueryOf(1)["occurred_at[after]"], "780");
}

TEST_F(ChargebeeTest, AnEventThatCannotBeReadIsLeftOutAndPassed) {
  const std::string odd = R"({"list":[{"event":{"id":"odd","occurred_at":2000}}]})";
  Say(200, odd);
  auto page = Changes("900|900|0|");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(page->events.empty());
  Say(200, odd);
  ASSERT_TRUE(Changes(page->cursor));
  EXPECT_EQ(QueryOf(1)["occurred_at[after]"], "1880") << "it moved the floor";
}

TEST_F(ChargebeeTest, PagesOfEventsMoveTheFloorOnlyAtTheirEnd) {
  Say(200, Events({{"e1", 1000}}, "o1"));
  auto first = Changes("900|900|0|");
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->more);
  Say(200, Events({{"e2", 2000}}));
  auto second = Changes(first->cursor);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->more);
  EXPECT_EQ(QueryOf(1)["offset"], "o1");
  EXPECT_EQ(QueryOf(1)["occurred_at[after]"], "780");
  Say(200, Events({}));
  ASSERT_TRUE(Changes(second->cursor));
  EXPECT_EQ(QueryOf(2)["occurred_at[after]"], "1880");
  EXPECT_FALSE(QueryOf(2).contains("offset"));
}

// --- links

TEST_F(ChargebeeTest, LinksAreTheProvidersPages) {
  Say(200, R"({"hosted_page":{"url":"https://pay"}})");
  EXPECT_EQ(*net::RunTaskToEnd(loop_, provider_->Checkout("pro-USD-monthly")), "https://pay");
  EXPECT_EQ(requests_[0].body, "subscription_items%5Bitem_price_id%5D%5B0%5D=pro-USD-monthly");
  Say(200, R"({"portal_session":{"access_url":"https://portal"}})");
  EXPECT_EQ(*net::RunTaskToEnd(loop_, provider_->Portal("c1")), "https://portal");
}

}  // namespace
}  // namespace kl::chargebee
