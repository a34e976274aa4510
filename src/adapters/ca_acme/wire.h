// The JSON of ACME (RFC 8555): what is sent, signed, and what is read from answers. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ca_acme/keys.h"
#include "net/http.h"

namespace kl::acme {

struct Directory {
  std::string new_nonce;
  std::string new_account;
  std::string new_order;
};

struct OrderState {
  std::string status;  // pending, ready, processing, valid, invalid
  std::vector<std::string> authorizations;
  std::string finalize;
  std::string certificate;
  std::string problem;  // why it is invalid
};

struct Challenge {
  std::string url;
  std::string token;
};
struct Authorization {
  std::string status;             // pending, valid, invalid, ...
  std::optional<Challenge> http;  // the http-01 challenge
  std::string problem;            // of the challenge that failed
};

// kUnavailable for what is no such document.
Result<Directory> ParseDirectory(const std::string& json);
Result<OrderState> ParseOrder(const std::string& json);
Result<Authorization> ParseAuthorization(const std::string& json);

std::string NewAccount(const std::string& email);
std::string NewOrder(const std::string& host);
std::string Finalize(const std::string& request_der);

// Who signs: the account's URL, or empty for the key itself, before there is an account.
struct Signed {
  std::string url;
  std::string nonce;
  std::string account;
};
// A flattened JWS; an empty payload is a POST that only reads.
std::string Sign(const SigningKey& key, const Signed& where, std::string_view payload);

// The error of an answer that is none of 2xx (kinds: ports/certificates.h).
Error ProblemOf(const net::Response& response);
bool IsBadNonce(const net::Response& response);
// Seconds of a Retry-After header, at most a day; nullopt when there is none or it is a date.
std::optional<Duration> RetryAfter(const net::Response& response);

}  // namespace kl::acme
