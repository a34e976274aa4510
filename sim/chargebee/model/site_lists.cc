// List calls: filters, order, pages, and the past that lagging lists show.
#include <algorithm>

#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {
namespace {

std::optional<std::string> Field(const std::optional<Seconds>& value) {
  return value ? std::optional(std::to_string(*value)) : std::nullopt;
}

// What a filter compares with. The plan stands for all items: it is the first.
std::optional<std::string> SubscriptionField(const Subscription& s, const Catalog& catalog,
                                             std::string_view field) {
  if (field == "id") return s.id;
  if (field == "customer_id") return s.customer_id;
  if (field == "status") return std::string(StatusName(s.status));
  if (field == "item_price_id") return s.items.front().item_price_id;
  if (field == "item_id") {
    const Item* item = catalog.ItemOfPrice(s.items.front().item_price_id);
    return item ? std::optional(item->id) : std::nullopt;
  }
  if (field == "created_at") return std::to_string(s.created_at);
  if (field == "updated_at") return std::to_string(s.updated_at);
  if (field == "activated_at") return Field(s.activated_at);
  if (field == "next_billing_at") return Field(s.next_billing_at);
  if (field == "cancelled_at") return Field(s.cancelled_at);
  if (field == "has_scheduled_changes") return s.scheduled_change ? "true" : "false";
  if (field == "channel") return s.channel;
  if (field == "cancel_reason" && !s.cancel_reason.empty()) return s.cancel_reason;
  if (field == "cancel_reason_code" && !s.cancel_reason_code.empty()) return s.cancel_reason_code;
  return std::nullopt;
}

std::optional<std::string> EventField(const Event& e, std::string_view field) {
  if (field == "id") return e.id;
  if (field == "event_type") return e.type;
  if (field == "source") return e.source;
  if (field == "webhook_status") return e.webhook_status;
  if (field == "occurred_at") return std::to_string(e.occurred_at);
  return std::nullopt;
}

// Sorts what matched and cuts the page after the cursor.
template <class T>
Page<T> Cut(std::vector<std::pair<Cursor, const T*>> found, const ListRequest& request) {
  auto before = [&](const auto& a, const auto& b) {
    return request.descending ? b.first < a.first : a.first < b.first;
  };
  if (request.after) {
    std::erase_if(found, [&](const auto& one) {
      return request.descending ? !(one.first < *request.after) : !(*request.after < one.first);
    });
  }
  const std::size_t size = std::min<std::size_t>(found.size(), request.limit);
  std::partial_sort(found.begin(), found.begin() + size, found.end(), before);
  Page<T> page;
  for (std::size_t i = 0; i < size; ++i) page.items.push_back(found[i].second);
  if (found.size() > size && size > 0) page.next_offset = EncodeCursor(found[size - 1].first);
  return page;
}

}  // namespace

void Site::SetListLag(ListLag lag) {
  lag_ = lag;
  history_.clear();
  if (!lag_.any()) return;
  for (const Subscription* s : order_) history_[s->id].push_back({0, *s});
}

// The state a list shows; null for one that was not there yet.
const Subscription* Site::Visible(const Subscription& subscription) const {
  if (!lag_.any()) return &subscription;
  auto it = history_.find(subscription.id);
  if (it == history_.end()) return &subscription;
  const auto& states = it->second;
  if (lag_.versions > 0) {
    const std::size_t newest = states.size() - 1;
    return &states[newest - std::min<std::size_t>(newest, lag_.versions)].state;
  }
  const std::int64_t until = now_ms() - lag_.age.count();
  for (auto state = states.rbegin(); state != states.rend(); ++state) {
    if (state->visible_from_ms <= until) return &state->state;
  }
  return nullptr;
}

Page<Subscription> Site::ListSubscriptions(const ListRequest& request) const {
  std::vector<std::pair<Cursor, const Subscription*>> found;
  auto consider = [&](const Subscription& latest) {
    const Subscription* s = Visible(latest);
    if (!s || (s->deleted && !request.include_deleted)) return;
    auto read = [&](std::string_view field) { return SubscriptionField(*s, catalog(), field); };
    if (!MatchesAll(request.filters, read)) return;
    found.push_back({{request.by_update ? s->updated_at : s->created_at, s->sequence}, s});
  };
  // Batches of ids are the hot path: they never scan the whole site.
  if (auto ids = ConfinedIds(request.filters)) {
    std::set<std::string> unique(ids->begin(), ids->end());
    for (const auto& id : unique) {
      if (const Subscription* s = FindSubscription(id)) consider(*s);
    }
  } else {
    for (const Subscription* s : order_) consider(*s);
  }
  return Cut(std::move(found), request);
}

Page<Event> Site::ListEvents(const ListRequest& request) const {
  std::vector<std::pair<Cursor, const Event*>> found;
  // The log is in order: an ascending page begins at its cursor and ends one after its limit.
  const std::int64_t until = now_ms() - lag_.age.count();
  for (const Event& event : events_) {
    if (lag_.age.count() > 0 && event.logged_ms > until) continue;
    const Cursor at{event.occurred_at, event.sequence};
    if (request.after && !request.descending && !(*request.after < at)) continue;
    if (request.after && request.descending && !(at < *request.after)) break;
    auto read = [&](std::string_view field) { return EventField(event, field); };
    if (!MatchesAll(request.filters, read)) continue;
    found.push_back({at, &event});
    if (!request.descending && found.size() > static_cast<std::size_t>(request.limit)) break;
  }
  return Cut(std::move(found), request);
}

Page<Customer> Site::ListCustomers(const ListRequest& request) const {
  std::vector<std::pair<Cursor, const Customer*>> found;
  std::uint64_t position = 0;
  for (const auto& [id, customer] : customers_) {
    ++position;
    if (customer.deleted && !request.include_deleted) continue;
    auto read = [&](std::string_view field) -> std::optional<std::string> {
      if (field == "id") return customer.id;
      if (field == "email") return customer.email;
      if (field == "created_at") return std::to_string(customer.created_at);
      if (field == "updated_at") return std::to_string(customer.updated_at);
      return std::nullopt;
    };
    if (!MatchesAll(request.filters, read)) continue;
    found.push_back({{customer.created_at, position}, &customer});
  }
  return Cut(std::move(found), request);
}

}  // namespace kl::chargebee_sim
