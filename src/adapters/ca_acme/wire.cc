#include "adapters/ca_acme/wire.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace kl::acme {
namespace {

namespace json = boost::json;

constexpr std::string_view kErrorPrefix = "urn:ietf:params:acme:error:";
constexpr std::size_t kDetailBytesMax = 400;

std::string Text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  const json::string* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : "";
}

Result<json::object> ParseObject(const std::string& text, std::string_view what) {
  boost::system::error_code error;
  json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object()) {
    return Fail(ErrorKind::kUnavailable,
                "the certificate authority's " + std::string(what) + " is no JSON object");
  }
  return std::move(parsed.as_object());
}

std::string OneLine(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20; }, ' ');
  return text.substr(0, kDetailBytesMax);
}

// "unauthorized: 203.0.113.7: Invalid response from http://...", its first cause where it has some.
std::string Describe(const json::object& problem) {
  std::string type = Text(problem, "type");
  if (type.starts_with(kErrorPrefix)) type.erase(0, kErrorPrefix.size());
  std::string out = type + ": " + Text(problem, "detail");
  const json::value* causes = problem.if_contains("subproblems");
  if (causes && causes->is_array() && !causes->get_array().empty() &&
      causes->get_array().front().is_object()) {
    out += ": " + Text(causes->get_array().front().get_object(), "detail");
  }
  return OneLine(std::move(out));
}

std::string ProblemIn(const json::object& object) {
  const json::value* found = object.if_contains("error");
  return found && found->is_object() ? Describe(found->get_object()) : "";
}

ErrorKind KindOf(std::string_view type, int status) {
  static constexpr std::string_view kOurs[] = {
      "malformed",      "accountDoesNotExist", "userActionRequired",   "externalAccountRequired",
      "invalidContact", "unsupportedContact",  "badSignatureAlgorithm"};
  if (status == 429 || type == "rateLimited") return ErrorKind::kRateLimited;
  if (status >= 500) return ErrorKind::kUnavailable;
  if (std::ranges::find(kOurs, type) != std::end(kOurs) || status == 404 || status == 405) {
    return ErrorKind::kInvalid;
  }
  return ErrorKind::kDenied;
}

}  // namespace

Result<Directory> ParseDirectory(const std::string& text) {
  KL_TRY(json::object object, ParseObject(text, "directory"));
  Directory out{Text(object, "newNonce"), Text(object, "newAccount"), Text(object, "newOrder")};
  if (out.new_nonce.empty() || out.new_account.empty() || out.new_order.empty()) {
    return Fail(ErrorKind::kUnavailable, "the certificate authority's directory lacks an entry");
  }
  return out;
}

Result<OrderState> ParseOrder(const std::string& text) {
  KL_TRY(json::object object, ParseObject(text, "order"));
  OrderState out{.status = Text(object, "status"),
                 .finalize = Text(object, "finalize"),
                 .certificate = Text(object, "certificate"),
                 .problem = ProblemIn(object)};
  if (const json::value* list = object.if_contains("authorizations"); list && list->is_array()) {
    for (const json::value& each : list->get_array()) {
      if (each.is_string()) out.authorizations.emplace_back(each.get_string());
    }
  }
  return out;
}

Result<Authorization> ParseAuthorization(const std::string& text) {
  KL_TRY(json::object object, ParseObject(text, "authorization"));
  Authorization out{.status = Text(object, "status")};
  const json::value* list = object.if_contains("challenges");
  if (!list || !list->is_array()) return out;
  for (const json::value& each : list->get_array()) {
    if (!each.is_object()) continue;
    const json::object& challenge = each.get_object();
    if (out.problem.empty()) out.problem = ProblemIn(challenge);
    if (Text(challenge, "type") == "http-01") {
      out.http = Challenge{Text(challenge, "url"), Text(challenge, "token")};
    }
  }
  return out;
}

std::string NewAccount(const std::string& email) {
  json::object out = {{"termsOfServiceAgreed", true}};
  if (!email.empty()) out["contact"] = json::array{"mailto:" + email};
  return json::serialize(out);
}

std::string NewOrder(const std::string& host) {
  const json::object name = {{"type", "dns"}, {"value", host}};
  return json::serialize(json::object{{"identifiers", json::array{name}}});
}

std::string Finalize(const std::string& request_der) {
  return json::serialize(json::object{{"csr", Base64Url(request_der)}});
}

std::string Sign(const SigningKey& key, const Signed& where, std::string_view payload) {
  json::object head = {{"alg", "ES256"}, {"nonce", where.nonce}, {"url", where.url}};
  if (where.account.empty()) {
    head["jwk"] = json::parse(key.Jwk());
  } else {
    head["kid"] = where.account;
  }
  const std::string protect = Base64Url(json::serialize(head));
  const std::string body = Base64Url(payload);
  return json::serialize(json::object{{"protected", protect},
                                      {"payload", body},
                                      {"signature", Base64Url(key.Sign(protect + "." + body))}});
}

Error ProblemOf(const net::Response& response) {
  std::string type;
  std::string text = "status " + std::to_string(response.status);
  boost::system::error_code error;
  const json::value parsed = json::parse(response.body, error);
  if (!error && parsed.is_object()) {
    type = Text(parsed.get_object(), "type");
    if (type.starts_with(kErrorPrefix)) type.erase(0, kErrorPrefix.size());
    text = Describe(parsed.get_object());
  }
  Error out{KindOf(type, response.status), "the certificate authority answered: " + text, {}, {}};
  out.retry_after = RetryAfter(response);
  return out;
}

bool IsBadNonce(const net::Response& response) {
  return response.status == 400 &&
         response.body.find("urn:ietf:params:acme:error:badNonce") != std::string::npos;
}

std::optional<Duration> RetryAfter(const net::Response& response) {
  const auto header = response.headers.Find("Retry-After");
  if (!header) return std::nullopt;
  int seconds = 0;
  auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc() || end != header->data() + header->size() || seconds < 0) {
    return std::nullopt;
  }
  return std::min<Duration>(std::chrono::seconds(seconds), std::chrono::hours(24));
}

}  // namespace kl::acme
