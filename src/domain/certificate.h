// What is remembered of a host's public certificate, so that an authority's limits are kept over
// restarts. Not part of objects.h: only those who order certificates need it.
#pragma once

#include "domain/objects.h"

namespace kl {

// Created before the first order; it outlives the host's service until no window counts it.
struct HostCertificate {
  static constexpr std::string_view kKind = "certificate";
  Meta meta;  // name = the host
  struct Spec {
    bool operator==(const Spec&) const = default;
  } spec;
  struct Status {
    // Times, oldest first, kept as long as a window counts them. An order counts as issued from its
    // beginning until it is known to have given nothing.
    std::vector<WallTime> orders;
    std::vector<WallTime> issued;    // to a host that had none
    std::vector<WallTime> renewals;  // to one that had
    std::vector<WallTime> failures;  // refused by the authority since the last success
    std::string message;             // of the last failure
    bool operator==(const Status&) const = default;
  } status;
};

}  // namespace kl
