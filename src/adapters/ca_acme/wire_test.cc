#include "adapters/ca_acme/wire.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace kl::acme {
namespace {

net::Response Problem(int status, const std::string& type, const std::string& detail) {
  net::Response out = net::JsonResponse(status, R"({"type":"urn:ietf:params:acme:error:)" + type +
                                                    R"(","detail":")" + detail + R"("})");
  return out;
}

TEST(AcmeKeysTest, AKeyComesBackFromItsPem) {
  const SigningKey key = SigningKey::Generate();
  auto again = SigningKey::FromPem(key.Pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Thumbprint(), key.Thumbprint());
  EXPECT_NE(SigningKey::Generate().Thumbprint(), key.Thumbprint());
}

TEST(AcmeKeysTest, WhatIsNoKeyIsRefusedWithoutItsContent) {
  auto refused = SigningKey::FromPem(SecretString("-----BEGIN canary-----"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("canary"), std::string::npos);
}

TEST(AcmeKeysTest, AnythingIsBase64UrlWithoutPadding) {
  EXPECT_EQ(Base64Url(""), "");
  EXPECT_EQ(Base64Url("\xfb\xff"), "-_8");
  EXPECT_EQ(Base64Url("a"), "YQ");
}

TEST(AcmeWireTest, ASignedRequestNamesItsAccountOrItsKey) {
  const SigningKey key = SigningKey::Generate();
  for (const std::string account : {"", "https://ca.example/acct/1"}) {
    const Signed where{"https://ca.example/order", "nonce-1", account};
    const auto body = boost::json::parse(Sign(key, where, "{}")).as_object();
    EXPECT_EQ(body.at("payload").as_string(), "e30");
    EXPECT_EQ(body.at("signature").as_string().size(), 86u) << "64 bytes";
    std::string head(body.at("protected").as_string());
    EXPECT_EQ(
        head,
        Base64Url(R"({"alg":"ES256","nonce":"nonce-1","url":"https://ca.example/order",)" +
                  (account.empty() ? R"("jwk":)" + key.Jwk() : R"("kid":")" + account + R"(")") +
                  "}"));
  }
}

TEST(AcmeWireTest, WhoIsToBlameShowsInTheKind) {
  EXPECT_EQ(ProblemOf(Problem(429, "rateLimited", "")).kind, ErrorKind::kRateLimited);
  EXPECT_EQ(ProblemOf(Problem(400, "rateLimited", "")).kind, ErrorKind::kRateLimited);
  EXPECT_EQ(ProblemOf(Problem(403, "unauthorized", "")).kind, ErrorKind::kDenied);
  EXPECT_EQ(ProblemOf(Problem(400, "rejectedIdentifier", "")).kind, ErrorKind::kDenied);
  EXPECT_EQ(ProblemOf(Problem(400, "accountDoesNotExist", "")).kind, ErrorKind::kInvalid);
  EXPECT_EQ(ProblemOf(Problem(500, "serverInternal", "")).kind, ErrorKind::kUnavailable);
  EXPECT_EQ(ProblemOf(net::TextResponse(404, "not found")).kind, ErrorKind::kInvalid);
  EXPECT_EQ(ProblemOf(net::TextResponse(503, "<html>")).kind, ErrorKind::kUnavailable);
}

TEST(AcmeWireTest, ItsWordsArePassedOnInOneShortLine) {
  const Error error =
      ProblemOf(Problem(403, "unauthorized", "said\\nno " + std::string(9000, 'x')));
  EXPECT_NE(error.message.find("unauthorized: said no"), std::string::npos);
  EXPECT_LT(error.message.size(), 500u);
}

TEST(AcmeWireTest, AWaitIsReadInSeconds) {
  net::Response response = Problem(429, "rateLimited", "");
  EXPECT_FALSE(RetryAfter(response));
  response.headers.Set("Retry-After", "120");
  EXPECT_EQ(RetryAfter(response), std::chrono::minutes(2));
  response.headers.Set("Retry-After", "99999999");
  EXPECT_EQ(RetryAfter(response), std::chrono::hours(24));
  response.headers.Set("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
  EXPECT_FALSE(RetryAfter(response));
}

TEST(AcmeWireTest, AnAuthorizationsChallengeAndProblemAreFound) {
  auto found = ParseAuthorization(
      R"({"status":"invalid","challenges":[{"type":"tls-alpn-01","url":"https://x/1","token":"t1"},
          {"type":"http-01","url":"https://x/2","token":"t2",
           "error":{"type":"urn:ietf:params:acme:error:connection","detail":"refused"}}]})");
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->http);
  EXPECT_EQ(found->http->token, "t2");
  EXPECT_EQ(found->problem, "connection: refused");
}

TEST(AcmeWireTest, WhatIsNoSuchDocumentIsUnavailable) {
  for (const char* text : {"", "[]", "null", "<html>", "{\"newNonce\":1}"}) {
    EXPECT_EQ(ParseDirectory(text).error().kind, ErrorKind::kUnavailable) << text;
  }
  EXPECT_FALSE(ParseOrder("[]"));
  EXPECT_FALSE(ParseAuthorization("7"));
}

}  // namespace
}  // namespace kl::acme
