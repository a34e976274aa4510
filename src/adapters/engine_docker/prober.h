// Asks one running container again and again whether it is healthy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/engine_docker/api.h"
#include "domain/app_spec.h"

namespace kl::docker {

enum class Health {
  kUnknown,    // not answered well yet
  kHealthy,    // or has no probe and runs
  kUnhealthy,  // failed too often, or did not become healthy in its time
};

struct ProbeTarget {
  Probe probe;
  std::string container;   // for a command
  std::uint16_t port = 0;  // published on loopback, for HTTP
  std::string host;        // Host header: applications refuse hosts they do not know
  bool awaited = true;     // somebody waits for its first success: it was just started
};

// When to ask next and what the answers mean. Pure; times are since the container's start.
class ProbeSchedule {
 public:
  explicit ProbeSchedule(const Probe& probe) : probe_(probe) {}
  // Takes an answer; returns how long to wait until the next question: from 50 ms growing to 1 s
  // until the first success, then the probe's interval.
  Duration Answered(bool good, Duration since_start);
  Health health() const { return health_; }

 private:
  Probe probe_;
  Health health_ = Health::kUnknown;
  bool was_healthy_ = false;
  int failures_ = 0;
  Duration pause_{50};
};

// How one question was answered. `what` is for a person: a status, an exit code, or that nothing
// answers. Never what a command printed: it may hold a secret of the instance.
struct ProbeAnswer {
  bool good = false;
  std::string what;
};

// Runs until its frame is destroyed; reports every change with the answer that made it. At once the
// first question. Commands are costly for the engine: those that nobody waits for, as after a
// restart with many instances, take turns by `routine`, so that a new order does not wait behind
// them.
Task<void> RunProbe(net::IoLoop& loop, EngineApi& api, Throttle& routine, ProbeTarget target,
                    std::function<void(Health, std::string what)> report);

}  // namespace kl::docker
