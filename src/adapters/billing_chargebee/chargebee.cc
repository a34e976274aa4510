#include "adapters/billing_chargebee/chargebee.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/log.h"

namespace kl::chargebee {
namespace {

constexpr char kPageSize[] = "100";            // the default is 10
constexpr std::size_t kRequestLineMax = 6000;  // longer ones are refused on the way
constexpr std::int64_t kOverlapSeconds = 120;
constexpr Duration kRefusedWait = std::chrono::seconds(5);  // 429 without Retry-After

std::string JsonList(const std::vector<std::string>& ids) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "[";
  for (const std::string& id : ids) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : id) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20) {
        out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "]";
}

std::optional<Duration> RetryAfter(const net::Headers& headers) {
  auto value = headers.Find("retry-after");
  if (!value) return std::nullopt;
  int seconds = 0;
  auto [end, ec] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (ec != std::errc() || end != value->data() + value->size() || seconds < 0) return std::nullopt;
  return Duration(std::chrono::seconds(std::min(seconds, 3600)));
}

// "https://host/api/v2" -> ("https://host", "/api/v2")
std::pair<std::string, std::string> SplitUrl(const std::string& url) {
  const auto scheme = url.find("://");
  const auto slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (slash == std::string::npos) return {url, ""};
  std::string path = url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return {url.substr(0, slash), path};
}

std::string UrlOf(const Options& options) {
  if (!options.api_url.empty()) return options.api_url;
  return "https://" + options.site + ".chargebee.com/api/v2";
}

}  // namespace

Cursor Cursor::Parse(std::string_view text) {
  Cursor cursor;
  std::int64_t* const numbers[] = {&cursor.since, &cursor.newest, &cursor.sequence};
  for (std::int64_t* number : numbers) {
    const auto bar = text.find('|');
    if (bar == std::string_view::npos) return {};
    std::from_chars(text.data(), text.data() + bar, *number);
    text.remove_prefix(bar + 1);
  }
  cursor.offset = text;
  return cursor;
}

std::string Cursor::Text() const {
  return std::to_string(since) + "|" + std::to_string(newest) + "|" + std::to_string(sequence) +
         "|" + offset;
}

Chargebee::Chargebee(net::IoLoop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      context_{options_.site, options_.domain_field},
      budget_(loop, options_.rate_per_minute) {
  auto [base, path] = SplitUrl(UrlOf(options_));
  base_path_ = path;
  client_ = net::HttpClient::Make(loop, {.base = base, .connections_max = 8});
}

Task<Result<std::string>> Chargebee::Send(Call call) {
  co_await budget_.Take(call.priority);
  ++calls_;
  net::Request request{.method = call.method, .target = base_path_ + call.path};
  request.headers.Set("Authorization", "Basic " + Base64(options_.api_key.Reveal() + ":"));
  request.headers.Set("Accept", "application/json");
  if (call.method == "GET") {
    if (!call.params.empty()) request.target += "?" + net::EncodeForm(call.params);
  } else {
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    request.body = net::EncodeForm(call.params);
  }
  if (!call.idempotency.empty()) request.headers.Set("chargebee-idempotency-key", call.idempotency);
  auto response = co_await client_->Send(std::move(request), options_.timeout);
  if (!response) co_return Wrap(response.error(), call.method + " " + call.path);
  if (response->status >= 200 && response->status < 300) co_return std::move(response->body);
  Error error = ParseError(response->status, response->body, options_.domain_field);
  error.message = call.method + " " + call.path + ": " + error.message;
  error.retry_after = RetryAfter(response->headers);
  // To whoever only reads, a conflict is the provider's own affair.
  if (call.method == "GET" && error.kind == ErrorKind::kConflict) {
    error.kind = ErrorKind::kUnavailable;
  }
  if (response->status == 429) {
    const bool lock = response->body.find("lock_timeout") != std::string::npos;
    if (!error.retry_after) error.retry_after = lock ? Duration(500) : kRefusedWait;
    if (!lock) budget_.Refused(*error.retry_after);
  }
  co_return std::unexpected(std::move(error));
}

Task<Result<std::vector<BillingSubscription>>> Chargebee::ListAll(Params params,
                                                                  CallPriority priority) {
  std::vector<BillingSubscription> all;
  params.emplace_back("limit", kPageSize);
  const std::size_t fixed = params.size();
  for (;;) {
    Call call{.path = "/subscriptions", .params = params, .priority = priority};
    KL_CO_TRY(std::string body, co_await Send(std::move(call)));
    auto page = ParseSubscriptions(body, context_);
    // What the provider sends and we cannot read is its passing fault, never an answer.
    if (!page) co_return Fail(ErrorKind::kUnavailable, "subscriptions: " + page.error().message);
    if (!page->unreadable.empty()) {
      co_return Fail(ErrorKind::kUnavailable, "subscriptions: " + page->unreadable.front());
    }
    for (auto& item : page->items) all.push_back(std::move(item));
    if (page->next_offset.empty()) co_return all;
    params.resize(fixed);
    params.emplace_back("offset", page->next_offset);
  }
}

Task<Result<Provider::ReadAnswer>> Chargebee::Read(std::vector<std::string> ids,
                                                   CallPriority priority) {
  ReadAnswer answer;
  for (std::size_t begin = 0; begin < ids.size();) {
    std::vector<std::string> part;
    std::size_t line = 200;
    while (begin < ids.size() && part.size() < 100) {
      const std::size_t cost = net::PercentEncode(ids[begin]).size() + 9;
      if (line + cost > kRequestLineMax && !part.empty()) break;
      line += cost;
      part.push_back(ids[begin++]);
    }
    Params params{{"id[in]", JsonList(part)}};
    auto found = co_await ListAll(std::move(params), priority);
    if (!found) co_return std::unexpected(found.error());
    std::set<std::string> present;
    for (auto& subscription : *found) {
      // A filter that was ignored returns everything: take only what was asked for.
      if (std::find(part.begin(), part.end(), subscription.key.id) == part.end()) continue;
      present.insert(subscription.key.id);
      answer.found.push_back(std::move(subscription));
    }
    for (const std::string& id : part) {
      if (!present.contains(id)) answer.absent.push_back(id);
    }
  }
  co_return answer;
}

Task<Result<Provider::ReadAnswer>> Chargebee::Confirm(std::string id) {
  Params params{{"id[is]", id}, {"include_deleted", "true"}};
  KL_CO_TRY(auto found, co_await ListAll(std::move(params), CallPriority::kHint));
  ReadAnswer answer;
  for (auto& subscription : found) {
    if (subscription.key.id == id) answer.found.push_back(std::move(subscription));
  }
  if (answer.found.empty()) answer.absent.push_back(id);
  co_return answer;
}

Task<Result<std::vector<Entitlement>>> Chargebee::Entitlements(std::string id) {
  std::vector<Entitlement> all;
  std::string offset;
  do {
    Call call{.path = "/subscriptions/" + net::PercentEncode(id) + "/subscription_entitlements",
              .params = {{"limit", kPageSize}},
              .priority = CallPriority::kEntitlements};
    if (!offset.empty()) call.params.emplace_back("offset", offset);
    KL_CO_TRY(std::string body, co_await Send(std::move(call)));
    auto page = ParseEntitlements(body);
    if (!page) co_return Fail(ErrorKind::kUnavailable, "entitlements: " + page.error().message);
    for (auto& item : page->items) all.push_back(std::move(item));
    offset = page->next_offset;
  } while (!offset.empty());
  co_return all;
}

// Only the field is sent: items stay as they are, no charge, no invoice; the customer's e-mail is
// not suppressed.
Task<Result<Provider::Written>> Chargebee::PublishDomain(std::string id, std::string value,
                                                         std::string idempotency) {
  Call call{.method = "POST",
            .path = "/subscriptions/" + net::PercentEncode(id) + "/update_for_items",
            .params = {{options_.domain_field, value}},
            .priority = CallPriority::kWriteBack,
            .idempotency = idempotency};
  KL_CO_TRY(std::string body, co_await Send(std::move(call)));
  auto after = ParseSubscription(body, context_);
  if (!after) co_return Fail(ErrorKind::kUnavailable, "update: " + after.error().message);
  co_return Written{std::move(*after)};
}

// Each is told once; its time counts, or a list that ends with it would be read again for ever.
void Chargebee::Skip(const EventListPage& list, Cursor& cursor) {
  for (const auto& each : list.unreadable) {
    const auto at =
        std::chrono::duration_cast<std::chrono::seconds>(each.occurred.time_since_epoch());
    cursor.newest = std::max<std::int64_t>(cursor.newest, at.count());
    if (!seen_.emplace(each.id, each.occurred).second) continue;
    Log(LogLevel::kWarn, "event cannot be read and is left out; the sweep finds what it was about",
        {{"event", each.id}, {"why", each.why}});
  }
}

// The overlap is read again and again: events handed out before are dropped, but only once the
// caller came back with the cursor that says they are durable.
ProviderFeed::EventPage Chargebee::Fresh(EventListPage list, Cursor cursor) {
  EventPage page{.more = !cursor.offset.empty()};
  for (std::size_t i = 0; i < list.events.size(); ++i) {
    if (seen_.contains(list.events[i].id)) continue;
    page.events.push_back(std::move(list.events[i]));
    page.bodies.push_back(std::move(list.bodies[i]));
  }
  if (!page.events.empty()) ++cursor.sequence;
  page.cursor = cursor.Text();
  offered_cursor_ = page.cursor;
  offered_.clear();
  for (const ParsedEvent& event : page.events) offered_.emplace(event.id, event.occurred);
  return page;
}

Task<Result<ProviderFeed::EventPage>> Chargebee::Changes(std::string cursor_text) {
  if (cursor_text == offered_cursor_) seen_.merge(offered_);
  Cursor cursor = Cursor::Parse(cursor_text);
  const WallTime forget = WallTime(std::chrono::seconds(cursor.since - 2 * kOverlapSeconds));
  std::erase_if(seen_, [forget](const auto& each) { return each.second < forget; });
  if (cursor.since == 0) {
    cursor.since =
        std::chrono::duration_cast<std::chrono::seconds>(loop_.Now().time_since_epoch()).count();
    cursor.newest = cursor.since;
  }
  Call call{.path = "/events",
            .params = {{"limit", kPageSize},
                       {"sort_by[asc]", "occurred_at"},
                       {"occurred_at[after]", std::to_string(cursor.since - kOverlapSeconds)}},
            .priority = CallPriority::kCursor};
  if (std::exchange(refused_events_, {}) == cursor_text) cursor.offset.clear();
  if (!cursor.offset.empty()) call.params.emplace_back("offset", cursor.offset);
  auto body = co_await Send(std::move(call));
  if (!body) {
    // The offset may be weeks old, or of another order of the list.
    const bool refused = body.error().kind == ErrorKind::kInvalid && !cursor.offset.empty();
    if (refused) refused_events_ = cursor_text;
    co_return std::unexpected(body.error());
  }
  auto list = ParseEvents(*body, options_.site);
  if (!list) co_return Fail(ErrorKind::kUnavailable, "events: " + list.error().message);
  for (const ParsedEvent& event : list->events) {
    const auto at =
        std::chrono::duration_cast<std::chrono::seconds>(event.occurred.time_since_epoch());
    cursor.newest = std::max<std::int64_t>(cursor.newest, at.count());
  }
  Skip(*list, cursor);
  cursor.offset = list->next_offset;
  if (cursor.offset.empty()) cursor.since = cursor.newest;
  co_return Fresh(std::move(*list), std::move(cursor));
}

Task<Result<ProviderFeed::SweepPage>> Chargebee::Sweep(std::string cursor) {
  Call call{
      .path = "/subscriptions",
      .params = {{"limit", kPageSize}, {"include_deleted", "true"}, {"sort_by[asc]", "created_at"}},
      .priority = CallPriority::kSweep};
  // Refused before: from the start.
  if (std::exchange(refused_sweep_, {}) == cursor) cursor.clear();
  if (!cursor.empty()) call.params.emplace_back("offset", cursor);
  auto body = co_await Send(std::move(call));
  if (!body) {
    if (body.error().kind == ErrorKind::kInvalid) refused_sweep_ = cursor;
    co_return std::unexpected(body.error());
  }
  auto page = ParseSubscriptions(*body, context_);
  if (!page) co_return Fail(ErrorKind::kUnavailable, "subscriptions: " + page.error().message);
  for (const std::string& why : page->unreadable) {
    Log(LogLevel::kWarn, "subscription of the list cannot be read and is left out", {{"why", why}});
  }
  if (page->items.empty() && !page->unreadable.empty()) {
    co_return Fail(ErrorKind::kUnavailable, "subscriptions: " + page->unreadable.front());
  }
  co_return SweepPage{.subscriptions = std::move(page->items), .cursor = page->next_offset};
}

Task<Result<std::vector<std::string>>> Chargebee::OfCustomer(std::string customer_id) {
  Params params{{"customer_id[is]", customer_id}, {"include_deleted", "true"}};
  KL_CO_TRY(auto found, co_await ListAll(std::move(params), CallPriority::kHint));
  std::vector<std::string> ids;
  for (const auto& subscription : found) {
    if (subscription.customer_id == customer_id) ids.push_back(subscription.key.id);
  }
  co_return ids;
}

Task<Result<std::string>> Chargebee::Checkout(std::string plan) {
  Call call{.method = "POST",
            .path = "/hosted_pages/checkout_new_for_items",
            .params = {{"subscription_items[item_price_id][0]", plan}}};
  KL_CO_TRY(std::string body, co_await Send(std::move(call)));
  co_return ParseString(body, "hosted_page", "url");
}

Task<Result<std::string>> Chargebee::Portal(std::string customer_id) {
  Call call{
      .method = "POST", .path = "/portal_sessions", .params = {{"customer[id]", customer_id}}};
  KL_CO_TRY(std::string body, co_await Send(std::move(call)));
  co_return ParseString(body, "portal_session", "access_url");
}

}  // namespace kl::chargebee
