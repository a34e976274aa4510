// What runs instances. Loop's thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "domain/app_spec.h"

namespace kl {

enum class InstancePhase {
  kAbsent,    // nothing of it is there
  kStopped,   // its data and record are there, nothing runs
  kStarting,  // asked for and not complete yet; `reason` says what it waits for or why it fails
  kRunning,   // all members run and are healthy
};

struct MemberState {
  std::string name;
  std::string
      status;  // "waiting", "starting", "running", "healthy", "unhealthy", "exited", "completed"
  int restarts = 0;
  int exit_code = 0;
  std::string error;  // last failure, one line
};

struct Observed {
  InstancePhase phase = InstancePhase::kAbsent;
  std::string reason;       // a word of domain/reasons.h when not running as wished
  std::string message;      // one line
  std::string spec_digest;  // of the AppSpec applied last, as Digest() gave it
  std::vector<MemberState> members;
  // Where the gateway reaches each route of AppSpec::routes, by container port: "127.0.0.1:20001".
  std::vector<std::pair<std::uint16_t, std::string>> upstreams;
  bool storage_enforced = true;
  std::int64_t storage_used_bytes = -1;  // -1: not known
};

// What inventory() finds without any record of ours.
struct Found {
  ServiceName name;
  ServiceUid uid;
  std::string subscription;  // from its labels
  bool running = false;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Makes it so. Returns when the engine has taken responsibility (not when it runs): from then on
  // it supervises, restarts what crashes, repairs what others change, until the next apply, stop or
  // remove. Applying an equal spec changes nothing. Pulls images before it stops anything. An
  // instance of that name with another uid is kConflict and stays untouched. kInvalid when the
  // engine cannot honour the spec.
  virtual Task<Status> Apply(AppSpec spec) = 0;
  // Stops the containers (stop_grace, then kill) and keeps data. Returns when nothing runs. Absent:
  // no error.
  virtual Task<Status> Stop(ServiceName name, ServiceUid uid) = 0;
  virtual Task<Result<Observed>> Observe(ServiceName name, ServiceUid uid) = 0;
  // Containers, network and volumes with that uid; returns when nothing is left. Absent: no error.
  virtual Task<Status> Remove(ServiceName name, ServiceUid uid) = 0;
  // All instances it holds, found on the engine itself, not in our store.
  virtual Task<Result<std::vector<Found>>> Inventory() = 0;
};

// Wakes when instances changed: a member became healthy, died, was changed from outside.
class EngineWatch {
 public:
  virtual ~EngineWatch() = default;
  // Names changed since the last call, each once; waits for at least one. Empty: look at all (the
  // stream was cut).
  virtual Task<std::vector<ServiceName>> Next() = 0;
};

// Looking into a running instance.
class LogReader {
 public:
  virtual ~LogReader() = default;
  virtual Task<Result<std::string>> Read() = 0;  // next piece, empty at the end
};
struct LogQuery {
  std::string member;  // a member's name
  int tail = -1;       // -1: everything
  bool follow = false;
};
class EngineConsole {
 public:
  virtual ~EngineConsole() = default;
  virtual Task<Result<std::unique_ptr<LogReader>>> Logs(ServiceName name, ServiceUid uid,
                                                        LogQuery query) = 0;
};

// Stable digest of everything in `spec` that makes a difference to what runs (secrets included, as
// a hash).
std::string Digest(const AppSpec& spec);
// The same of one member, with the parts of the spec that its container depends on.
std::string Digest(const AppSpec& spec, const Member& member);

}  // namespace kl
