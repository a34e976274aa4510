#include "api/views.h"

#include <algorithm>

#include "resources/time_text.h"

namespace kl::api {
namespace {

void Put(ValueMap& map, const char* key, const std::optional<WallTime>& time) {
  if (time && *time != WallTime{}) map[key] = FormatTime(*time);
}

void PutText(ValueMap& map, const char* key, const std::string& text) {
  if (!text.empty()) map[key] = text;
}

Value LimitsView(const Limits& limits) {
  ValueMap out;
  if (limits.cpu) out["cpu"] = limits.cpu->text();
  if (limits.memory) out["memory"] = limits.memory->text();
  if (limits.storage) out["storage"] = limits.storage->text();
  return out;
}

Value ConditionsView(const std::vector<Condition>& conditions) {
  ValueList out;
  for (const Condition& each : conditions) {
    ValueMap map{
        {"type", each.type}, {"status", each.status ? "True" : "False"}, {"reason", each.reason}};
    PutText(map, "message", each.message);
    Put(map, "lastTransitionTime", each.since);
    out.push_back(std::move(map));
  }
  return out;
}

// The subscription as old clients know it: the provider's id alone.
std::string SubscriptionId(const std::string& key_text) {
  const auto key = ParseSubscriptionKey(key_text);
  return key ? key->id : key_text;
}

}  // namespace

Value View(const Service& service) {
  const Service::Spec& spec = service.spec;
  ValueMap out{{"id", service.meta.name},
               {"type", spec.type},
               {"domain", spec.domain},
               {"insecure", spec.insecure},
               {"use_letsencrypt", spec.use_letsencrypt},
               {"limits", LimitsView(spec.limits)},
               {"status", service.status.phase}};
  Put(out, "created_at", service.meta.created);
  PutText(out, "endpoint", service.status.endpoint);
  if (spec.version) out["version"] = *spec.version;
  out["replicas"] = spec.replicas ? Value(std::int64_t{*spec.replicas}) : Value(std::int64_t{1});
  PutText(out, "backupSchedule", spec.backup_schedule);
  if (!spec.advanced.empty()) out["advanced"] = spec.advanced;
  if (!spec.subscription.empty()) out["subscription"] = SubscriptionId(spec.subscription);
  PutText(out, "plan", spec.plan);
  out["uid"] = service.meta.uid;
  out["templateDigest"] = spec.template_digest;
  out["conditions"] = ConditionsView(service.status.conditions);
  ValueList suspensions;
  for (const Suspension& each : spec.suspensions) {
    ValueMap map{{"reason", std::string(SuspensionReasonName(each.reason))}};
    Put(map, "since", each.since);
    Put(map, "until", each.until);
    PutText(map, "note", each.note);
    suspensions.push_back(std::move(map));
  }
  if (!suspensions.empty()) out["suspensions"] = std::move(suspensions);
  if (!spec.overridden.empty()) {
    ValueList list;
    for (const std::string& field : spec.overridden) list.push_back(field);
    out["overridden"] = std::move(list);
  }
  if (spec.deleting) out["deleting"] = true;
  ValueMap milestones;
  Put(milestones, "applied_at", service.status.milestones.applied_at);
  Put(milestones, "started_at", service.status.milestones.started_at);
  Put(milestones, "answered_at", service.status.milestones.answered_at);
  if (!milestones.empty()) out["milestones"] = std::move(milestones);
  return out;
}

Value View(const Subscription& record) {
  const Subscription::Status& status = record.status;
  ValueMap out{{"id", record.spec.key.id},
               {"name", record.meta.name},
               {"provider", record.spec.key.provider},
               {"site", record.spec.key.site},
               {"trace", status.trace}};
  Put(out, "created_at", record.meta.created);
  if (status.observed) {
    const BillingSubscription& observed = *status.observed;
    out["status"] = observed.raw_status;
    out["phase"] = std::string(BillingStateName(observed.state));
    out["observedVersion"] = observed.version;
    PutText(out, "customer", observed.customer_id);
    PutText(out, "email", observed.customer_email);
    if (observed.domain) out["domainField"] = *observed.domain;
    ValueList items;
    for (const BillingItem& item : observed.items) items.push_back(item.price_id);
    out["items"] = std::move(items);
  }
  Put(out, "read_at", status.read_at);
  PutText(out, "service", status.service);
  if (status.derived) {
    out["plan"] = status.derived->plan;
    out["limits"] = LimitsView(status.derived->limits);
  }
  const Publication& publication = status.publication;
  ValueMap written{{"state", std::string(PublicationStateName(publication.state))}};
  PutText(written, "value", publication.recorded);
  Put(written, "written_at", publication.written_at);
  Put(written, "owed_since", publication.owed_since);
  PutText(written, "reason", publication.reason);
  PutText(written, "message", publication.message);
  out["publication"] = std::move(written);
  ValueList events;
  for (const EventNote& note : status.events) {
    ValueMap map{{"id", note.id}, {"type", note.type}};
    Put(map, "at", note.at);
    events.push_back(std::move(map));
  }
  out["events"] = std::move(events);
  Put(out, "event_at", status.event_at);
  Put(out, "acknowledged_at", status.acknowledged_at);
  out["conditions"] = ConditionsView(status.conditions);
  return out;
}

Value View(const HistoryRecord& record, bool with_body) {
  ValueMap out{{"kind", record.kind}};
  PutText(out, "id", record.id);
  Put(out, "at", record.at);
  PutText(out, "subject", record.subject);
  PutText(out, "trace", record.trace);
  PutText(out, "cursor", record.cursor);
  if (with_body) out["body"] = record.body;
  return out;
}

Value View(const app::Explanation& explanation) {
  ValueMap out{{"subject", explanation.subject},
               {"reason", explanation.reason},
               {"summary", explanation.summary},
               {"remedy", explanation.remedy}};
  Put(out, "nextRetryAt", explanation.next_retry_at);
  ValueList timeline;
  for (const HistoryRecord& record : explanation.timeline) {
    ValueMap map{{"step", record.kind}, {"detail", record.body}, {"trace", record.trace}};
    Put(map, "at", record.at);
    timeline.push_back(std::move(map));
  }
  out["timeline"] = std::move(timeline);
  if (explanation.subscription) out["subscription"] = View(*explanation.subscription);
  if (!explanation.service) return out;
  // The old product's keys.
  const Service& service = *explanation.service;
  const std::string size = service.spec.limits.storage ? service.spec.limits.storage->text() : "";
  ValueMap pvc{{"size", size}, {"phase", "Unknown"}, {"storageClass", "local"}, {"error", ""}};
  ValueList containers;
  std::string pod_error;
  if (explanation.observed) {
    pvc["phase"] = explanation.observed->phase == InstancePhase::kAbsent ? "Pending" : "Bound";
    pvc["enforced"] = explanation.observed->storage_enforced;
    for (const MemberState& member : explanation.observed->members) {
      ValueMap map{{"name", member.name},
                   {"status", member.status},
                   {"restartCount", std::int64_t{member.restarts}}};
      PutText(map, "error", member.error);
      containers.push_back(std::move(map));
    }
    pod_error = explanation.observed->message;
  }
  out["pvc"] = std::move(pvc);
  out["pod"] = ValueMap{{"containers", std::move(containers)}, {"error", pod_error}};
  std::string ingress_error;
  if (const auto& wait = explanation.certificate) {
    ValueMap certificate{{"reason", wait->reason}, {"message", wait->message}};
    Put(certificate, "until", wait->until);
    out["certificate"] = std::move(certificate);
    ingress_error = wait->reason + ": " + wait->message;
  }
  out["ingress"] = ValueMap{{"hosts", ValueList{service.spec.domain}},
                            {"ingressClass", "gateway"},
                            {"error", ingress_error}};
  out["service"] = View(service);
  return out;
}

Value View(const app::Overview& overview) {
  ValueMap services{{"all", overview.services},
                    {"ready", overview.ready},
                    {"starting", overview.starting},
                    {"paused", overview.paused},
                    {"failing", overview.failing}};
  ValueMap out{{"services", std::move(services)},
               {"ordersInFlight", overview.in_flight},
               {"owedWriteBacks", overview.owed},
               {"unmatched", overview.unmatched},
               {"gateClosed", overview.gate_closed},
               {"clockJumped", overview.clock_jumped},
               {"certificatesWaiting", overview.certificates_waiting},
               {"waitingForRoom", overview.room.waiting}};
  ValueList person, orphans;
  for (const std::string& line : overview.needs_person) person.push_back(line);
  for (const std::string& line : overview.orphans) orphans.push_back(line);
  out["needsPerson"] = std::move(person);
  out["orphans"] = std::move(orphans);
  Put(out, "lastEventAt", overview.last_event);
  ValueMap provider{{"reachable", !overview.provider_error.has_value()}};
  if (overview.provider_error) {
    provider["error"] = overview.provider_error->message;
    Put(provider, "since", overview.provider_error_since);
  }
  out["provider"] = std::move(provider);
  return out;
}

Value View(const app::RoomReport& room) {
  ValueMap resources;
  for (const app::ResourceRoom& each : room.resources) {
    const auto is = [&each](const Resource& other) { return other.name == each.resource; };
    const Resource& resource = *std::ranges::find_if(kResources, is);
    ValueMap map{{"capacity", Show(resource, each.total)},
                 {"promised", Show(resource, each.promised)}};
    if (each.used) map["used"] = Show(resource, *each.used);
    resources[each.resource] = std::move(map);
  }
  ValueList plans;
  for (const app::PlanRoom& each : room.plans) {
    ValueMap map{{"type", each.type}, {"plan", each.plan}};
    if (each.room) map["roomFor"] = *each.room;
    plans.push_back(std::move(map));
  }
  ValueMap out{
      {"resources", std::move(resources)}, {"plans", std::move(plans)}, {"waiting", room.waiting}};
  ValueList warnings;
  for (const std::string& line : room.warnings) warnings.push_back(line);
  if (!warnings.empty()) out["warnings"] = std::move(warnings);
  return out;
}

Value View(const Error& error) {
  ValueMap out{{"message", error.message}, {"kind", std::string(ErrorKindName(error.kind))}};
  ValueList details;
  if (!error.field.empty()) details.push_back(ValueMap{{"field", error.field}});
  out["details"] = std::move(details);
  return out;
}

}  // namespace kl::api
