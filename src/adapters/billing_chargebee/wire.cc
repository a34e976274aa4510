#include "adapters/billing_chargebee/wire.h"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "adapters/billing_chargebee/options.h"

namespace kl::chargebee {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kListDepthMax = 128;  // an event that is refused alone spoils no list
constexpr std::size_t kIdMax = 100;         // the provider's are of at most 50 characters

Result<json::value> Parse(std::string_view text, std::size_t depth = kDepthMax) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = depth;
  json::value value = json::parse(text, ec, {}, options);
  if (ec) return Fail(ErrorKind::kInvalid, "not JSON: " + ec.message());
  return value;
}

const json::object* Object(const json::value& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const json::value* found = value.as_object().if_contains(key);
  return found ? found->if_object() : nullptr;
}

std::string Text(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  if (!found || !found->is_string()) return {};
  return std::string(found->as_string());
}

std::int64_t Number(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  if (!found || !found->is_number()) return 0;
  boost::system::error_code ec;
  const auto number = found->to_number<std::int64_t>(ec);
  return ec ? 0 : number;
}

bool Flag(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_bool() && found->as_bool();
}

// As a person would write it; a company has no first and last name.
std::string NameOf(const json::object& customer) {
  std::string name = Text(customer, "first_name");
  const std::string last = Text(customer, "last_name");
  if (!name.empty() && !last.empty()) name += ' ';
  name += last;
  return name.empty() ? Text(customer, "company") : name;
}

WallTime Seconds(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

// The run rule works on these; a word that is not here changes nothing.
BillingState StateOf(const json::object& subscription) {
  if (Flag(subscription, "deleted") || Flag(subscription, "decommissioned"))
    return BillingState::kDeleted;
  static const std::unordered_map<std::string, BillingState> kStates = {
      {"future", BillingState::kFuture},          {"in_trial", BillingState::kTrial},
      {"active", BillingState::kActive},          {"non_renewing", BillingState::kEnding},
      {"paused", BillingState::kPaused},          {"cancelled", BillingState::kCancelled},
      {"transferred", BillingState::kTransferred}};
  auto it = kStates.find(Text(subscription, "status"));
  return it == kStates.end() ? BillingState::kUnknown : it->second;
}

std::vector<BillingItem> ItemsOf(const json::object& subscription) {
  std::vector<BillingItem> items;
  const json::value* list = subscription.if_contains("subscription_items");
  if (!list || !list->is_array()) return items;
  for (const json::value& each : list->as_array()) {
    const json::object* item = each.if_object();
    if (!item) continue;
    const std::int64_t quantity = Number(*item, "quantity");
    items.push_back({.price_id = Text(*item, "item_price_id"),
                     .item_id = Text(*item, "item_id"),
                     .is_plan = Text(*item, "item_type") == "plan",
                     .quantity = quantity > 0 ? quantity : 1});
  }
  return items;
}

Result<BillingSubscription> ToSubscription(const json::value& entry, const WireContext& context) {
  const json::object* subscription = Object(entry, "subscription");
  if (!subscription || Text(*subscription, "id").empty()) {
    return Fail(ErrorKind::kInvalid, "answer has no subscription with an id", "subscription");
  }
  BillingSubscription out;
  out.key = {kProviderName, context.site, Text(*subscription, "id")};
  out.customer_id = Text(*subscription, "customer_id");
  out.raw_status = Text(*subscription, "status");
  out.state = StateOf(*subscription);
  if (out.state == BillingState::kDeleted) out.raw_status += ", deleted";
  out.items = ItemsOf(*subscription);
  out.scheduled_changes = Flag(*subscription, "has_scheduled_changes");
  out.version = Number(*subscription, "resource_version");
  if (auto at = Number(*subscription, "cancelled_at")) out.ends_at = Seconds(at);
  for (const auto& [key, value] : *subscription) {
    if (!key.starts_with("cf_") || !value.is_string()) continue;
    if (key == context.domain_field) {
      if (!value.as_string().empty()) out.domain = std::string(value.as_string());
    } else {
      out.fields[std::string(key)] = std::string(value.as_string());
    }
  }
  if (const json::object* customer = Object(entry, "customer")) {
    out.customer_email = Text(*customer, "email");
    out.customer_name = NameOf(*customer);
  }
  return out;
}

const json::array* List(const json::value& page) {
  if (!page.is_object()) return nullptr;
  const json::value* list = page.as_object().if_contains("list");
  return list ? list->if_array() : nullptr;
}

std::vector<std::string> Ids(const json::object& object, std::string_view key) {
  std::vector<std::string> ids;
  const json::value* list = object.if_contains(key);
  if (!list || !list->is_array()) return ids;
  for (const json::value& each : list->as_array()) {
    if (each.is_string()) ids.emplace_back(each.as_string());
  }
  return ids;
}

// Anyone may send an event: what cannot be an id is never asked for.
bool IsId(std::string_view text) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= kIdMax && std::ranges::none_of(text, is_control);
}

// Which hints an event leaves. Its name never decides what happens, only whose truth is read again.
void AddHints(const json::object& event, const std::string& site, ParsedEvent& out) {
  const json::value* content_value = event.if_contains("content");
  const json::object* content = content_value ? content_value->if_object() : nullptr;
  if (!content) return;
  Hint base{.provider = kProviderName,
            .site = site,
            .event_id = out.id,
            .event_type = out.type,
            .occurred = out.occurred};
  const std::string& type = out.type;
  if (type == "customer_deleted") {
    if (const json::object* customer = Object(*content_value, "customer")) {
      base.kind = HintKind::kCustomer;
      base.id = Text(*customer, "id");
    }
    if (!base.id.empty()) out.hints.push_back(base);
    return;
  }
  const bool entitlements =
      type.find("entitlement") != std::string::npos ||
      (type.starts_with("feature_") && content->contains("impacted_subscription"));
  base.entitlements = entitlements;
  if (!entitlements && type.starts_with("subscription_")) {
    const json::object* subscription = Object(*content_value, "subscription");
    if (!subscription || Text(*subscription, "id").empty()) return;
    base.id = Text(*subscription, "id");
    base.version = Number(*subscription, "resource_version");
    out.hints.push_back(base);
    return;
  }
  if (!entitlements) return;
  for (std::string_view detail :
       {"subscription_entitlements_created_detail", "subscription_entitlements_updated_detail"}) {
    if (const json::object* one = Object(*content_value, detail)) {
      base.id = Text(*one, "subscription_id");
      if (!base.id.empty()) out.hints.push_back(base);
      return;
    }
  }
  std::vector<std::string> ids;
  const json::object* impacted = Object(*content_value, "impacted_subscription");
  if (impacted) ids = Ids(*impacted, "subscription_ids");
  const bool complete =
      impacted && Number(*impacted, "count") == static_cast<std::int64_t>(ids.size());
  if (!complete) {
    base.kind = HintKind::kEverything;
    out.hints.push_back(base);
    return;
  }
  for (const std::string& id : ids) {
    base.id = id;
    out.hints.push_back(base);
  }
}

Result<ParsedEvent> ToEvent(const json::value& value, const std::string& site) {
  const json::object* event = value.if_object();
  if (!event) return Fail(ErrorKind::kInvalid, "event is not an object");
  ParsedEvent out;
  out.id = Text(*event, "id");
  if (out.id.empty()) return Fail(ErrorKind::kInvalid, "event has no id: expected a string", "id");
  if (out.id.size() > kIdMax)
    return Fail(ErrorKind::kInvalid, "event id is longer than 100 characters", "id");
  out.type = Text(*event, "event_type");
  if (out.type.empty()) {
    return Fail(ErrorKind::kInvalid, "event has no event_type: expected a string", "event_type");
  }
  const json::value* content = event->if_contains("content");
  if (!content || !content->is_object()) {
    return Fail(ErrorKind::kInvalid, "event has no content: expected an object", "content");
  }
  out.occurred = Seconds(Number(*event, "occurred_at"));
  const std::string version = Text(*event, "api_version");
  if (!version.empty() && version != "v2") {
    out.note = "api_version " + version + " is not v2: set the webhook's API version to v2";
    return out;
  }
  AddHints(*event, site, out);
  const auto is_odd = [](const Hint& hint) {
    return hint.kind != HintKind::kEverything && !IsId(hint.id);
  };
  const bool odd = std::erase_if(out.hints, is_odd) > 0;
  out.relevant = !out.hints.empty();
  if (odd) {
    out.note = "what it is about is not an id";
  } else if (!out.relevant) {
    out.note = "this type of event means nothing here";
  }
  return out;
}

}  // namespace

Result<SubscriptionPage> ParseSubscriptions(std::string_view text, const WireContext& context) {
  KL_TRY(json::value value, Parse(text));
  const json::array* list = List(value);
  if (!list) return Fail(ErrorKind::kInvalid, "answer has no list", "list");
  SubscriptionPage page;
  for (const json::value& entry : *list) {
    auto subscription = ToSubscription(entry, context);
    if (subscription) {
      page.items.push_back(std::move(*subscription));
    } else {
      page.unreadable.push_back(subscription.error().message);
    }
  }
  page.next_offset = Text(value.as_object(), "next_offset");
  return page;
}

Result<BillingSubscription> ParseSubscription(std::string_view text, const WireContext& context) {
  KL_TRY(json::value value, Parse(text));
  return ToSubscription(value, context);
}

Result<EntitlementPage> ParseEntitlements(std::string_view text) {
  KL_TRY(json::value value, Parse(text));
  const json::array* list = List(value);
  if (!list) return Fail(ErrorKind::kInvalid, "answer has no list", "list");
  EntitlementPage page;
  for (const json::value& entry : *list) {
    const json::object* one = Object(entry, "subscription_entitlement");
    if (!one) return Fail(ErrorKind::kInvalid, "list has no subscription_entitlement", "list");
    const json::value* enabled = one->if_contains("is_enabled");
    page.items.push_back({.feature = Text(*one, "feature_id"),
                          .value = Text(*one, "value"),
                          .enabled = !enabled || !enabled->is_bool() || enabled->as_bool()});
  }
  page.next_offset = Text(value.as_object(), "next_offset");
  return page;
}

Result<ParsedEvent> ParseEvent(std::string_view text, const std::string& site) {
  KL_TRY(json::value value, Parse(text));
  return ToEvent(value, site);
}

Result<EventListPage> ParseEvents(std::string_view text, const std::string& site) {
  KL_TRY(json::value value, Parse(text, kListDepthMax));
  const json::array* list = List(value);
  if (!list) return Fail(ErrorKind::kInvalid, "answer has no list", "list");
  EventListPage page;
  for (const json::value& entry : *list) {
    const json::object* event = Object(entry, "event");
    if (!event) return Fail(ErrorKind::kInvalid, "list has no event", "list");
    std::string body = json::serialize(*event);
    // As from a webhook: what is kept can be replayed.
    auto parsed = ParseEvent(body, site);
    if (parsed) {
      page.events.push_back(std::move(*parsed));
      page.bodies.push_back(std::move(body));
    } else {
      page.unreadable.push_back({.id = Text(*event, "id").substr(0, kIdMax),
                                 .occurred = Seconds(Number(*event, "occurred_at")),
                                 .why = parsed.error().message});
    }
  }
  page.next_offset = Text(value.as_object(), "next_offset");
  return page;
}

Error ParseError(int status, std::string_view body, const std::string& domain_field) {
  auto parsed = Parse(body);
  const json::object* error = parsed ? parsed->if_object() : nullptr;
  const std::string code = error ? Text(*error, "api_error_code") : "";
  std::string message = error ? Text(*error, "message") : "";
  if (message.empty())
    message = code.empty() ? "the answer is not the provider's error JSON" : code;
  Error out{
      .kind = ErrorKind::kUnavailable,
      .message = "provider answers " + std::to_string(status) + ": " + message.substr(0, 300)};
  if (status == 429) out.kind = ErrorKind::kRateLimited;
  if (status >= 500 || status == 429 || code.empty()) return out;
  switch (status) {
    case 401: out.kind = ErrorKind::kUnauthenticated; break;
    case 403: out.kind = ErrorKind::kDenied; break;
    case 404: out.kind = ErrorKind::kNotFound; break;
    case 409: out.kind = ErrorKind::kConflict; break;
    default: out.kind = ErrorKind::kInvalid;
  }
  const bool names_field = Text(*error, "param").find(domain_field) != std::string::npos ||
                           message.find(domain_field) != std::string::npos;
  if (status != 401 && status != 403 && names_field) {
    out.kind = ErrorKind::kInvalid;
    out.field = "domain";
    out.message +=
        " (create the subscription custom field with API name " + domain_field + " in the console)";
  }
  return out;
}

Result<std::string> ParseString(std::string_view text, std::string_view object,
                                std::string_view key) {
  KL_TRY(json::value value, Parse(text));
  const json::object* found = Object(value, object);
  if (!found || Text(*found, key).empty()) {
    return Fail(ErrorKind::kInvalid,
                "answer has no " + std::string(object) + "." + std::string(key));
  }
  return Text(*found, key);
}

}  // namespace kl::chargebee
