#include "sim/chargebee/model/site.h"

#include <algorithm>

#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/merge.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {

Site::Site(SiteOptions options, Random& random, std::function<WallTime()> real_time)
    : options_(std::move(options)), random_(random), real_time_(std::move(real_time)) {}

std::int64_t Site::now_ms() const {
  if (moment_) return *moment_ * 1000;
  return (real_time_() + offset_).time_since_epoch().count();
}

std::string Site::NewId() {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  for (int i = 0; i < 16; ++i) id += kAlphabet[random_.Below(kAlphabet.size())];
  return id;
}

const Subscription* Site::FindSubscription(const std::string& id) const {
  auto it = subscriptions_.find(id);
  return it == subscriptions_.end() ? nullptr : it->second.get();
}

Subscription* Site::Editable(const std::string& id) {
  auto it = subscriptions_.find(id);
  return it == subscriptions_.end() || it->second->deleted ? nullptr : it->second.get();
}

const Customer* Site::FindCustomer(const std::string& id) const {
  auto it = customers_.find(id);
  return it == customers_.end() ? nullptr : &it->second;
}

const Invoice* Site::FindInvoice(const std::string& id) const {
  auto it = invoices_.find(id);
  return it == invoices_.end() ? nullptr : &it->second;
}

const Event* Site::FindEvent(const std::string& id) const {
  auto it = event_sequences_.find(id);
  return it == event_sequences_.end() ? nullptr : &events_[it->second - events_.front().sequence];
}

std::vector<const Subscription*> Site::SubscriptionsOf(const std::string& customer_id) const {
  std::vector<const Subscription*> out;
  for (const Subscription* one : order_) {
    if (one->customer_id == customer_id) out.push_back(one);
  }
  return out;
}

void Site::Commit(Subscription& s) {
  s.updated_at = now();
  s.resource_version = std::max(now_ms(), s.resource_version + 1);
  if (auto it = due_of_.find(s.sequence); it != due_of_.end()) {
    due_.erase({it->second, s.sequence});
    due_of_.erase(it);
  }
  if (auto due = NextDue(s)) {
    due_.insert({due->at, s.sequence});
    due_of_[s.sequence] = due->at;
  }
  // Only while lists lag: a year of renewals of thousands would be a lot to keep for nothing.
  if (lag_.any()) history_[s.id].push_back({now_ms(), s});
}

void Site::TouchCustomer(Customer& customer) {
  customer.updated_at = now();
  customer.resource_version = std::max(now_ms(), customer.resource_version + 1);
}

std::string Site::Content(const Subscription& subscription, const Invoice* invoice) const {
  JsonObject out;
  out.Raw("subscription", RenderSubscription(subscription));
  if (const Customer* customer = FindCustomer(subscription.customer_id)) {
    out.Raw("customer", RenderCustomer(*customer));
  }
  if (invoice) out.Raw("invoice", RenderInvoice(*invoice));
  return out.str();
}

const Event& Site::EmitFor(const Subscription& subscription, std::string type, const Origin& origin,
                           const Invoice* invoice) {
  const bool mails = type == "subscription_changed" && !origin.skip_emails;
  const Event& event =
      Emit(std::move(type), Content(subscription, invoice), subscription.id, origin);
  if (mails) SendMail(subscription, event);
  return event;
}

const Event& Site::Emit(std::string type, std::string content, const std::string& subscription_id,
                        const Origin& origin) {
  Event event;
  event.id = "ev_" + NewId();
  event.sequence = next_event_++;
  // The log is in order of time even when something due a moment ago is only noticed now.
  event.occurred_at = events_.empty() ? now() : std::max(now(), events_.back().occurred_at);
  event.logged_ms = now_ms();
  event.source = origin.source;
  event.user = origin.user;
  event.type = std::move(type);
  event.subscription_id = subscription_id;
  event.content = std::move(content);
  if (origin.skip_webhooks) {
    event.webhook_status = "skipped";
  } else if (!endpoints_.empty()) {
    event.webhook_status = "scheduled";
  }
  event_sequences_[event.id] = event.sequence;
  events_.push_back(std::move(event));
  if (events_.size() > options_.events_max) {
    event_sequences_.erase(events_.front().id);
    events_.pop_front();
  }
  if (listener_) listener_(events_.back());
  return events_.back();
}

void Site::EmitEntitlements(const Subscription& subscription, std::string type,
                            const Origin& origin) {
  JsonObject detail;
  detail.Text("subscription_id", subscription.id).Flag("has_next", false);
  const std::string key = type + "_detail";
  Emit(std::move(type), JsonObject().Raw(key, detail.str()).str(), subscription.id, origin);
}

// One template for both occasions, as a vendor writes it: with the domain it announces the
// instance, without it it confirms a change.
void Site::SendMail(const Subscription& subscription, const Event& event) {
  const Customer* customer = FindCustomer(subscription.customer_id);
  if (!options_.mail_enabled || !customer || customer->email.empty()) return;
  Mail mail{NewId(), event.occurred_at, customer->email, {}, {}, {}, subscription.id, event.id};
  const std::string name = customer->first_name.empty() ? "there" : customer->first_name;
  auto field = subscription.custom_fields.find("cf_domain");
  if (field != subscription.custom_fields.end() && !field->second.empty()) {
    const std::string& domain = field->second;
    mail.link = domain.find("://") == std::string::npos ? "https://" + domain : domain;
    mail.subject = "Your application instance is provisioned!";
    mail.text = "Hello " + name + ",\n\nyour application instance is ready at\n\n" + mail.link +
                "\n\nEnjoy it!";
  } else {
    mail.subject = "Your subscription has been updated";
    mail.text = "Hello " + name + ",\n\nyour subscription " + subscription.id +
                " has been updated. Your application's address follows as soon as it is ready.";
  }
  std::map<std::string, std::string> values{{"customer.first_name", customer->first_name},
                                            {"customer.last_name", customer->last_name},
                                            {"customer.email", customer->email},
                                            {"subscription.id", subscription.id}};
  for (const auto& [field, value] : subscription.custom_fields)
    values["subscription." + field] = value;
  if (!options_.mail_subject.empty()) mail.subject = Merge(options_.mail_subject, values);
  if (!options_.mail_text.empty()) mail.text = Merge(options_.mail_text, values);
  outbox_.push_back(std::move(mail));
}

void Site::RecordDelivery(const std::string& event_id, const std::string& endpoint_id,
                          const std::string& status, const std::string& failure) {
  auto it = event_sequences_.find(event_id);
  if (it == event_sequences_.end()) return;
  Event& event = events_[it->second - events_.front().sequence];
  auto& hooks = event.webhooks;
  auto known = std::find_if(hooks.begin(), hooks.end(), [&](const WebhookResult& result) {
    return result.endpoint_id == endpoint_id;
  });
  if (known == hooks.end()) known = hooks.insert(hooks.end(), {endpoint_id, {}});
  known->status = status;
  event.webhook_status = status;
  event.failure_reason = failure;
  // With several endpoints the event is as well off as the worst of them.
  for (const char* worse : {"re_scheduled", "failed"}) {
    for (const auto& hook : hooks) {
      if (hook.status == worse) event.webhook_status = worse;
    }
  }
}

void Site::CountWrite(const std::string& id) {
  if (auto it = subscriptions_.find(id); it != subscriptions_.end()) ++it->second->api_writes;
}

void Site::ClearCounters() {
  for (Subscription* one : order_) {
    one->api_writes = 0;
    one->domain_values.clear();
  }
}

// Sequences go on, so that no event id of the old site can be taken for one of the new.
void Site::Reset() {
  offset_ = Duration(0);
  subscriptions_.clear();
  order_.clear();
  customers_.clear();
  invoices_.clear();
  events_.clear();
  event_sequences_.clear();
  due_.clear();
  due_of_.clear();
  outbox_.clear();
  hosted_pages_.clear();
  portal_sessions_.clear();
  history_.clear();
}

}  // namespace kl::chargebee_sim
