// Orders a public certificate for every host that wants one, within the authority's limits
// (domain/certificate_queue.h), and only when the host's name leads to this machine.
//
// One turn of a host: look where its name leads -> remember the order -> order -> keep what came.
// The order is remembered before it goes out, so a program that dies in between counts too much,
// never too little. Until a certificate is there the gateway serves its host with another one.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "domain/certificate_queue.h"
#include "ports/certificates.h"
#include "ports/store.h"

namespace kl::app {

class CertificateLoop {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Store<HostCertificate>& records;
    CertificateAuthority& authority;
    CertificateShelf& shelf;
    HostResolver& resolver;
    // Where this machine is reached; empty: nobody knows, and nothing is ordered.
    std::set<std::string> addresses;
    CertificateLimits limits;
  };
  explicit CertificateLoop(Deps deps);

  // Reads what is remembered, then works. Before that nothing is ordered.
  void Start();
  void Want(const std::string& host);
  void Forget(const std::string& host);

  // Why the host has no public certificate (yet); nullopt: it has one, or none is wanted.
  std::optional<CertificateWait> WaitOf(const std::string& host) const;
  // Wanted hosts without one.
  std::size_t waiting() const { return queue_.waiting(); }
  struct Counters {
    int ordered = 0;
    int issued = 0;
    int refused = 0;
    int elsewhere = 0;  // looks at a name that did not lead here
    int paused = 0;  // answers of the authority that were no certificate and not the host's fault
  };
  const Counters& counters() const { return counters_; }

 private:
  Task<void> Work();
  Task<void> ReadRecords();
  Task<void> Turn(std::string host);
  Task<bool> LeadsHere(std::string host);
  Task<void> Order(std::string host);
  Task<void> Refused(std::string host, Error error);
  Task<Status> Remember(std::string host, HostCertificate::Status status);
  Task<void> ForgetRecords();

  Deps deps_;
  CertificateQueue queue_;
  std::set<std::string> asked_;  // before the records were read
  bool ready_ = false;
  int troubles_ = 0;  // of the authority, in a row
  Counters counters_;
  Event wake_;
  TaskScope scope_;
};

// A certificate is renewed when a third of its life is left.
WallTime RenewalOf(const Validity& validity);

}  // namespace kl::app
