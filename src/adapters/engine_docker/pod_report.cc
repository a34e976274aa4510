// What is told of an instance.
#include <algorithm>

#include "adapters/engine_docker/pod.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace {

// Above this share of its storage a failing application most likely fails for want of room.
constexpr double kFullShare = 0.97;

std::string Waits(const Member& member, const std::map<std::string, MemberRun>& members) {
  for (const auto& dependency : member.depends_on) {
    const auto run = members.find(dependency.member);
    if (run == members.end()) continue;
    if (!Satisfies(run->second, dependency.condition)) return dependency.member;
  }
  return {};
}

}  // namespace

Observed Pod::Report() const {
  Observed seen;
  seen.upstreams.reserve(ports_.size());
  for (const auto& [inside, outside] : ports_) {
    seen.upstreams.emplace_back(inside, "127.0.0.1:" + std::to_string(outside));
  }
  if (storage_) {
    seen.storage_enforced = storage_->enforced;
    seen.storage_used_bytes = storage_->used_bytes;
  }
  seen.spec_digest = digest_;
  if (gone_) return Observed{};
  if (wish_ == Wish::kStop && finished_ == generation_ && !trouble_) {
    const bool known =
        !pause_.id.empty() || !record_.service.empty() ||
        std::ranges::any_of(members_, [](const auto& m) { return !m.second.id.empty(); });
    if (!known) return Observed{};
    seen.phase = InstancePhase::kStopped;
    return seen;
  }
  seen.phase = InstancePhase::kStarting;
  if (!spec_) {
    if (trouble_) seen.reason = trouble_->reason, seen.message = trouble_->message;
    return seen;
  }
  const AppSpec& spec = *spec_;
  const bool full = storage_ && spec.storage_bytes > 0 &&
                    static_cast<double>(storage_->used_bytes) >=
                        kFullShare * static_cast<double>(spec.storage_bytes);
  // After a new wish what runs is of the old one until a pass has looked.
  bool all_ready = looked_ && finished_ == generation_ && pause_.Running();
  // The first member, in start order, that is not as wished explains the others.
  const auto blame = [&](std::string_view word, std::string message) {
    if (!seen.reason.empty()) return;
    seen.reason = full && word != reason::kWaitingForDependency ? reason::kStorageFull : word;
    seen.message = std::move(message);
  };
  for (const auto& member : spec.members) {
    static const MemberRun kNothing;
    const auto it = members_.find(member.name);
    const MemberRun& run = it == members_.end() ? kNothing : it->second;
    seen.members.push_back({.name = member.name,
                            .status = std::string(StatusWord(run, member)),
                            .restarts = run.restarts,
                            .exit_code = run.detail.exit_code,
                            .error = run.error});
    if (IsReady(run)) continue;
    all_ready = false;
    const bool failing = run.crashes > 0 || run.given_up;
    if (failing && !run.reason.empty()) {
      blame(run.reason, run.error);
    } else if (run.health == Health::kUnhealthy) {
      blame(reason::kUnhealthy, member.name + ": does not answer its probe well: " + run.answered);
    } else if (const std::string other = Waits(member, members_); !other.empty()) {
      blame(reason::kWaitingForDependency, member.name + ": waits for " + other);
    } else {
      blame(reason::kStarting, member.name + ": " + std::string(StatusWord(run, member)));
    }
  }
  if (trouble_) {
    seen.reason = trouble_->reason;
    seen.message = trouble_->message;
  } else if (all_ready && wish_ == Wish::kRun) {
    seen.phase = InstancePhase::kRunning;
    seen.reason.clear();
    seen.message.clear();
  } else if (seen.reason.empty()) {
    seen.reason = reason::kStarting;
  }
  return seen;
}

}  // namespace kl::docker
