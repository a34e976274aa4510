#include <gtest/gtest.h>

#include "adapters/billing_chargebee/wire.h"

namespace kl::chargebee {
namespace {

std::string Body(const std::string& code, const std::string& param = "") {
  return R"({"message":"it says why","type":"invalid_request","api_error_code":")" + code + "\"" +
         (param.empty() ? "" : ",\"param\":\"" + param + "\"") + "}";
}

TEST(ParseError, EveryAnswerHasItsKind) {
  const struct {
    int status;
    const char* code;
    ErrorKind kind;
  } table[] = {{400, "param_wrong_value", ErrorKind::kInvalid},
               {400, "invalid_request", ErrorKind::kInvalid},
               {400, "duplicate_entry", ErrorKind::kInvalid},
               {400, "resource_limit_exhausted", ErrorKind::kInvalid},
               {400, "configuration_incompatible", ErrorKind::kInvalid},
               {401, "api_authentication_failed", ErrorKind::kUnauthenticated},
               {403, "api_authorization_failed", ErrorKind::kDenied},
               {403, "request_blocked", ErrorKind::kDenied},
               {404, "resource_not_found", ErrorKind::kNotFound},
               {404, "site_not_found", ErrorKind::kNotFound},
               {405, "http_method_not_supported", ErrorKind::kInvalid},
               {409, "invalid_state_for_request", ErrorKind::kConflict},
               {422, "unable_to_process_request", ErrorKind::kInvalid},
               {429, "api_request_limit_exceeded", ErrorKind::kRateLimited},
               {429, "third_party_api_request_limit_exceeded", ErrorKind::kRateLimited},
               {429, "lock_timeout", ErrorKind::kRateLimited},
               {500, "internal_error", ErrorKind::kUnavailable},
               {503, "db_connection_failure", ErrorKind::kUnavailable},
               {503, "site_read_only_mode", ErrorKind::kUnavailable},
               {503, "site_not_ready", ErrorKind::kUnavailable},
               {503, "internal_temporary_error", ErrorKind::kUnavailable},
               {504, "gateway_timeout", ErrorKind::kUnavailable}};
  for (const auto& row : table) {
    const Error error = ParseError(row.status, Body(row.code), "cf_domain");
    EXPECT_EQ(error.kind, row.kind) << row.status << " " << row.code;
    EXPECT_NE(error.message.find("it says why"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(std::to_string(row.status)), std::string::npos);
    EXPECT_TRUE(error.field.empty());
  }
}

// A page of a proxy says nothing about the request.
TEST(ParseError, WhatIsNotTheProvidersErrorIsAPassingFault) {
  for (const char* body : {"", "<html>Bad Gateway</html>", "[]", "{}", "null", "\"no\""}) {
    for (int status : {302, 400, 401, 403, 404, 409, 500, 502, 503}) {
      EXPECT_EQ(ParseError(status, body, "cf_domain").kind, ErrorKind::kUnavailable)
          << status << " " << body;
    }
    EXPECT_EQ(ParseError(429, body, "cf_domain").kind, ErrorKind::kRateLimited) << body;
  }
}

TEST(ParseError, AnyRefusalThatNamesTheDomainFieldMeansItIsMissing) {
  for (int status : {400, 404, 422}) {
    const Error error = ParseError(status, Body("param_wrong_value", "cf_domain"), "cf_domain");
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_EQ(error.field, "domain");
    EXPECT_NE(error.message.find("cf_domain"), std::string::npos);
  }
  EXPECT_EQ(
      ParseError(400, Body("param_wrong_value", "subscription[cf_domain]"), "cf_domain").field,
      "domain");
  EXPECT_EQ(ParseError(400,
                       R"({"message":"cf_domain : not in allowed values",)"
                       R"("api_error_code":"invalid_request"})",
                       "cf_domain")
                .field,
            "domain");
  EXPECT_EQ(ParseError(400, Body("param_wrong_value", "cf_other"), "cf_domain").field, "");
  EXPECT_EQ(ParseError(503, Body("site_not_ready", "cf_domain"), "cf_domain").field, "");
}

// A wrong key is a wrong key, whatever else its answer says.
TEST(ParseError, RefusedKeysStayRefusedKeys) {
  EXPECT_EQ(ParseError(401, Body("api_authentication_failed", "cf_domain"), "cf_domain").kind,
            ErrorKind::kUnauthenticated);
  EXPECT_EQ(ParseError(403, Body("api_authorization_failed", "cf_domain"), "cf_domain").kind,
            ErrorKind::kDenied);
}

TEST(ParseError, LongMessagesAreCut) {
  const std::string body = R"({"api_error_code":"x","message":")" + std::string(5000, 'm') + "\"}";
  EXPECT_LT(ParseError(400, body, "cf_domain").message.size(), 400u);
}

TEST(ParseString, NamesWhatIsMissing) {
  EXPECT_EQ(*ParseString(R"({"hosted_page":{"url":"https://x"}})", "hosted_page", "url"),
            "https://x");
  for (const char* text : {"", "{}", R"({"hosted_page":{"url":3}})", R"({"hosted_page":[]})"}) {
    EXPECT_FALSE(ParseString(text, "hosted_page", "url")) << text;
  }
}

}  // namespace
}  // namespace kl::chargebee
