// Which host's certificate is ordered next, so that no limit of the authority is ever reached: a
// queue, first come first served, held back by windows, back-off and pauses. Pure: no clock, no
// call.
//
//   wanted -> Next() -> look whether its name leads here -> Begin() -> order -> Succeeded() /
//   Failed()
//                       \-> Elsewhere(): nothing is ordered, looked at again later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/certificate.h"

namespace kl {

// Below Let's Encrypt's own (https://letsencrypt.org/docs/rate-limits/: 300 orders per account in 3
// hours, 50 certificates per registered domain and 5 of the same host in 7 days, 5 failures per
// host and hour). Windows slide, which is stricter than the token buckets they are measured with.
struct CertificateLimits {
  int orders = 250;  // of all hosts
  Duration orders_window = std::chrono::hours(3);
  int per_domain = 45;  // first certificates of a registered domain's hosts; renewals are free
  int per_host = 4;
  Duration domain_window = std::chrono::days(7);
  int failures = 3;  // of one host
  Duration failures_window = std::chrono::hours(1);
  int at_once = 4;                                    // orders under way
  Duration after_failure = std::chrono::minutes(10);  // doubles with each, at most a day
  Duration dns_again = std::chrono::seconds(30);      // doubles with each look, at most an hour
};

// Why a host has no public certificate (yet).
struct CertificateWait {
  std::string reason;  // a word of reasons.h
  std::string message;
  std::optional<WallTime> until;  // looked at again then, when that is known
};

class CertificateQueue {
 public:
  explicit CertificateQueue(CertificateLimits limits) : limits_(limits) {}

  // What is remembered of a host, wanted or not: its orders count.
  void Restore(const std::string& host, HostCertificate::Status remembered);
  // From now on the host shall have a certificate. `renew_at` of one that has one already. Nothing
  // changes for a host that is wanted.
  void Want(const std::string& host, std::optional<WallTime> renew_at);
  // Its orders go on counting.
  void Forget(const std::string& host);
  bool Wanted(const std::string& host) const;

  // The host to look at now, which is then under way until Begin's outcome, Elsewhere or Drop.
  // nullopt: none may be ordered now.
  std::optional<std::string> Next(WallTime now);
  // When Next may have one, if nothing else happens before; nullopt: not by waiting.
  std::optional<WallTime> NextAt(WallTime now) const;

  // What is to be remembered before the order goes out. It counts from now on, and a window is over
  // for it that long after its end: the authority has seen it somewhere in between.
  HostCertificate::Status Begin(const std::string& host, WallTime now);
  // No order went out, or it gave nothing for a reason that is not the host's: tried again then.
  HostCertificate::Status Drop(const std::string& host, WallTime now, WallTime until,
                               std::string message);
  // It may have given a certificate, which did not arrive.
  HostCertificate::Status Lost(const std::string& host, WallTime now, WallTime until,
                               std::string message);
  HostCertificate::Status Succeeded(const std::string& host, WallTime now, WallTime renew_at);
  HostCertificate::Status Failed(const std::string& host, WallTime now, std::string message);
  // Its name does not lead here, or nobody knows: `reason` says which.
  void Elsewhere(const std::string& host, WallTime now, std::string_view reason,
                 std::string message);
  // The authority wants to be left alone, or does not answer.
  void Pause(WallTime until, std::string_view reason, std::string message);

  // nullopt: it has its certificate, or is not wanted.
  std::optional<CertificateWait> WaitOf(const std::string& host, WallTime now) const;
  // Wanted hosts without one.
  std::size_t waiting() const;
  // Remembered hosts that neither count nor are wanted any more; they are forgotten here.
  std::vector<std::string> Expire(WallTime now);

 private:
  struct Host {
    HostCertificate::Status status;
    bool wanted = false;
    bool has_one = false;  // and waits for its renewal at `due`
    bool under_way = false;
    bool begun = false;       // and an order of it is out
    std::uint64_t place = 0;  // in the queue
    WallTime due{};           // not ordered before
    int looks = 0;            // at a name that led elsewhere, in a row
    CertificateWait wait;     // why it is not ordered before `due`
  };
  // Orders that count now, of everybody and by registered domain.
  struct Counted {
    std::vector<WallTime> all;
    std::map<std::string, std::vector<WallTime>> by_domain;
  };
  Counted Count(WallTime now) const;
  // What keeps this host from being ordered now, its own `due` included.
  std::optional<CertificateWait> Blocked(const std::string& host, const Host& entry,
                                         const Counted& counted, WallTime now) const;
  bool Trim(Host& entry, WallTime now) const;
  void End(Host& entry, WallTime now);
  void TakeBack(Host& entry);

  CertificateLimits limits_;
  std::map<std::string, Host> hosts_;
  std::uint64_t places_ = 0;
  int under_way_ = 0;
  std::optional<CertificateWait> pause_;
};

// The name a registrar sold, by which authorities count: the last two labels, or three below a
// suffix such as co.uk. Without the list of public suffixes it may name too large a group, which
// only slows ordering down.
std::string RegisteredDomain(std::string_view host);

}  // namespace kl
