#include "adapters/engine_docker/member_run.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "domain/reasons.h"

namespace kl::docker {
namespace {

constexpr Duration kBackoffMin{1000};
constexpr Duration kBackoffMax{60000};

// `crashes` >= 1. Between 80 and 120 % of the step, so that instances do not restart in step.
Duration Backoff(int crashes, Random& random) {
  const int doublings = std::min(crashes - 1, 6);
  const Duration step = std::min(kBackoffMax, kBackoffMin * (1 << doublings));
  return step * static_cast<int>(80 + random.Below(41)) / 100;
}

void Postpone(MemberRun& run, MonoTime now, Random& random) {
  ++run.crashes;
  run.not_before = now + Backoff(run.crashes, random);
}

bool ContainsWord(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace

bool IsOneShot(const AppSpec& spec, const Member& member) {
  if (member.restart != RestartPolicy::kAlways) return true;
  return std::ranges::any_of(spec.members, [&](const Member& other) {
    return std::ranges::any_of(other.depends_on, [&](const Dependency& dependency) {
      return dependency.member == member.name &&
             dependency.condition == DependencyCondition::kCompleted;
    });
  });
}

void JudgeEnd(MemberRun& run, const AppSpec& spec, const Member& member, MonoTime now,
              Random& random) {
  run.judged_ns = run.detail.finished_ns;
  const bool was_long_healthy =
      run.health == Health::kHealthy && now - run.healthy_since >= kLongHealthy;
  run.health = Health::kUnknown;
  const int code = run.detail.exit_code;
  if (code == 0 && IsOneShot(spec, member)) {
    run.completed = true;
    run.crashes = 0;
    run.error.clear();
    run.reason = {};
    return;
  }
  run.reason = run.detail.oom_killed ? reason::kOutOfMemory : reason::kCrashLooping;
  run.error = member.name + ": " +
              (run.detail.oom_killed ? std::string("out of memory: killed at its limit")
                                     : "exited with code " + std::to_string(code));
  run.given_up = member.restart == RestartPolicy::kNever;
  if (was_long_healthy) {
    run.crashes = 0;
    run.not_before = now;
    return;
  }
  Postpone(run, now, random);
}

void JudgeFailedStart(MemberRun& run, const std::string& message, MonoTime now, Random& random) {
  run.health = Health::kUnknown;
  run.reason = reason::kCrashLooping;
  run.error = message;
  Postpone(run, now, random);
}

bool Satisfies(const MemberRun& run, DependencyCondition condition) {
  switch (condition) {
    case DependencyCondition::kStarted: return run.Running() || run.completed;
    case DependencyCondition::kHealthy: return IsReady(run);
    case DependencyCondition::kCompleted: return run.completed;
  }
  return false;
}

bool IsReady(const MemberRun& run) {
  if (run.completed) return true;
  return run.Running() && run.health == Health::kHealthy;
}

std::string_view StatusWord(const MemberRun& run, const Member& member) {
  if (run.completed) return "completed";
  if (run.Running()) {
    if (!member.probe) return "running";
    switch (run.health) {
      case Health::kUnknown: return "starting";
      case Health::kHealthy: return "healthy";
      case Health::kUnhealthy: return "unhealthy";
    }
  }
  return run.Ended() || run.crashes > 0 ? "exited" : "waiting";
}

std::string_view ReasonInOutput(std::string_view output) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords = {{
      {"address already in use", reason::kPortClash},
      {"address in use", reason::kPortClash},
      {"eaddrinuse", reason::kPortClash},
      {"no space left on device", reason::kStorageFull},
      {"quota exceeded", reason::kStorageFull},
  }};
  for (const auto& [word, reason] : kWords) {
    if (ContainsWord(output, word)) return reason;
  }
  return {};
}

}  // namespace kl::docker
