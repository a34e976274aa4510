#include "app/certificates/certificate_loop.h"

#include <algorithm>

#include "app/records.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "control/backoff.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// The clock may be set: nothing sleeps longer than this on what it said before.
constexpr Duration kSleepMax = minutes(10);
constexpr Duration kSleepMin = Duration(10);
constexpr BackoffPolicy kTrouble{.first = seconds(30), .max = minutes(30)};
constexpr BackoffPolicy kStore{.first = Duration(200), .max = seconds(30)};
constexpr Duration kLimited = hours(1);  // when the authority does not say for how long

std::string Listed(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& each : all) out += (out.empty() ? "" : ", ") + each;
  return out;
}

}  // namespace

WallTime RenewalOf(const Validity& validity) {
  return validity.not_after - (validity.not_after - validity.not_before) / 3;
}

CertificateLoop::CertificateLoop(Deps deps)
    : deps_(std::move(deps)), queue_(deps_.limits), wake_(deps_.loop), scope_(deps_.loop) {}

void CertificateLoop::Start() { scope_.Spawn(Work()); }

void CertificateLoop::Want(const std::string& host) {
  if (!ready_) {
    asked_.insert(host);
    return;
  }
  if (queue_.Wanted(host)) return;
  std::optional<WallTime> renewal;
  if (auto held = deps_.shelf.Held(host)) renewal = RenewalOf(*held);
  queue_.Want(host, renewal);
  wake_.Set();
}

void CertificateLoop::Forget(const std::string& host) {
  asked_.erase(host);
  queue_.Forget(host);
}

std::optional<CertificateWait> CertificateLoop::WaitOf(const std::string& host) const {
  if (!ready_ && asked_.contains(host)) {
    return CertificateWait{std::string(reason::kCertificateOrdered), "its turn comes", {}};
  }
  return queue_.WaitOf(host, deps_.loop.Now());
}

Task<void> CertificateLoop::ReadRecords() {
  std::string after;
  for (int failures = 0;;) {
    auto page = co_await deps_.records.List(after, 500);
    if (!page) {
      Log(LogLevel::kError, "certificates' records cannot be read; none is ordered",
          {{"error", page.error()}});
      co_await Sleep(deps_.loop, BackoffDelay(kStore, ++failures, deps_.random));
      continue;
    }
    for (HostCertificate& each : page->items) {
      queue_.Restore(each.meta.name, std::move(each.status));
    }
    after = page->next;
    if (after.empty()) co_return;
  }
}

Task<void> CertificateLoop::Work() {
  co_await ReadRecords();
  ready_ = true;
  for (const std::string& host : std::exchange(asked_, {})) Want(host);
  for (;;) {
    while (auto host = queue_.Next(deps_.loop.Now())) scope_.Spawn(Turn(std::move(*host)));
    co_await ForgetRecords();
    const WallTime now = deps_.loop.Now();
    const WallTime next = queue_.NextAt(now).value_or(now + kSleepMax);
    co_await wake_.WaitFor(std::clamp<Duration>(next - now, kSleepMin, kSleepMax));
  }
}

Task<void> CertificateLoop::Turn(std::string host) {
  const bool here = co_await LeadsHere(host);
  if (here) co_await Order(host);
  wake_.Set();
}

// All of its addresses: an authority may look at any of them.
Task<bool> CertificateLoop::LeadsHere(std::string host) {
  const auto not_now = [&](std::string_view reason, std::string message) {
    ++counters_.elsewhere;
    queue_.Elsewhere(host, deps_.loop.Now(), reason, std::move(message));
    return false;
  };
  if (deps_.addresses.empty()) {
    co_return not_now(reason::kAddressesUnknown, "no public address of this machine is known");
  }
  auto found = co_await deps_.resolver.Addresses(host);
  if (!found) co_return not_now(reason::kDnsUnavailable, found.error().message);
  if (found->empty()) co_return not_now(reason::kDomainElsewhere, "its name has no address");
  const bool all = std::ranges::all_of(
      *found, [&](const std::string& each) { return deps_.addresses.contains(each); });
  if (all) co_return true;
  const std::vector<std::string> ours(deps_.addresses.begin(), deps_.addresses.end());
  co_return not_now(reason::kDomainElsewhere,
                    "its name leads to " + Listed(*found) + ", this machine is " + Listed(ours));
}

Task<void> CertificateLoop::Order(std::string host) {
  Status reachable = co_await deps_.authority.Ready();
  if (!reachable) {
    co_await Refused(std::move(host), std::move(reachable).error());
    co_return;
  }
  HostCertificate::Status status = queue_.Begin(host, deps_.loop.Now());
  Status remembered = co_await Remember(host, std::move(status));
  if (!remembered) {
    queue_.Drop(host, deps_.loop.Now(), deps_.loop.Now() + kTrouble.first,
                remembered.error().message);
    co_return;
  }
  CrashPoint("certificate-remembered");
  ++counters_.ordered;
  auto issued = co_await deps_.authority.Order(host);
  Status kept{};
  if (issued) {
    kept = deps_.shelf.Keep(host, *issued);
    if (!kept) issued = std::unexpected(kept.error());
    if (!kept) issued.error().kind = ErrorKind::kCorrupt;
  }
  if (!issued) {
    co_await Refused(std::move(host), std::move(issued).error());
    co_return;
  }
  troubles_ = 0;
  ++counters_.issued;
  Log(LogLevel::kInfo, "public certificate is there", {{"host", host}});
  status = queue_.Succeeded(host, deps_.loop.Now(), RenewalOf(issued->validity));
  remembered = co_await Remember(host, std::move(status));
  if (!remembered) {
    Log(LogLevel::kWarn, "certificate's record is not written", {{"error", remembered.error()}});
  }
}

// A refusal is the host's; anything else is the authority's, which is then left alone for a while.
Task<void> CertificateLoop::Refused(std::string host, Error error) {
  const WallTime now = deps_.loop.Now();
  Log(LogLevel::kWarn, "no public certificate", {{"host", host}, {"error", error}});
  HostCertificate::Status status;
  if (error.kind == ErrorKind::kDenied) {
    ++counters_.refused;
    status = queue_.Failed(host, now, error.message);
  } else {
    ++counters_.paused;
    const bool limited = error.kind == ErrorKind::kRateLimited;
    Duration wait = BackoffDelay(kTrouble, ++troubles_, deps_.random);
    if (limited) wait = kLimited;
    if (error.retry_after) wait = std::max(*error.retry_after, kTrouble.first);
    queue_.Pause(now + wait,
                 limited ? reason::kCertificateLimit : reason::kCertificateAuthorityUnavailable,
                 error.message);
    const bool lost = error.kind == ErrorKind::kCorrupt;
    status = lost ? queue_.Lost(host, now, now + wait, error.message)
                  : queue_.Drop(host, now, now, error.message);
  }
  Status stored = co_await Remember(std::move(host), std::move(status));
  if (!stored) {
    Log(LogLevel::kWarn, "certificate's record is not written", {{"error", stored.error()}});
  }
}

Task<Status> CertificateLoop::Remember(std::string host, HostCertificate::Status status) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    auto record = co_await deps_.records.Get(host);
    if (!record && record.error().kind == ErrorKind::kNotFound) {
      HostCertificate fresh;
      fresh.meta.name = host;
      fresh.status = status;
      record = co_await deps_.records.PutSpec(std::move(fresh));
    }
    if (record && record->status == status) co_return Status();
    if (record) {
      record->status = status;
      record = co_await deps_.records.PutStatus(std::move(*record));
      if (record) co_return Status();
    }
    if (record.error().kind != ErrorKind::kConflict) co_return std::unexpected(record.error());
  }
  co_return Fail(ErrorKind::kConflict, "certificate of " + host + ": changed again and again");
}

Task<void> CertificateLoop::ForgetRecords() {
  for (const std::string& host : queue_.Expire(deps_.loop.Now())) {
    auto record = co_await deps_.records.Get(host);
    if (!record) continue;
    Status removed = co_await deps_.records.Remove(host, record->meta.version);
    if (!removed) {
      Log(LogLevel::kWarn, "certificate's record is not removed", {{"error", removed.error()}});
    }
  }
}

}  // namespace kl::app
