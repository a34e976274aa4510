// The definitions of resources/generator.h.
#include "resources/generator.h"

namespace kl::testing {

std::string Generator::Text() {
  static constexpr const char* kPieces[] = {"a",    "plan-1", " ",  "\"",  "\\",   "\n",
                                            "ü",    "🦙",     "/",  "{}",  "null", "\x7f",
                                            "0.10", "\t",     "<>", "\x01"};
  std::string out;
  for (std::uint64_t i = random_.Below(5); i > 0; --i) {
    out += kPieces[random_.Below(std::size(kPieces))];
  }
  return out;
}

std::int64_t Generator::Number() {
  switch (random_.Below(4)) {
    case 0: return 0;
    case 1: return INT64_MAX;
    case 2: return INT64_MIN;
    default: return static_cast<std::int64_t>(random_.Below(1000));
  }
}

WallTime Generator::Time() {
  return Flip() ? WallTime{} : WallTime(Duration(random_.Below(253'402'300'800'000ULL)));
}

Quantity Generator::AQuantity() {
  switch (random_.Below(3)) {
    case 0: return Quantity::FromMillis(static_cast<std::int64_t>(random_.Below(100'000)));
    case 1: return Quantity::FromBytes(static_cast<std::int64_t>(random_.Below(1ULL << 40)));
    default: return *Quantity::Parse("1.5Gi");
  }
}

Value Generator::AValue(int depth) {
  switch (random_.Below(depth > 0 ? 7 : 5)) {
    case 0: return {};
    case 1: return Flip();
    case 2: return Number();
    case 3: return static_cast<double>(random_.Below(1000)) / 7;
    case 4: return Text();
    case 5: return Several([&] { return AValue(depth - 1); });
    default: return Named([&] { return AValue(depth - 1); });
  }
}

ValueMap Generator::Parameters() {
  return Named([&] { return AValue(3); });
}

Meta Generator::AMeta() {
  return {.name = "object-" + random_.Letters(8),
          .uid = random_.Uid(),
          .version = random_.Below(1'000'000) + 1,
          .generation = random_.Below(100) + 1,
          .created = Time()};
}

Limits Generator::ALimits() {
  const auto quantity = [&] { return AQuantity(); };
  return {.cpu = Maybe(quantity), .memory = Maybe(quantity), .storage = Maybe(quantity)};
}

Condition Generator::ACondition() {
  return {.type = Text(), .status = Flip(), .reason = Text(), .message = Text(), .since = Time()};
}

BillingSubscription Generator::ABillingSubscription() {
  return {.key = {.provider = Text(), .site = Text(), .id = Text()},
          .customer_id = Text(),
          .customer_email = Text(),
          .customer_name = Text(),
          .raw_status = Text(),
          .state = OneOf(BillingState::kDeleted),
          .items = Several([&] {
            return BillingItem{
                .price_id = Text(), .item_id = Text(), .is_plan = Flip(), .quantity = Number()};
          }),
          .domain = Maybe([&] { return Text(); }),
          .scheduled_changes = Flip(),
          .version = Number(),
          .ends_at = Maybe([&] { return Time(); }),
          .fields = Named([&] { return Text(); })};
}

Publication Generator::APublication() {
  return {.state = OneOf(PublicationState::kNeedsPerson),
          .recorded = Text(),
          .written_at = Maybe([&] { return Time(); }),
          .owed_since = Maybe([&] { return Time(); }),
          .writes_day = Number(),
          .writes = static_cast<int>(random_.Below(100)),
          .force = Flip(),
          .republish = Flip(),
          .reason = Text(),
          .message = Text()};
}

Suspension Generator::ASuspension() {
  return {.reason = OneOf(SuspensionReason::kMigration),
          .since = Time(),
          .until = Maybe([&] { return Time(); }),
          .note = Text()};
}

Subscription Generator::MakeSubscription() {
  Subscription s;
  s.meta = AMeta();
  s.spec.key = {.provider = Text(), .site = Text(), .id = Text()};
  s.status = {
      .observed = Maybe([&] { return ABillingSubscription(); }),
      .entitlements = Several(
          [&] { return Entitlement{.feature = Text(), .value = Text(), .enabled = Flip()}; }),
      .observed_digest = Text(),
      .read_at = Time(),
      .confirmed_gone = Flip(),
      .template_type = Text(),
      .service = Text(),
      .service_uid = Text(),
      .service_created = Flip(),
      .derived = Maybe([&] {
        return Derived{.plan = Text(),
                       .limits = ALimits(),
                       .version = Maybe([&] { return Text(); }),
                       .parameters = Parameters()};
      }),
      .publication = APublication(),
      .events = Several([&] { return EventNote{.id = Text(), .type = Text(), .at = Time()}; }),
      .conditions = Several([&] { return ACondition(); }),
      .event_at = Maybe([&] { return Time(); }),
      .acknowledged_at = Maybe([&] { return Time(); }),
      .trace = Text()};
  return s;
}

Service Generator::MakeService() {
  Service s;
  s.meta = AMeta();
  s.spec = {.type = Text(),
            .template_digest = Text(),
            .subscription = Text(),
            .plan = Text(),
            .domain = Text(),
            .version = Maybe([&] { return Text(); }),
            .insecure = Flip(),
            .use_letsencrypt = Flip(),
            .replicas = Maybe([&] { return static_cast<int>(random_.Below(6)); }),
            .backup_schedule = Text(),
            .limits = ALimits(),
            .advanced = Parameters(),
            .customer_email = Text(),
            .customer_name = Text(),
            .suspensions = Several([&] { return ASuspension(); }),
            .overridden = Several([&] { return Text(); }),
            .deleting = Flip(),
            .trace = Text()};
  s.status = {.phase = Text(),
              .observed_generation = random_.Below(100),
              .answered = Flip(),
              .endpoint = Text(),
              .conditions = Several([&] { return ACondition(); }),
              .milestones = {.applied_at = Maybe([&] { return Time(); }),
                             .started_at = Maybe([&] { return Time(); }),
                             .answered_at = Maybe([&] { return Time(); })},
              .restarts = static_cast<int>(random_.Below(100)),
              .admitted = Maybe([&] {
                return Admission{
                    .derived = {.plan = Text(), .limits = ALimits(), .parameters = Parameters()},
                    .promised = {.cpu_millis = Number(),
                                 .memory_bytes = Number(),
                                 .storage_bytes = Number()},
                    .runs = Flip()};
              })};
  return s;
}

NameClaim Generator::MakeNameClaim() {
  NameClaim n;
  n.meta = AMeta();
  n.spec = {.subscription = Text(), .service_uid = Text()};
  n.status = {.released_at = Maybe([&] { return Time(); })};
  return n;
}

TemplateVersion Generator::MakeTemplateVersion() {
  TemplateVersion t;
  t.meta = AMeta();
  t.spec = {.type = Text(), .digest = Text(), .text = Text(), .current = Flip()};
  return t;
}

Site Generator::MakeSite() {
  Site s;
  s.meta = AMeta();
  s.spec = {.gate_released_until = Maybe([&] { return Time(); })};
  s.status = {.events_cursor = Text(),
              .sweep_cursor = Text(),
              .swept_at = Maybe([&] { return Time(); }),
              .last_webhook = Maybe([&] { return Time(); }),
              .gate_closed_since = Maybe([&] { return Time(); }),
              .condemned = Named([&] { return Time(); }),
              .unmatched = Named([&] { return Number(); }),
              .conditions = Several([&] { return ACondition(); })};
  return s;
}

HostCertificate Generator::MakeHostCertificate() {
  HostCertificate c;
  c.meta = AMeta();
  c.status = {.orders = Several([&] { return Time(); }),
              .issued = Several([&] { return Time(); }),
              .renewals = Several([&] { return Time(); }),
              .failures = Several([&] { return Time(); }),
              .message = Text()};
  return c;
}

}  // namespace kl::testing
