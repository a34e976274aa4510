// The steps from whatever is there to everything running.
#include <algorithm>

#include "adapters/engine_docker/pod.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl::docker {
bool Pod::NeedsPause(const AppSpec& spec) const {
  return pause_.id.empty() || pause_.id == refused_pause_ || pause_.digest != PauseDigest(spec);
}

bool Pod::IsStale(const AppSpec& spec, const Member& member) const {
  const MemberRun& run = members_.at(member.name);
  if (run.id.empty()) return false;
  if (run.digest != Digest(spec, member) || NeedsPause(spec)) return true;
  if (!run.inspected) return false;
  // Joined another pause, or its limits were changed behind our back.
  // (No limit at all may be an engine that cannot set one.)
  return run.detail.network_mode != "container:" + pause_.id ||
         (run.detail.memory_bytes != 0 && run.detail.memory_bytes != member.memory_bytes);
}

Pod::Step Pod::Converge(const AppSpec& spec) {
  KL_CO_RETURN_IF_ERROR(co_await Look(&spec));
  const bool fresh = pause_.id.empty() && std::ranges::all_of(members_, [](const auto& m) {
                       return m.second.id.empty();
                     });
  // Whatever can fail does so before anything that runs is touched.
  interruptible_ = true;
  KL_CO_RETURN_IF_ERROR(co_await EnsureImages(spec));
  interruptible_ = false;
  if (fresh && extras_.empty()) {
    std::vector<Step> steps;
    steps.push_back(PrepareStorage(spec));
    steps.push_back(CreatePause(spec));
    KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
  } else {
    KL_CO_RETURN_IF_ERROR(co_await PrepareStorage(spec));
    KL_CO_RETURN_IF_ERROR(co_await RemoveStale(spec));
    KL_CO_RETURN_IF_ERROR(co_await CreatePause(spec));
  }
  KL_CO_RETURN_IF_ERROR(co_await WriteRecord(spec));
  std::vector<Step> steps;
  steps.push_back(StartPause(spec));
  steps.push_back(CreateMembers(spec));
  if (!pause_.Running()) steps.push_back(HaltCutOff(spec));
  KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
  KL_CO_RETURN_IF_ERROR(co_await HaltCutOff(spec));
  KL_CO_RETURN_IF_ERROR(co_await StartDue(spec));
  UpdateProbes(spec);
  written_ = working_;
  co_return Status();
}

Pod::Step Pod::EnsureImages(const AppSpec& spec) {
  const auto ensure = [](Pod& pod, std::string reference) -> Step {
    auto image = co_await pod.context_.images.Ensure(reference);
    if (image) {
      pod.images_.insert_or_assign(reference, std::move(*image));
      co_return Status();
    }
    const bool missing = image.error().kind == ErrorKind::kNotFound;
    co_return Because(missing ? reason::kImageMissing : reason::kImagePullFailed,
                      std::move(image.error()));
  };
  std::set<std::string> references;
  if (NeedsPause(spec)) references.insert(context_.options.pause_image);
  for (const auto& member : spec.members) {
    if (members_[member.name].id.empty() || IsStale(spec, member)) references.insert(member.image);
  }
  std::vector<Step> steps;
  for (const auto& reference : references) steps.push_back(ensure(*this, reference));
  co_return co_await All(std::move(steps));
}

Pod::Step Pod::RemoveStale(const AppSpec& spec) {
  for (const auto& id : extras_) KL_CO_RETURN_IF_ERROR(co_await context_.api.RemoveContainer(id));
  extras_.clear();
  std::set<std::string> stale;
  for (const auto& member : spec.members) {
    if (IsStale(spec, member)) stale.insert(member.name);
  }
  KL_CO_RETURN_IF_ERROR(co_await HaltMembers(&spec, stale));
  std::vector<Step> steps;
  for (const auto& name : stale) {
    if (!members_[name].id.empty()) steps.push_back(Halt(members_[name], true));
  }
  KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
  if (!pause_.id.empty() && NeedsPause(spec)) {
    KL_CO_RETURN_IF_ERROR(co_await Halt(pause_, true));
  }
  co_return Status();
}

Pod::Step Pod::CreateMembers(const AppSpec& spec) {
  std::vector<Step> steps;
  for (const auto& member : spec.members) {
    if (members_[member.name].id.empty()) steps.push_back(CreateMember(spec, member));
  }
  co_return co_await All(std::move(steps));
}

Pod::Step Pod::CreateMember(const AppSpec& spec, const Member& member) {
  MemberContainer container{.pause_id = pause_.id,
                            .binds = BindsOf(spec, member),
                            .pids_max = context_.options.pids_max,
                            .labels = ContainerLabels(spec),
                            .sysctls = IpcSysctls(spec)};
  const std::string digest = Digest(spec, member);
  container.labels.insert_or_assign(std::string(label::kMember), member.name);
  container.labels.insert_or_assign(std::string(label::kMemberDigest), digest);
  auto id = co_await context_.api.CreateContainer(MemberContainerName(spec, member),
                                                  EncodeMember(member, container));
  if (!id) {
    if (id.error().kind == ErrorKind::kNotFound) {
      context_.images.Forget(member.image);
      co_return Because(reason::kImageMissing, std::move(id.error()));
    }
    auto holder = co_await context_.api.InspectContainer(MemberContainerName(spec, member));
    co_return holder ? Because(reason::kForeignInstance, std::move(id.error()))
                     : Because(reason::kStarting, std::move(id.error()));
  }
  MemberRun& run = members_[member.name];
  const int restarts = run.restarts;
  // The same again after a loss keeps its history of crashes; another one begins anew.
  const bool same = run.digest == digest;
  MemberRun next;
  next.restarts = restarts;
  if (same) next.crashes = run.crashes, next.not_before = run.not_before;
  run = std::move(next);
  run.id = std::move(*id);
  run.state = "created";
  run.digest = digest;
  co_return Status();
}

// Members in a namespace that died answer nobody and do not know it.
Pod::Step Pod::HaltCutOff(const AppSpec& spec) {
  std::set<std::string> cut_off;
  for (const auto& [name, run] : members_) {
    if (!run.Running() || (pause_.Running() && SharesNetwork(run))) continue;
    Log(LogLevel::kInfo, "member is cut off from the instance's network: restarting it",
        {{"service", name_.str()}, {"member", name}});
    cut_off.insert(name);
  }
  KL_CO_RETURN_IF_ERROR(co_await HaltMembers(&spec, cut_off));
  // A one-shot that was in its middle is gone now.
  for (const auto& member : spec.members) {
    if (cut_off.contains(member.name) && members_[member.name].id.empty()) {
      KL_CO_RETURN_IF_ERROR(co_await CreateMember(spec, member));
    }
  }
  co_return Status();
}

bool Pod::IsDue(const Member& member) const {
  const MemberRun& run = members_.at(member.name);
  if (run.id.empty() || run.Running() || run.completed || run.given_up) return false;
  if (run.not_before > context_.loop.Monotonic()) return false;
  return std::ranges::all_of(member.depends_on, [&](const Dependency& dependency) {
    const auto it = members_.find(dependency.member);
    return it == members_.end() || Satisfies(it->second, dependency.condition);
  });
}

Pod::Step Pod::StartDue(const AppSpec& spec) {
  std::set<std::string> tried;
  for (;;) {
    std::vector<Step> steps;
    for (const auto& member : spec.members) {
      if (!tried.contains(member.name) && IsDue(member)) {
        tried.insert(member.name);
        steps.push_back(StartMember(spec, member));
      }
    }
    if (steps.empty()) co_return Status();
    KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
  }
}

Pod::Step Pod::StartMember(const AppSpec&, const Member& member) {
  MemberRun& run = members_[member.name];
  const bool again = run.detail.started_ns != 0;
  Status started;
  if (run.state == "paused") {
    started = co_await context_.api.UnpauseContainer(run.id);
  } else {
    started = co_await context_.api.StartContainer(run.id);
  }
  if (!started) {
    if (started.error().kind == ErrorKind::kUnavailable) co_return started;
    JudgeFailedStart(run, member.name + ": " + started.error().message, context_.loop.Monotonic(),
                     context_.random);
    co_return Status();
  }
  if (again) ++run.restarts;
  run.halted_by_us = false;
  run.started_here = true;
  co_return co_await Inspect(run);
}

void Pod::UpdateProbes(const AppSpec& spec) {
  for (const auto& member : spec.members) {
    MemberRun& run = members_[member.name];
    if (!run.Running()) {
      run.probe.reset();
    } else if (member.probe) {
      WatchHealth(spec, member, run);
    } else {
      const MonoTime now = context_.loop.Monotonic();
      if (run.health == Health::kHealthy) continue;
      if (run.crashes > 0 && now - run.running_since < kSettling) continue;
      run.health = Health::kHealthy;
      run.healthy_since = now;
    }
  }
}

// One that asks the right questions already goes on.
void Pod::WatchHealth(const AppSpec& spec, const Member& member, MemberRun& run) {
  const Probe& probe = *member.probe;
  std::string key = run.id + "/" + std::to_string(run.detail.started_ns) + "/" + probe.http_path +
                    ":" + std::to_string(probe.http_port) + "/" +
                    std::to_string(probe.interval.count()) + "/" +
                    std::to_string(probe.timeout.count()) + "/" + std::to_string(probe.retries);
  for (const auto& word : probe.exec) key += " " + word;
  if (run.probe && run.probed == key) return;
  run.probed = std::move(key);
  const auto port = ports_.find(probe.http_port);
  ProbeTarget target{.probe = probe,
                     .container = run.id,
                     .port = port == ports_.end() ? std::uint16_t{0} : port->second,
                     .host = spec.host,
                     .awaited = run.started_here};
  auto report = [this, &run](Health health, std::string what) {
    if (health == Health::kHealthy) run.healthy_since = context_.loop.Monotonic();
    run.health = health;
    run.answered = std::move(what);
    wake_.Set();
  };
  run.probe = std::make_unique<TaskScope>(context_.loop);
  run.probe->Spawn(RunProbe(context_.loop, context_.api, context_.routine_probes, std::move(target),
                            std::move(report)));
}

}  // namespace kl::docker
