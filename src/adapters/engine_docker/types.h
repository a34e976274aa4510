// What the engine's API tells, reduced to what is used here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/engine_docker/labels.h"

namespace kl::docker {

struct ContainerSummary {
  std::string id;
  std::string name;   // without the leading '/'
  std::string state;  // created, running, paused, restarting, exited, dead
  Labels labels;
};

struct ContainerDetail {
  std::string id;
  std::string state;
  bool oom_killed = false;
  int exit_code = 0;
  int pid = 0;                   // on the engine's machine, 0 when it does not run
  std::int64_t started_ns = 0;   // since the epoch; 0: never
  std::int64_t finished_ns = 0;  // the same
  std::string network_mode;      // "container:<id>" of a member
  std::int64_t memory_bytes = 0;
};

struct ImageInfo {
  std::string id;
  std::vector<std::string> volumes;  // paths the image declares as VOLUME
};

struct NetworkInfo {
  std::string name;
  Labels labels;
  std::vector<std::string> subnets;  // "10.213.0.0/28"
};

struct EngineEvent {
  std::string action;  // create, start, die, died, remove, destroy, pause, ...
  std::string id;
  Labels labels;
  std::int64_t seconds = 0;  // since the epoch
};

struct ExecResult {
  int exit_code = 0;
  std::string output;  // both streams
};

}  // namespace kl::docker
