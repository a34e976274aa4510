#include "app/publish_domain/publisher.h"

#include "base/crash_point.h"
#include "base/hash.h"
#include "domain/reasons.h"
#include "domain/run_rule.h"

namespace kl::app {
namespace {

constexpr Duration kPostponedLook = std::chrono::minutes(5);

void Show(Subscription& record, WallTime now) {
  const Publication& publication = record.status.publication;
  if (publication.state == PublicationState::kNone) return;
  const bool done = publication.state == PublicationState::kDone;
  SetCondition(record.status.conditions,
               {.type = std::string(condition::kPublished),
                .status = done,
                .reason = done ? std::string(reason::kDomainWritten) : publication.reason,
                .message = publication.message,
                .since = now});
}

std::string_view ReasonOf(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kRateLimited: return reason::kProviderRateLimited;
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kDenied: return reason::kProviderDenied;
    case ErrorKind::kInvalid:
      return error.field == "domain" ? reason::kDomainFieldMissing : reason::kDomainWriteRefused;
    case ErrorKind::kConflict: return reason::kDomainWriteRefused;
    case ErrorKind::kNotFound: return reason::kNotFoundAtProvider;
    case ErrorKind::kExhausted:
    case ErrorKind::kUnavailable:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal: return reason::kProviderUnavailable;
  }
  return reason::kProviderUnavailable;
}

// A refusal for good is looked at again slowly: only a person at the provider can mend it.
Duration WaitAfter(const Error& error) {
  if (error.retry_after) return *error.retry_after;
  return IsRetryable(error.kind) ? Duration(0) : Duration(std::chrono::minutes(1));
}

}  // namespace

Task<Publisher::Step> Publisher::Take(Subscription& record, const Service& service,
                                      std::optional<MonoTime> read_at) {
  const WallTime now = deps_.loop.Now();
  const BillingSubscription& observed = *record.status.observed;
  const std::string value =
      DomainFieldValue(deps_.settings.domain_value, PublicHost(deps_.settings, service.spec.domain),
                       service.spec.insecure);
  const PublicationInput input{
      .desired = value,
      .observed = observed.domain,
      .read_at = record.status.read_at,
      .read_is_fresh = read_at && deps_.loop.Monotonic() - *read_at <= kReadAge,
      // At the present address, not at one it had before.
      .answered = service.status.answered &&
                  service.status.endpoint == EndpointOf(deps_.settings, service.spec),
      .runs = DecideRun(observed.state) == RunVerdict::kRun,
      .scheduled_changes = observed.scheduled_changes,
      .now = now,
  };
  PublicationDecision decision = DecidePublication(record.status.publication, input);
  record.status.publication = decision.next;
  Show(record, now);
  switch (decision.step) {
    case PublicationStep::kNothing:
    case PublicationStep::kRecord: co_return Step{};
    case PublicationStep::kRead: co_return Step{.kind = Step::Kind::kRead};
    case PublicationStep::kWait: co_return Step{.kind = Step::Kind::kWait, .wait = kPostponedLook};
    case PublicationStep::kWrite: break;
  }
  co_return co_await Write(record, service, value);
}

Task<Publisher::Step> Publisher::Write(Subscription& record, const Service& service,
                                       std::string value) {
  const std::string id = record.spec.key.id;
  const std::string idempotency = "kl-domain-" + Sha256Hex(id).substr(0, 16) + "-" +
                                  Sha256Hex(value).substr(0, 16) + "-" +
                                  std::to_string(record.status.publication.writes_day) + "-" +
                                  std::to_string(record.status.publication.writes);
  CrashPoint("before-domain-write");
  auto written = co_await deps_.provider.PublishDomain(id, value, idempotency);
  CrashPoint("domain-written");
  deps_.reader.Report(written ? Status{} : Status(std::unexpected(written.error())));
  const WallTime now = deps_.loop.Now();
  if (!written) {
    record.status.publication.reason = ReasonOf(written.error());
    record.status.publication.message = written.error().message;
    Show(record, now);
    Log(LogLevel::kWarn, "domain could not be written",
        {{"subscription", id}, {"error", written.error()}, {"trace", record.status.trace}});
    co_return Step{.kind = Step::Kind::kFailed, .wait = WaitAfter(written.error())};
  }
  record.status.publication = AfterWrite(record.status.publication, value, now);
  Show(record, now);
  deps_.timeline.Note(record.meta.name, "domain-written", service.spec.domain, record.status.trace);
  co_return Step{.kind = Step::Kind::kWrote, .after = std::move(written->after)};
}

}  // namespace kl::app
