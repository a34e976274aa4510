// One description of every kept structure, read by the encoder and the decoder alike: the JSON name
// of each field and the field. `visit(name, field)` leaves a field that holds nothing out;
// `visit.Always(name, field)` writes it in any case.
//
// Names are part of the public contract: they may be added to, never changed.
#pragma once

#include <concepts>
#include <type_traits>

#include "domain/certificate.h"
#include "domain/objects.h"

namespace kl {

// A T, or a const T: the encoder visits objects it may not change.
template <class X, class T>
concept Is = std::same_as<std::remove_const_t<X>, T>;

// A condition's `status`, which Kubernetes spells as the text "True" or "False".
template <class Bool>
struct TrueFalse {
  Bool& value;
};

template <class V>
void VisitFields(V& visit, Is<Limits> auto& x) {
  visit("cpu", x.cpu);
  visit("memory", x.memory);
  visit("storage", x.storage);
}

template <class V>
void VisitFields(V& visit, Is<Condition> auto& x) {
  visit("type", x.type);
  visit.Always("status", TrueFalse<std::remove_reference_t<decltype((x.status))>>{x.status});
  visit("reason", x.reason);
  visit("message", x.message);
  visit("lastTransitionTime", x.since);
}

template <class V>
void VisitFields(V& visit, Is<BillingItem> auto& x) {
  visit("priceId", x.price_id);
  visit("itemId", x.item_id);
  visit("plan", x.is_plan);
  visit.Always("quantity", x.quantity);
}

template <class V>
void VisitFields(V& visit, Is<Entitlement> auto& x) {
  visit("feature", x.feature);
  visit("value", x.value);
  visit.Always("enabled", x.enabled);
}

template <class V>
void VisitFields(V& visit, Is<SubscriptionKey> auto& x) {
  visit("provider", x.provider);
  visit("site", x.site);
  visit("subscriptionId", x.id);
}

template <class V>
void VisitFields(V& visit, Is<BillingSubscription> auto& x) {
  VisitFields(visit, x.key);
  visit("customerId", x.customer_id);
  visit("customerEmail", x.customer_email);
  visit("customerName", x.customer_name);
  visit("rawStatus", x.raw_status);
  visit.Always("state", x.state);
  visit("items", x.items);
  visit("domain", x.domain);
  visit("scheduledChanges", x.scheduled_changes);
  visit("version", x.version);
  visit("endsAt", x.ends_at);
  visit("fields", x.fields);
}

template <class V>
void VisitFields(V& visit, Is<Derived> auto& x) {
  visit("plan", x.plan);
  visit("limits", x.limits);
  visit("version", x.version);
  visit("parameters", x.parameters);
}

template <class V>
void VisitFields(V& visit, Is<Publication> auto& x) {
  visit.Always("state", x.state);
  visit("recorded", x.recorded);
  visit("writtenAt", x.written_at);
  visit("owedSince", x.owed_since);
  visit("writesDay", x.writes_day);
  visit("writes", x.writes);
  visit("force", x.force);
  visit("republish", x.republish);
  visit("reason", x.reason);
  visit("message", x.message);
}

template <class V>
void VisitFields(V& visit, Is<EventNote> auto& x) {
  visit("id", x.id);
  visit("type", x.type);
  visit("at", x.at);
}

template <class V>
void VisitFields(V& visit, Is<Subscription::Spec> auto& x) {
  VisitFields(visit, x.key);
}

template <class V>
void VisitFields(V& visit, Is<Subscription::Status> auto& x) {
  visit("observed", x.observed);
  visit("entitlements", x.entitlements);
  visit("observedDigest", x.observed_digest);
  visit("readAt", x.read_at);
  visit("confirmedGone", x.confirmed_gone);
  visit("type", x.template_type);
  visit("service", x.service);
  visit("serviceUid", x.service_uid);
  visit("serviceCreated", x.service_created);
  visit("derived", x.derived);
  visit("publication", x.publication);
  visit("events", x.events);
  visit("conditions", x.conditions);
  visit("eventAt", x.event_at);
  visit("acknowledgedAt", x.acknowledged_at);
  visit("trace", x.trace);
}

template <class V>
void VisitFields(V& visit, Is<Suspension> auto& x) {
  visit.Always("reason", x.reason);
  visit("since", x.since);
  visit("until", x.until);
  visit("note", x.note);
}

template <class V>
void VisitFields(V& visit, Is<Milestones> auto& x) {
  visit("appliedAt", x.applied_at);
  visit("startedAt", x.started_at);
  visit("answeredAt", x.answered_at);
}

template <class V>
void VisitFields(V& visit, Is<Amounts> auto& x) {
  visit("cpuMillis", x.cpu_millis);
  visit("memoryBytes", x.memory_bytes);
  visit("storageBytes", x.storage_bytes);
}

template <class V>
void VisitFields(V& visit, Is<Admission> auto& x) {
  visit("derived", x.derived);
  visit("promised", x.promised);
  visit("runs", x.runs);
}

template <class V>
void VisitFields(V& visit, Is<Service::Spec> auto& x) {
  visit("type", x.type);
  visit("templateDigest", x.template_digest);
  visit("subscription", x.subscription);
  visit("plan", x.plan);
  visit("domain", x.domain);
  visit("version", x.version);
  visit("insecure", x.insecure);
  visit("useLetsencrypt", x.use_letsencrypt);
  visit("replicas", x.replicas);
  visit("backupSchedule", x.backup_schedule);
  visit("limits", x.limits);
  visit("advanced", x.advanced);
  visit("customerEmail", x.customer_email);
  visit("customerName", x.customer_name);
  visit("suspensions", x.suspensions);
  visit("overrides", x.overridden);
  visit("deleting", x.deleting);
  visit("trace", x.trace);
}

template <class V>
void VisitFields(V& visit, Is<Service::Status> auto& x) {
  visit.Always("phase", x.phase);
  visit("observedGeneration", x.observed_generation);
  visit("answered", x.answered);
  visit("endpoint", x.endpoint);
  visit("conditions", x.conditions);
  visit("milestones", x.milestones);
  visit("restarts", x.restarts);
  visit("admitted", x.admitted);
}

template <class V>
void VisitFields(V& visit, Is<NameClaim::Spec> auto& x) {
  visit("subscription", x.subscription);
  visit("serviceUid", x.service_uid);
}
template <class V>
void VisitFields(V& visit, Is<NameClaim::Status> auto& x) {
  visit("releasedAt", x.released_at);
}

template <class V>
void VisitFields(V& visit, Is<TemplateVersion::Spec> auto& x) {
  visit("type", x.type);
  visit("digest", x.digest);
  visit("compose", x.text);
  visit("current", x.current);
}
template <class V>
void VisitFields(V&, Is<TemplateVersion::Status> auto&) {}

template <class V>
void VisitFields(V& visit, Is<Site::Spec> auto& x) {
  visit("gateReleasedUntil", x.gate_released_until);
}
template <class V>
void VisitFields(V& visit, Is<Site::Status> auto& x) {
  visit("eventsCursor", x.events_cursor);
  visit("sweepCursor", x.sweep_cursor);
  visit("sweptAt", x.swept_at);
  visit("lastWebhook", x.last_webhook);
  visit("gateClosedSince", x.gate_closed_since);
  visit("condemned", x.condemned);
  visit("unmatched", x.unmatched);
  visit("conditions", x.conditions);
}

template <class V>
void VisitFields(V&, Is<HostCertificate::Spec> auto&) {}
template <class V>
void VisitFields(V& visit, Is<HostCertificate::Status> auto& x) {
  visit("orders", x.orders);
  visit("issued", x.issued);
  visit("renewals", x.renewals);
  visit("failures", x.failures);
  visit("message", x.message);
}

}  // namespace kl
