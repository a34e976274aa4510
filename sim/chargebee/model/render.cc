#include "sim/chargebee/model/render.h"

#include "sim/chargebee/model/json_text.h"

namespace kl::chargebee_sim {
namespace {

std::int64_t Amount(const std::vector<SubscriptionItem>& items) {
  std::int64_t sum = 0;
  for (const auto& item : items) sum += item.quantity * item.unit_price;
  return sum;
}

std::string RenderLine(const SubscriptionItem& item) {
  return JsonObject()
      .Text("item_price_id", item.item_price_id)
      .Text("item_type", item.item_type)
      .Number("quantity", item.quantity)
      .Number("unit_price", item.unit_price)
      .Number("amount", item.quantity * item.unit_price)
      .Number("free_quantity", 0)
      .Text("object", "subscription_item")
      .str();
}

void AddCustomFields(JsonObject& out, const std::map<std::string, std::string>& fields) {
  for (const auto& [name, value] : fields) out.TextIfAny(name, value);
}

// Absent moments are left out. next_billing_at goes where nothing more will be billed.
void AddTimes(JsonObject& out, const Subscription& s) {
  out.Number("start_date", s.start_date)
      .Number("trial_start", s.trial_start)
      .Number("trial_end", s.trial_end)
      .Number("current_term_start", s.current_term_start)
      .Number("current_term_end", s.current_term_end)
      .Number("next_billing_at", s.next_billing_at)
      .Number("created_at", s.created_at)
      .Number("started_at", s.started_at)
      .Number("activated_at", s.activated_at)
      .Number("cancelled_at", s.cancelled_at)
      .Number("cancel_schedule_created_at", s.cancel_schedule_created_at)
      .Number("pause_date", s.pause_date)
      .Number("resume_date", s.resume_date)
      .Number("updated_at", s.updated_at)
      .Number("resource_version", s.resource_version);
}

// Unpaid invoices show here and nowhere in the status.
void AddDebts(JsonObject& out, const Subscription& s) {
  out.Number("due_invoices_count", s.dunning ? 1 : 0);
  if (!s.dunning) return;
  out.Number("due_since", s.dunning->since).Number("total_dues", s.dunning->amount);
}

}  // namespace

std::string RenderSubscription(const Subscription& s) {
  std::vector<std::string> lines;
  for (const auto& item : s.items) lines.push_back(RenderLine(item));
  JsonObject out;
  out.Text("id", s.id)
      .Text("customer_id", s.customer_id)
      .Text("status", s.status_override.empty() ? StatusName(s.status) : s.status_override)
      .Text("currency_code", s.currency)
      .Number("billing_period", s.billing_period)
      .Text("billing_period_unit", s.billing_period_unit);
  AddTimes(out, s);
  out.TextIfAny("cancel_reason", s.cancel_reason)
      .TextIfAny("cancel_reason_code", s.cancel_reason_code);
  if (s.status == SubscriptionStatus::kNonRenewing) out.Number("remaining_billing_cycles", 0);
  if (s.cancel_at_trial_end) out.Text("trial_end_action", "cancel_subscription");
  if (s.scheduled_change) out.Number("changes_scheduled_at", s.scheduled_change->at);
  out.Flag("has_scheduled_changes", s.scheduled_change.has_value())
      .Flag("has_scheduled_advance_invoices", false)
      .Flag("deleted", s.deleted)
      .Text("channel", s.channel)
      .Text("object", "subscription");
  AddDebts(out, s);
  out.Number("mrr", Amount(s.items)).Raw("subscription_items", JsonArray(lines));
  AddCustomFields(out, s.custom_fields);
  return out.str();
}

std::string RenderCustomer(const Customer& c) {
  const char* card_status = c.card == Card::kNone ? "no_card" : "valid";
  JsonObject out;
  out.Text("id", c.id)
      .TextIfAny("email", c.email)
      .TextIfAny("first_name", c.first_name)
      .TextIfAny("last_name", c.last_name)
      .Text("auto_collection", c.auto_collection ? "on" : "off")
      .Number("net_term_days", 0)
      .Flag("allow_direct_debit", false)
      .Number("created_at", c.created_at)
      .Number("updated_at", c.updated_at)
      .Number("resource_version", c.resource_version)
      .Text("taxability", "taxable")
      .Text("pii_cleared", "active")
      .Text("channel", "web")
      .Flag("deleted", c.deleted)
      .Text("object", "customer")
      .Text("card_status", card_status)
      .Number("promotional_credits", 0)
      .Number("refundable_credits", 0)
      .Number("excess_payments", 0)
      .Number("unbilled_charges", 0)
      .Text("preferred_currency_code", "USD");
  AddCustomFields(out, c.custom_fields);
  return out.str();
}

std::string RenderInvoice(const Invoice& i) {
  const bool paid = i.status == "paid";
  return JsonObject()
      .Text("id", i.id)
      .Text("customer_id", i.customer_id)
      .Text("subscription_id", i.subscription_id)
      .Flag("recurring", true)
      .Text("status", i.status)
      .Text("price_type", "tax_exclusive")
      .Number("date", i.date)
      .Number("total", i.total)
      .Number("amount_paid", paid ? i.total : 0)
      .Number("amount_due", paid ? 0 : i.total)
      .Text("currency_code", "USD")
      .Flag("first_invoice", i.first)
      .TextIfAny("dunning_status", i.dunning_status)
      .Number("next_retry_at", i.next_retry_at)
      .Text("object", "invoice")
      .str();
}

std::string RenderEvent(const Event& e) {
  JsonObject out;
  out.Text("id", e.id)
      .Number("occurred_at", e.occurred_at)
      .Text("source", e.source)
      .TextIfAny("user", e.user)
      .Text("object", "event")
      .Text("api_version", "v2")
      .Raw("content", e.content)
      .Text("event_type", e.type)
      .Text("webhook_status", e.webhook_status)
      .TextIfAny("webhook_failure_reason", e.failure_reason);
  // Absent on the first call of an event: nothing is known of a delivery before one was tried.
  if (!e.webhooks.empty()) {
    std::vector<std::string> results;
    for (const auto& hook : e.webhooks) {
      results.push_back(JsonObject()
                            .Text("id", hook.endpoint_id)
                            .Text("webhook_status", hook.status)
                            .Text("object", "webhook")
                            .str());
    }
    out.Raw("webhooks", JsonArray(results));
  }
  return out.str();
}

std::string RenderEntitlement(const Subscription& subscription, const EffectiveEntitlement& one) {
  return JsonObject()
      .Text("subscription_id", subscription.id)
      .Text("feature_id", one.feature->id)
      .Text("feature_name", one.feature->name)
      .Text("feature_type", one.feature->type)
      .TextIfAny("feature_unit", one.feature->unit)
      .Text("value", one.value)
      // For people: "10 GB". A custom value says it all itself.
      .Text("name", one.feature->type == "custom" || one.feature->unit.empty()
                        ? one.value
                        : one.value + " " + one.feature->unit)
      .Flag("is_overridden", one.overridden)
      .Flag("is_enabled", one.enabled)
      .Number("expires_at", one.expires_at)
      .Text("object", "subscription_entitlement")
      .str();
}

std::string RenderItem(const Item& item, const Catalog& catalog) {
  return JsonObject()
      .Text("id", item.id)
      .Text("name", item.name)
      .Text("external_name", item.name)
      .TextIfAny("description", item.description)
      .Text("status", "active")
      .Text("item_family_id", catalog.family)
      .Text("type", item.type)
      .Flag("is_shippable", false)
      .Flag("enabled_for_checkout", true)
      .Flag("enabled_in_portal", true)
      .Text("object", "item")
      .str();
}

std::string RenderItemPrice(const ItemPrice& price, const Catalog& catalog) {
  const Item* item = catalog.FindItem(price.item_id);
  JsonObject out;
  out.Text("id", price.id)
      .Text("name", price.id)
      .Text("external_name", item ? item->name : price.id)
      .Text("item_id", price.item_id)
      .Text("item_family_id", catalog.family)
      .Text("item_type", item ? item->type : "plan")
      .Text("pricing_model", "flat_fee")
      .Number("price", price.price)
      .Number("period", price.period)
      .Text("period_unit", price.period_unit)
      .Text("currency_code", price.currency)
      .Text("status", "active");
  if (price.trial_days > 0) {
    out.Number("trial_period", price.trial_days).Text("trial_period_unit", "day");
  }
  return out.Text("object", "item_price").str();
}

std::string RenderFeature(const Feature& feature) {
  return JsonObject()
      .Text("id", feature.id)
      .Text("name", feature.name)
      .Text("status", feature.status)
      .Text("type", feature.type)
      .TextIfAny("unit", feature.unit)
      .Text("object", "feature")
      .str();
}

// The password goes in and never comes out.
std::string RenderEndpoint(const WebhookEndpoint& endpoint) {
  return JsonObject()
      .Text("id", endpoint.id)
      .Text("name", endpoint.name)
      .Text("url", endpoint.url)
      .Text("api_version", endpoint.api_version)
      .Flag("send_card_resource", false)
      .Flag("disabled", endpoint.disabled)
      .Flag("primary_url", false)
      .TextIfAny("basic_auth_username", endpoint.user)
      .Raw("enabled_events", JsonTexts(endpoint.enabled_events))
      .Text("object", "webhook_endpoint")
      .str();
}

std::string RenderError(const ApiError& error) {
  return JsonObject()
      .Text("message", error.message)
      .Text("type", error.type)
      .Text("api_error_code", error.code)
      .TextIfAny("param", error.param)
      // The three of the first API version, which old clients still read.
      .Text("error_code", error.code)
      .Text("error_msg", error.message)
      .Number("http_status_code", error.status)
      .str();
}

}  // namespace kl::chargebee_sim
