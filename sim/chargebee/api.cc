#include "sim/chargebee/api.h"

#include <ctime>

#include "base/hash.h"
#include "base/secret.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

net::Response ToResponse(const ApiAnswer& answer) {
  return net::JsonResponse(answer.status, answer.body);
}

net::Response Refusal(int status, std::string type, std::string code, std::string message) {
  return net::JsonResponse(
      status, RenderError({status, std::move(type), std::move(code), std::move(message), {}}));
}

// User = key, password empty.
bool Authentic(const net::Request& request, const SimulatorOptions& options) {
  auto header = request.headers.Find("Authorization");
  if (!header || !header->starts_with("Basic ")) return false;
  auto plain = Base64Decode(header->substr(6));
  return plain && ConstantTimeEqual(*plain, options.api_key + ":");
}

net::Response WrongKey() {
  return Refusal(401, "untyped", "api_authentication_failed",
                 "Sorry, authentication failed. Invalid API key");
}

net::Response RateLimited(std::optional<int> retry_after) {
  net::Response response = Refusal(429, "untyped", "api_request_limit_exceeded",
                                   "Sorry, too many requests. Try again later");
  if (retry_after) response.headers.Set("Retry-After", std::to_string(*retry_after));
  return response;
}

// Headers by which a caller keeps events from being delivered or mailed about.
Origin OriginOf(const net::Request& request, const SimulatorOptions& options) {
  Origin origin{"api", options.api_key_name, false, false};
  auto off = [&](std::string_view name) {
    auto value = request.headers.Find(name);
    return value && *value == "all-disabled";
  };
  const bool all = off("chargebee-event-actions");
  origin.skip_webhooks = all || off("chargebee-event-webhook");
  origin.skip_emails = all || off("chargebee-event-email");
  return origin;
}

// Official clients send a form content type on GET too, and POST without a body; so the type is not
// looked at.
Params ReadParams(const net::Request& request) {
  auto pairs = net::ParseForm(request.query());
  if (request.method == "POST") {
    for (auto& pair : net::ParseForm(request.body)) pairs.push_back(std::move(pair));
  }
  return Params(std::move(pairs));
}

void Count(Simulator& simulator, const std::string& route, int status) {
  ApiCounters& counters = simulator.counters();
  ++counters.total;
  ++counters.by_route[route];
  ++counters.by_status[status];
}

// The answer to a call that is admitted: a stored one, or the handler's.
net::Response Serve(Simulator& simulator, const net::Request& request,
                    const ApiRouter::Match& match, Site& site) {
  const Params params = ReadParams(request);
  const ApiCall call{simulator, site, params, match.args, OriginOf(request, simulator.options())};
  auto key = request.headers.Find("chargebee-idempotency-key");
  if (request.method != "POST" || !key || key->empty()) {
    return ToResponse(match.route->handler(call));
  }
  // Errors are stored as well: the same key gets the same refusal.
  const std::string payload = request.target + "\n" + request.body;
  StoredAnswer stored;
  switch (simulator.idempotency().Check(std::string(*key), payload, site.now_ms(), stored)) {
    case IdempotencyStore::Seen::kOtherPayload:
      return Refusal(422, "invalid_request", "unable_to_process_request",
                     "The idempotency key was used with another payload");
    case IdempotencyStore::Seen::kReplay: {
      net::Response response = net::JsonResponse(stored.status, stored.body);
      response.headers.Set("chargebee-idempotency-replayed", "true");
      return response;
    }
    case IdempotencyStore::Seen::kNew: break;
  }
  ApiAnswer answer = match.route->handler(call);
  simulator.idempotency().Put(std::string(*key), payload, site.now_ms(),
                              {answer.status, answer.body});
  return ToResponse(answer);
}

net::Response HtmlError() {
  return net::TextResponse(503,
                           "<html><head><title>503 Service Unavailable</title></head><body>"
                           "<h1>Service Unavailable</h1></body></html>",
                           "text/html");
}

Task<net::Response> Misanswer(Simulator& simulator, ApiFault fault) {
  switch (fault.answer) {
    case BadAnswer::kRateLimited: co_return RateLimited(fault.retry_after);
    case BadAnswer::kServerError:
      co_return Refusal(500, "operation_failed", "internal_error", "Sorry, something went wrong");
    case BadAnswer::kHtml: co_return HtmlError();
    case BadAnswer::kWrongKey: co_return WrongKey();
    case BadAnswer::kNoAnswer: {
      // Longer than anybody waits; ends with the connection.
      co_await Sleep(simulator.loop(), std::chrono::hours(1));
      co_return HtmlError();
    }
    case BadAnswer::kEmptyList: co_return net::JsonResponse(200, R"({"list":[]})");
    case BadAnswer::kOtherSite: break;
  }
  co_return WrongKey();
}

// Collections are read by paths without an id.
bool IsList(const ApiRouter::Match& match) {
  return match.route->method == "GET" && match.args.empty();
}

// Unauthenticated calls are refused before they count against the limit.
std::optional<net::Response> Admit(Simulator& simulator, const net::Request& request) {
  if (!Authentic(request, simulator.options())) return WrongKey();
  auto wait = simulator.rate_limit().Refuse(simulator.loop().Monotonic());
  if (!wait && request.method == "POST" && !simulator.options().api_key_writes) {
    return Refusal(403, "invalid_request", "api_authorization_failed",
                   "Sorry, authorization failed. The key does not have the required permissions");
  }
  if (!wait) return std::nullopt;
  const int seconds = static_cast<int>((wait->count() + 999) / 1000);
  return RateLimited(simulator.retry_after_header() ? std::optional(seconds) : std::nullopt);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string HttpDate(Seconds at) {
  const std::time_t seconds = at;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

Task<net::Response> Answer(Simulator& simulator, net::Request request, std::string path) {
  auto match = TheApiRouter().Find(request.method, PathSegments(path));
  const std::string name =
      request.method + " " + (match.route ? "/" + match.route->pattern : std::string("(unknown)"));
  if (simulator.read_faults().api_delay.count() > 0) {
    co_await Sleep(simulator.loop(), simulator.read_faults().api_delay);
  }
  if (auto refused = Admit(simulator, request)) {
    Count(simulator, name, refused->status);
    co_return std::move(*refused);
  }
  if (!match.route) {
    const bool known_method = request.method == "GET" || request.method == "POST";
    Count(simulator, name, known_method ? 404 : 405);
    if (known_method) co_return ToResponse(ApiFailure(NotFound("path", path).error()));
    co_return Refusal(405, "invalid_request", "http_method_not_supported", "Only GET and POST");
  }
  // Another site's key opens another site's data: the call is served, by a site that knows none of
  // our ids. Every other fault spoils the answer, before or after the call is carried out.
  auto fault = simulator.api_faults().Take(request.method, path, IsList(match));
  const bool elsewhere = fault && fault->answer == BadAnswer::kOtherSite;
  Site& site = elsewhere ? simulator.other_site() : simulator.site();
  std::optional<net::Response> response;
  if (!fault || fault->after || elsewhere) response = Serve(simulator, request, match, site);
  if (fault && !elsewhere) {
    if (fault->answer == BadAnswer::kNoAnswer) Count(simulator, name, 0);
    net::Response bad = co_await Misanswer(simulator, *fault);
    response = std::move(bad);
  }
  Count(simulator, name, response->status);
  co_return std::move(*response);
}

}  // namespace

const ApiRouter& TheApiRouter() {
  static const ApiRouter router = [] {
    ApiRouter r;
    AddSubscriptionCalls(r);
    AddChangeCalls(r);
    AddCatalogCalls(r);
    AddCatalogChangeCalls(r);
    AddCustomerCalls(r);
    AddEventCalls(r);
    AddHostedCalls(r);
    return r;
  }();
  return router;
}

Task<net::Response> HandleApi(Simulator& simulator, net::Request request, std::string path) {
  net::Response response = co_await Answer(simulator, std::move(request), std::move(path));
  response.headers.Set("Date", HttpDate(simulator.site().now()));
  co_return response;
}

ApiAnswer ApiFailure(const ApiError& error) { return {error.status, RenderError(error)}; }

ApiAnswer SubscriptionAnswer(const ApiCall& call, const Site::Updated& result) {
  if (!result) return ApiFailure(result.error());
  const Subscription& s = **result;
  JsonObject out;
  out.Raw("subscription", RenderSubscription(s));
  if (const Customer* customer = call.site.FindCustomer(s.customer_id)) {
    out.Raw("customer", RenderCustomer(*customer));
  }
  return {200, out.str()};
}

ApiResult<ListRequest> ReadListRequest(const Params& params,
                                       const std::vector<std::string>& fields) {
  ListRequest request;
  request.filters = ParseFilters(params, fields);
  if (const std::string* limit = params.Find("limit")) {
    auto number = ParseNumber(*limit);
    if (!number || *number < 1 || *number > 100) {
      return WrongValue("limit", "must be between 1 and 100");
    }
    request.limit = static_cast<int>(*number);
  }
  if (const std::string* offset = params.Find("offset")) {
    request.after = DecodeCursor(*offset);
    if (!request.after) return WrongValue("offset", "is not valid");
  }
  for (const char* direction : {"asc", "desc"}) {
    const std::string* by = params.Find("sort_by[" + std::string(direction) + "]");
    if (!by) continue;
    request.descending = std::string_view(direction) == "desc";
    request.by_update = *by == "updated_at";
  }
  request.include_deleted = params.Flag("include_deleted").value_or(false);
  return request;
}

std::string ListBody(const std::vector<std::string>& entries,
                     const std::optional<std::string>& next_offset) {
  JsonObject out;
  out.Raw("list", JsonArray(entries));
  if (next_offset) out.Text("next_offset", *next_offset);
  return out.str();
}

ApiAnswer SmallList(const ApiCall& call, const std::vector<std::string>& entries) {
  auto request = ReadListRequest(call.params, {});
  if (!request) return ApiFailure(request.error());
  std::size_t begin = request->after ? static_cast<std::size_t>(request->after->key) : 0;
  begin = std::min(begin, entries.size());
  const std::size_t end = std::min(entries.size(), begin + request->limit);
  std::optional<std::string> next;
  if (end < entries.size()) next = EncodeCursor({static_cast<std::int64_t>(end), 0});
  return {200, ListBody({entries.begin() + begin, entries.begin() + end}, next)};
}

}  // namespace kl::chargebee_sim
