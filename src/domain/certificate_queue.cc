#include "domain/certificate_queue.h"

#include <algorithm>

#include "base/assert.h"
#include "domain/reasons.h"

namespace kl {
namespace {

constexpr Duration kFailureWaitMax = std::chrono::hours(24);
constexpr Duration kLookWaitMax = std::chrono::hours(1);

// first * 2^(times-1), at most max.
Duration Doubled(Duration first, std::size_t times, Duration max) {
  for (std::size_t i = 1; i < times && first < max; ++i) first *= 2;
  return std::min(first, max);
}

// When a window of that length has room for one more; nullopt: it has now. `times` in any order.
std::optional<WallTime> FullUntil(std::vector<WallTime> times, int max, Duration window,
                                  WallTime now) {
  std::erase_if(times, [&](WallTime at) { return at + window <= now; });
  const auto most = static_cast<std::size_t>(std::max(max, 1));
  if (times.size() < most) return std::nullopt;
  std::ranges::sort(times);
  return times[times.size() - most] + window;
}

std::vector<WallTime> Joined(std::vector<WallTime> a, const std::vector<WallTime>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string InHours(Duration window) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(window).count();
  if (hours >= 48) return std::to_string(hours / 24) + " days";
  if (hours >= 1) return std::to_string(hours) + " hours";
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(window).count()) +
         " seconds";
}

CertificateWait Limit(std::string what, int max, Duration window, WallTime until) {
  return {
      std::string(reason::kCertificateLimit),
      "waits for room: " + std::move(what) + " " + std::to_string(max) + " in " + InHours(window),
      until};
}

}  // namespace

std::string RegisteredDomain(std::string_view host) {
  static constexpr std::string_view kSecondLevel[] = {"ac",  "co", "com", "edu", "go",
                                                      "gov", "ne", "net", "or",  "org"};
  std::vector<std::size_t> dots;
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (host[i] == '.') dots.push_back(i);
  }
  if (dots.size() < 2) return std::string(host);
  const std::size_t top = dots.back();
  const std::size_t second = dots[dots.size() - 2];
  const std::string_view label = host.substr(second + 1, top - second - 1);
  const bool country = host.size() - top - 1 == 2;
  if (!country || std::ranges::find(kSecondLevel, label) == std::end(kSecondLevel)) {
    return std::string(host.substr(second + 1));
  }
  if (dots.size() == 2) return std::string(host);
  return std::string(host.substr(dots[dots.size() - 3] + 1));
}

void CertificateQueue::Restore(const std::string& host, HostCertificate::Status remembered) {
  Host& entry = hosts_[host];
  entry.status = std::move(remembered);
  if (entry.status.failures.empty()) return;
  const auto& failures = entry.status.failures;
  entry.due = failures.back() + Doubled(limits_.after_failure, failures.size(), kFailureWaitMax);
  entry.wait = {std::string(reason::kCertificateRefused), entry.status.message, entry.due};
}

void CertificateQueue::Want(const std::string& host, std::optional<WallTime> renew_at) {
  Host& entry = hosts_[host];
  if (entry.wanted) return;
  entry.wanted = true;
  entry.place = ++places_;
  entry.has_one = renew_at.has_value();
  if (renew_at) entry.due = std::max(entry.due, *renew_at);
}

void CertificateQueue::Forget(const std::string& host) {
  if (auto it = hosts_.find(host); it != hosts_.end()) it->second.wanted = false;
}

bool CertificateQueue::Wanted(const std::string& host) const {
  const auto it = hosts_.find(host);
  return it != hosts_.end() && it->second.wanted;
}

CertificateQueue::Counted CertificateQueue::Count(WallTime now) const {
  Counted out;
  for (const auto& [host, entry] : hosts_) {
    for (WallTime at : entry.status.orders) {
      if (at + limits_.orders_window > now) out.all.push_back(at);
    }
    // One that is looked at may be ordered in a moment, one that is out may be seen in a moment.
    const bool expected = entry.under_way && !entry.begun;
    const bool out_long = entry.begun && entry.status.orders.back() + limits_.orders_window <= now;
    if (expected || out_long) out.all.push_back(now);
    const auto& issued = entry.status.issued;
    if (issued.empty() && !expected) continue;
    auto& group = out.by_domain[RegisteredDomain(host)];
    group.insert(group.end(), issued.begin(), issued.end());
    if (expected && !entry.has_one) group.push_back(now);
  }
  return out;
}

std::optional<CertificateWait> CertificateQueue::Blocked(const std::string& host, const Host& entry,
                                                         const Counted& counted,
                                                         WallTime now) const {
  if (entry.due > now) {
    CertificateWait wait = entry.wait;
    wait.until = entry.due;
    return wait;
  }
  const auto& status = entry.status;
  if (auto until = FullUntil(status.failures, limits_.failures, limits_.failures_window, now)) {
    return CertificateWait{std::string(reason::kCertificateRefused), status.message, until};
  }
  if (pause_ && pause_->until && *pause_->until > now) return pause_;
  if (auto until = FullUntil(counted.all, limits_.orders, limits_.orders_window, now)) {
    return Limit("orders of all hosts", limits_.orders, limits_.orders_window, *until);
  }
  if (auto until = FullUntil(Joined(status.issued, status.renewals), limits_.per_host,
                             limits_.domain_window, now)) {
    return Limit("certificates of this host", limits_.per_host, limits_.domain_window, *until);
  }
  if (entry.has_one) return std::nullopt;
  const std::string domain = RegisteredDomain(host);
  const auto group = counted.by_domain.find(domain);
  if (group == counted.by_domain.end()) return std::nullopt;
  if (auto until = FullUntil(group->second, limits_.per_domain, limits_.domain_window, now)) {
    return Limit("first certificates below " + domain, limits_.per_domain, limits_.domain_window,
                 *until);
  }
  return std::nullopt;
}

// A renewal goes first: what it replaces ends. Then who came first.
std::optional<std::string> CertificateQueue::Next(WallTime now) {
  if (under_way_ >= limits_.at_once) return std::nullopt;
  const Counted counted = Count(now);
  decltype(hosts_)::iterator best = hosts_.end();
  const auto rank = [](const Host& entry) { return std::pair(!entry.has_one, entry.place); };
  for (auto it = hosts_.begin(); it != hosts_.end(); ++it) {
    const Host& entry = it->second;
    if (!entry.wanted || entry.under_way) continue;
    if (best != hosts_.end() && rank(best->second) < rank(entry)) continue;
    if (!Blocked(it->first, entry, counted, now)) best = it;
  }
  if (best == hosts_.end()) return std::nullopt;
  best->second.under_way = true;
  ++under_way_;
  return best->first;
}

std::optional<WallTime> CertificateQueue::NextAt(WallTime now) const {
  if (under_way_ >= limits_.at_once) return std::nullopt;
  const Counted counted = Count(now);
  std::optional<WallTime> first;
  for (const auto& [host, entry] : hosts_) {
    if (!entry.wanted || entry.under_way) continue;
    const auto blocked = Blocked(host, entry, counted, now);
    const std::optional<WallTime> at = blocked ? blocked->until : now;
    if (at && (!first || *at < *first)) first = at;
  }
  return first;
}

HostCertificate::Status CertificateQueue::Begin(const std::string& host, WallTime now) {
  Host& entry = hosts_[host];
  KL_ASSERT(entry.under_way);
  Trim(entry, now);
  entry.status.orders.push_back(now);
  (entry.has_one ? entry.status.renewals : entry.status.issued).push_back(now);
  entry.begun = true;
  entry.looks = 0;
  return entry.status;
}

void CertificateQueue::End(Host& entry, WallTime now) {
  KL_ASSERT(entry.under_way);
  if (entry.begun) entry.status.orders.back() = std::max(entry.status.orders.back(), now);
  entry.under_way = false;
  entry.begun = false;
  --under_way_;
}

// Nothing was issued after all.
void CertificateQueue::TakeBack(Host& entry) {
  auto& times = entry.has_one ? entry.status.renewals : entry.status.issued;
  if (entry.begun && !times.empty()) times.pop_back();
}

HostCertificate::Status CertificateQueue::Drop(const std::string& host, WallTime now,
                                               WallTime until, std::string message) {
  TakeBack(hosts_[host]);
  return Lost(host, now, until, std::move(message));
}

HostCertificate::Status CertificateQueue::Lost(const std::string& host, WallTime now,
                                               WallTime until, std::string message) {
  Host& entry = hosts_[host];
  End(entry, now);
  entry.due = until;
  entry.wait = {std::string(reason::kCertificateAuthorityUnavailable), std::move(message), until};
  return entry.status;
}

HostCertificate::Status CertificateQueue::Succeeded(const std::string& host, WallTime now,
                                                    WallTime renew_at) {
  Host& entry = hosts_[host];
  End(entry, now);
  entry.has_one = true;
  entry.due = renew_at;
  entry.wait = {};
  entry.status.failures.clear();
  entry.status.message.clear();
  return entry.status;
}

HostCertificate::Status CertificateQueue::Failed(const std::string& host, WallTime now,
                                                 std::string message) {
  Host& entry = hosts_[host];
  TakeBack(entry);
  End(entry, now);
  entry.status.failures.push_back(now);
  entry.status.message = message;
  entry.due = now + Doubled(limits_.after_failure, entry.status.failures.size(), kFailureWaitMax);
  entry.wait = {std::string(reason::kCertificateRefused), std::move(message), entry.due};
  return entry.status;
}

void CertificateQueue::Elsewhere(const std::string& host, WallTime now, std::string_view reason,
                                 std::string message) {
  Host& entry = hosts_[host];
  End(entry, now);
  const auto times = static_cast<std::size_t>(++entry.looks);
  entry.due = now + Doubled(limits_.dns_again, times, kLookWaitMax);
  entry.wait = {std::string(reason), std::move(message), entry.due};
}

void CertificateQueue::Pause(WallTime until, std::string_view reason, std::string message) {
  if (pause_ && pause_->until && *pause_->until > until) return;
  pause_ = CertificateWait{std::string(reason), std::move(message), until};
}

std::optional<CertificateWait> CertificateQueue::WaitOf(const std::string& host,
                                                        WallTime now) const {
  const auto it = hosts_.find(host);
  if (it == hosts_.end() || !it->second.wanted || it->second.has_one) return std::nullopt;
  const Host& entry = it->second;
  if (entry.under_way) {
    return CertificateWait{std::string(reason::kCertificateOrdered), "is being ordered", {}};
  }
  if (auto blocked = Blocked(host, entry, Count(now), now)) return blocked;
  return CertificateWait{std::string(reason::kCertificateOrdered), "its turn comes", now};
}

std::size_t CertificateQueue::waiting() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      hosts_, [](const auto& each) { return each.second.wanted && !each.second.has_one; }));
}

std::vector<std::string> CertificateQueue::Expire(WallTime now) {
  std::vector<std::string> gone;
  for (auto& [host, entry] : hosts_) {
    if (!entry.wanted && !entry.under_way && Trim(entry, now)) gone.push_back(host);
  }
  for (const std::string& host : gone) hosts_.erase(host);
  return gone;
}

// True when nothing is left that counts.
bool CertificateQueue::Trim(Host& entry, WallTime now) const {
  const Duration longest = std::max(limits_.orders_window, limits_.domain_window);
  HostCertificate::Status& status = entry.status;
  for (auto* times : {&status.orders, &status.issued, &status.renewals}) {
    std::erase_if(*times, [&](WallTime at) { return at + longest <= now; });
  }
  const bool forgiven = status.failures.empty() || status.failures.back() + kFailureWaitMax <= now;
  return status.orders.empty() && status.issued.empty() && status.renewals.empty() && forgiven;
}

}  // namespace kl
