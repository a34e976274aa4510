// Reading the engine: which containers there are, how they run and how they ended.
#include <algorithm>

#include "adapters/engine_docker/frames.h"
#include "adapters/engine_docker/netns.h"
#include "adapters/engine_docker/oom.h"
#include "adapters/engine_docker/pod.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace {

constexpr std::size_t kLastWordsBytesMax = 64 << 10;

void Assign(MemberRun& run, const ContainerSummary& container) {
  if (run.id != container.id || run.state != container.state) run.inspected = false;
  run.id = container.id;
  run.state = container.state;
  run.digest = LabelOf(container.labels, label::kMemberDigest);
}

void Lose(MemberRun& run) {
  run.id.clear();
  run.state.clear();
  run.inspected = false;
  run.probe.reset();
  run.health = Health::kUnknown;
}

}  // namespace

Pod::Step Pod::Look(const AppSpec* spec) {
  if (!listed_) {
    listed_ = true;  // first: an event that comes during the call takes it back
    Labels wanted = {{std::string(label::kUid), uid_.str()}};
    auto containers = co_await context_.lister.Find(std::move(wanted));
    if (!containers) co_return Because(reason::kEngineUnavailable, std::move(containers.error()));
    Sort(std::move(*containers), spec);
  }
  KL_CO_RETURN_IF_ERROR(co_await InspectAll());
  if (spec != nullptr) KL_CO_RETURN_IF_ERROR(co_await Judge(*spec));
  looked_ = true;
  co_return Status();
}

void Pod::Sort(std::vector<ContainerSummary> containers, const AppSpec* spec) {
  std::set<const MemberRun*> found;
  extras_.clear();
  for (const auto& container : containers) {
    const std::string member(LabelOf(container.labels, label::kMember));
    const bool wanted = member.empty() || spec == nullptr || FindMember(*spec, member) != nullptr;
    MemberRun* run = !wanted ? nullptr : member.empty() ? &pause_ : &members_[member];
    if (run == nullptr || found.contains(run)) {
      extras_.push_back(container.id);
      continue;
    }
    found.insert(run);
    Assign(*run, container);
    if (run == &pause_) {
      for (const auto& [inside, outside] : ports_) context_.ports.Release(outside);
      ports_ = ParsePorts(LabelOf(container.labels, label::kPorts));
      for (const auto& [inside, outside] : ports_) context_.ports.MarkUsed(outside);
    }
  }
  if (!found.contains(&pause_)) Lose(pause_);
  for (auto& [name, run] : members_) {
    if (!found.contains(&run)) Lose(run);
  }
  if (spec == nullptr) return;
  std::erase_if(members_, [&](const auto& entry) {
    return entry.second.id.empty() && FindMember(*spec, entry.first) == nullptr;
  });
  for (const auto& member : spec->members) members_[member.name];
}

Pod::Step Pod::InspectAll() {
  std::vector<Step> steps;
  if (!pause_.id.empty() && !pause_.inspected) steps.push_back(Inspect(pause_));
  for (auto& [name, run] : members_) {
    if (!run.id.empty() && !run.inspected) steps.push_back(Inspect(run));
  }
  co_return co_await All(std::move(steps));
}

Pod::Step Pod::Inspect(MemberRun& run) {
  auto detail = co_await context_.api.InspectContainer(run.id);
  if (!detail && detail.error().kind == ErrorKind::kNotFound) {
    Lose(run);
    co_return Status();
  }
  if (!detail) co_return Because(reason::kEngineUnavailable, std::move(detail.error()));
  const bool another_start = detail->started_ns != run.detail.started_ns;
  run.detail = std::move(*detail);
  run.state = run.detail.state;
  run.inspected = true;
  if (another_start) {
    run.running_since = context_.loop.Monotonic();
    run.health = Health::kUnknown;
    run.probe.reset();
    if (run.Running()) run.completed = false;
  }
  co_return Status();
}

Pod::Step Pod::Judge(const AppSpec& spec) {
  for (const auto& member : spec.members) {
    MemberRun& run = members_[member.name];
    if (run.id.empty() || !run.Ended() || run.detail.finished_ns == run.judged_ns) continue;
    run.probe.reset();
    const bool halted = std::exchange(run.halted_by_us, false);
    if (halted || (!looked_ && !(run.detail.exit_code == 0 && IsOneShot(spec, member)))) {
      run.judged_ns = run.detail.finished_ns;
      run.health = Health::kUnknown;
      continue;
    }
    co_await AskKernel(run);
    JudgeEnd(run, spec, member, context_.loop.Monotonic(), context_.random);
    if (run.completed) continue;
    co_await RefreshStorage();
    if (run.reason == reason::kCrashLooping) {
      const std::string_view known = co_await ReasonInLogs(run.id);
      if (!known.empty()) run.reason = known;
    }
    Log(LogLevel::kInfo, "member ended",
        {{"service", name_.str()},
         {"member", member.name},
         {"reason", run.reason},
         {"exit_code", run.detail.exit_code}});
  }
  co_return Status();
}

Task<void> Pod::AskKernel(MemberRun& run) {
  constexpr int kKilled = 128 + 9;
  if (run.detail.exit_code != kKilled || run.detail.oom_killed) co_return;
  auto work = [id = run.id] { return LastOomKill(id); };
  const std::uint64_t last = co_await Offload(context_.loop, context_.pool, std::move(work));
  run.detail.oom_killed = last > run.oom_seen;
  run.oom_seen = last;
}

Task<std::string_view> Pod::ReasonInLogs(std::string id) {
  auto body = co_await context_.api.Logs(std::move(id), 20, false);
  if (!body) co_return std::string_view();
  FrameDecoder decoder;
  std::string words;
  while (words.size() < kLastWordsBytesMax) {
    auto piece = co_await (*body)->Read();
    if (!piece || piece->empty()) break;
    words += decoder.Feed(*piece);
  }
  co_return ReasonInOutput(words);
}

bool Pod::SharesNetwork(const MemberRun& run) const {
  const auto ours = NetworkNamespace(pause_.detail.pid);
  const auto its = NetworkNamespace(run.detail.pid);
  if (ours && its) return *ours == *its;
  // Where processes cannot be seen: who started before its pause did is in the namespace of the
  // life before.
  return run.detail.started_ns >= pause_.detail.started_ns;
}

}  // namespace kl::docker
