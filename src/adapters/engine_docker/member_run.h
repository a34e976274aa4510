// What is known of one member's container, and what its past means for its future. Pure.
#pragma once

#include <memory>
#include <string>

#include "adapters/engine_docker/prober.h"
#include "adapters/engine_docker/types.h"
#include "base/random.h"
#include "ports/engine.h"

namespace kl::docker {

struct MemberRun {
  // As the engine said last. `id` empty: no container.
  std::string id;
  std::string state;
  std::string digest;      // label
  bool inspected = false;  // `detail` is of this container in this state
  ContainerDetail detail;

  // Supervision.
  Health health = Health::kUnknown;
  std::string answered;  // the answer that made `health` what it is, one line
  MonoTime healthy_since{};
  MonoTime running_since{};    // as we saw it
  bool completed = false;      // a one-shot that ended well
  bool given_up = false;       // ended badly and its policy is not to start it again
  bool started_here = false;   // by us, in this life of the program; else it was taken over
  bool halted_by_us = false;   // its next end is not a crash
  std::int64_t judged_ns = 0;  // finished_ns of the end already judged
  std::uint64_t oom_seen = 0;  // kernel message of the last such kill judged
  int restarts = 0;            // since we supervise it
  int crashes = 0;             // since it was healthy for long
  MonoTime not_before{};       // of the next start
  std::string error;           // last failure, one line
  std::string_view reason;     // of the last failure, a word of domain/reasons.h

  std::unique_ptr<TaskScope> probe;
  std::string probed;  // container and start the probe is for

  bool Running() const { return state == "running"; }
  bool Ended() const { return state == "exited" || state == "dead" || state == "stopped"; }
};

inline constexpr Duration kLongHealthy = std::chrono::seconds(60);
// Without a probe, one that crashed before is believed only after running for so long.
inline constexpr Duration kSettling = std::chrono::seconds(5);

// Whether an end with code 0 is its completion: its policy says so, or a member waits for it.
bool IsOneShot(const AppSpec& spec, const Member& member);

// Judges an end that was not asked for: sets completed, or crashes, reason, error and not_before
// (1 s doubling to 60 s, with jitter; at once after a long healthy time).
void JudgeEnd(MemberRun& run, const AppSpec& spec, const Member& member, MonoTime now,
              Random& random);
// The same for a start that the engine refused.
void JudgeFailedStart(MemberRun& run, const std::string& message, MonoTime now, Random& random);

// Whether `condition` holds of a member with this state.
bool Satisfies(const MemberRun& run, DependencyCondition condition);

// "waiting", "starting", "running", "healthy", "unhealthy", "exited", "completed".
std::string_view StatusWord(const MemberRun& run, const Member& member);
bool IsReady(const MemberRun& run);

// A word for what an application's last words say, empty when they say nothing known: only the word
// leaves, never the words.
std::string_view ReasonInOutput(std::string_view output);

}  // namespace kl::docker
