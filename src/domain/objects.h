// The kept objects. Same names and fields as the custom resources (docs/architecture.md); one
// object is the unit of atomicity. `spec` says what should be, `status` what was observed and done;
// each is written whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/amounts.h"
#include "domain/billing.h"
#include "domain/conditions.h"
#include "domain/ids.h"
#include "domain/quantity.h"
#include "domain/template_info.h"
#include "domain/value.h"

namespace kl {

struct Meta {
  std::string name;
  std::string uid;               // random, set by the store at creation when empty
  std::uint64_t version = 0;     // set by the store, changes with every write; 0: not stored yet
  std::uint64_t generation = 0;  // set by the store, grows with every change of spec
  WallTime created{};            // set by the store at creation
};

// What the subscription loop last derived from the subscription and wrote into the service.
struct Derived {
  std::string plan;  // key in TemplateInfo::plans
  Limits limits;
  std::optional<std::string> version;
  ValueMap parameters;
  bool operator==(const Derived&) const = default;
};

enum class PublicationState { kNone, kOwed, kPostponed, kDone, kChangedByOther, kNeedsPerson };
std::string_view PublicationStateName(PublicationState state);
std::optional<PublicationState> ParsePublicationState(std::string_view word);  // the reverse

// The debt of telling the provider the domain (docs/architecture.md, "Write-back").
struct Publication {
  PublicationState state = PublicationState::kNone;
  std::string recorded;  // R: the last value recorded as written or found
  std::optional<WallTime> written_at;
  std::optional<WallTime> owed_since;
  std::int64_t writes_day = 0;  // days since the epoch that `writes` counts
  int writes = 0;
  bool force = false;      // an operator said: write although scheduled changes are deleted
  bool republish = false;  // an operator said: write although someone changed the field
  std::string reason;      // of the present blocker, a word of reasons.h; empty when none
  std::string message;
  bool operator==(const Publication&) const = default;
};

struct EventNote {  // one line of "last events"
  std::string id;
  std::string type;
  WallTime at{};
  bool operator==(const EventNote&) const = default;
};

// A subscription's record: the lock of invariant 1. Created if absent, never removed.
struct Subscription {
  static constexpr std::string_view kKind = "subscription";
  Meta meta;  // name = NameOf(key)
  struct Spec {
    SubscriptionKey key;
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    std::optional<BillingSubscription> observed;  // content last decided on
    std::vector<Entitlement> entitlements;        // read with it, when the template maps features
    std::string observed_digest;  // of what was decided on: content and entitlements
    WallTime read_at{};
    bool confirmed_gone =
        false;  // a single read confirmed the deletion, on a site that knows other ids of ours
    std::string template_type;  // empty while unmatched
    std::string service;        // chosen once, before anything is created
    std::string service_uid;
    bool service_created = false;
    std::optional<Derived> derived;  // last written into the service
    Publication publication;
    std::vector<EventNote> events;  // the last 10
    std::vector<Condition> conditions;
    std::optional<WallTime> event_at;         // when its first event happened, by the provider
    std::optional<WallTime> acknowledged_at;  // when that event was stored here
    std::string trace;                        // of the event that brought it here last
    bool operator==(const Status&) const = default;
  } status;
};

enum class SuspensionReason { kOperator, kBilling, kQuota, kMigration };
std::string_view SuspensionReasonName(SuspensionReason reason);
std::optional<SuspensionReason> ParseSuspensionReason(std::string_view word);
struct Suspension {
  SuspensionReason reason = SuspensionReason::kOperator;
  WallTime since{};
  std::optional<WallTime> until;
  std::string note;
  bool operator==(const Suspension&) const = default;
};

// Milestones of the instance's way to its customer, wall-clock, first time each; `explain` reads
// them.
struct Milestones {
  std::optional<WallTime> applied_at;   // handed to the engine
  std::optional<WallTime> started_at;   // all members run and are healthy
  std::optional<WallTime> answered_at;  // first good answer seen from outside
  bool operator==(const Milestones&) const = default;
};

// The room a service was given on the machine. A greater plan waits for more of it, and what runs
// goes on as it was admitted meanwhile.
struct Admission {
  Derived derived;
  Amounts promised;
  bool runs = false;  // false: stopped since, so that only its storage is promised
  bool operator==(const Admission&) const = default;
};

struct Service {
  static constexpr std::string_view kKind = "service";
  Meta meta;  // name = ServiceName; uid = ServiceUid
  struct Spec {
    std::string type;             // template
    std::string template_digest;  // immutable version of it; changes only by request
    std::string subscription;     // ToString(SubscriptionKey); empty when made by hand
    std::string plan;
    std::string domain;  // host; defaults to <name>.<kuberlogic_domain>
    std::optional<std::string> version;
    bool insecure = false;
    bool use_letsencrypt = false;
    std::optional<int> replicas;
    std::string backup_schedule;
    Limits limits;
    ValueMap advanced;  // parameters
    std::string customer_email;
    std::string customer_name;            // when it was ordered; a later change restarts nothing
    std::vector<Suspension> suspensions;  // runs iff empty
    std::vector<std::string>
        overridden;         // derived fields an operator has set: "limits.cpu", "version", ...
    bool deleting = false;  // an operator asked for removal
    std::string trace;
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    std::string phase = "Unknown";  // the REST status words
    std::uint64_t observed_generation = 0;
    bool answered = false;  // seen from outside with the present spec's host
    std::string endpoint;   // https://host
    std::vector<Condition> conditions;
    Milestones milestones;
    int restarts = 0;
    std::optional<Admission> admitted;
    bool operator==(const Status&) const = default;
  } status;
};

// A name that was given to an instance. Kept 400 days after release, so that cookies, links and
// mails of one customer never reach another.
struct NameClaim {
  static constexpr std::string_view kKind = "name";
  Meta meta;  // name = ServiceName
  struct Spec {
    std::string subscription;  // ToString(SubscriptionKey), or "manual/<service uid>"
    std::string service_uid;
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    std::optional<WallTime> released_at;
    bool operator==(const Status&) const = default;
  } status;
};

// One immutable version of an application template.
struct TemplateVersion {
  static constexpr std::string_view kKind = "template";
  Meta meta;  // name = "<type>-<digest[:12]>"
  struct Spec {
    std::string type;
    std::string digest;
    std::string text;
    bool current = false;  // new services of this type get this version
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    bool operator==(const Status&) const = default;
  } status;
};

// Marks of one site of one provider.
struct Site {
  static constexpr std::string_view kKind = "site";
  Meta meta;  // name = "<provider>-<site>"
  struct Spec {
    std::optional<WallTime> gate_released_until;  // `billing release`
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    std::string events_cursor;
    std::string sweep_cursor;
    std::optional<WallTime> swept_at;
    std::optional<WallTime> last_webhook;
    std::optional<WallTime> gate_closed_since;
    std::map<std::string, WallTime>
        condemned;  // subscription name -> when, within the gate's window
    std::map<std::string, std::int64_t> unmatched;  // plan id -> subscriptions seen
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

}  // namespace kl
