// Stopping and removing.
#include <algorithm>

#include "adapters/engine_docker/pod.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl::docker {

Pod::Step Pod::Halt(MemberRun& run, bool forget) {
  run.probe.reset();
  run.health = Health::kUnknown;
  const bool running = run.Running() || run.state == "paused";
  if (run.state == "paused") {
    // A frozen process cannot take its stop signal.
    auto thawed = co_await context_.api.UnpauseContainer(run.id);
    if (!thawed && thawed.error().kind == ErrorKind::kUnavailable) co_return thawed;
  }
  if (running) {
    run.halted_by_us = true;
    KL_CO_RETURN_IF_ERROR(co_await context_.api.StopContainer(run.id, grace_));
    run.state = "exited";
    run.inspected = false;
  }
  if (!forget) co_return Status();
  KL_CO_RETURN_IF_ERROR(co_await context_.api.RemoveContainer(run.id));
  run.id.clear();
  run.state.clear();
  run.halted_by_us = false;
  co_return Status();
}

// Who depends on others goes before them.
Pod::Step Pod::HaltMembers(const AppSpec* spec, std::set<std::string> names) {
  const auto depended_on = [&](const std::string& name) {
    return spec != nullptr && std::ranges::any_of(spec->members, [&](const Member& other) {
             return names.contains(other.name) && other.name != name &&
                    std::ranges::any_of(other.depends_on, [&](const Dependency& dependency) {
                      return dependency.member == name;
                    });
           });
  };
  while (!names.empty()) {
    std::vector<std::string> round;
    for (const auto& name : names) {
      if (!depended_on(name)) round.push_back(name);
    }
    if (round.empty()) round.assign(names.begin(), names.end());
    std::vector<Step> steps;
    for (const auto& name : round) {
      MemberRun& run = members_[name];
      // A one-shot stopped in its middle may end with 0, and an ended container with 0 is what
      // tells its completion: it must not stay.
      const Member* member = spec == nullptr ? nullptr : FindMember(*spec, name);
      const bool forget = member != nullptr && IsOneShot(*spec, *member) && !run.Ended();
      if (!run.id.empty()) steps.push_back(Halt(run, forget));
    }
    KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
    for (const auto& name : round) names.erase(name);
  }
  co_return Status();
}

Pod::Step Pod::StopAll() {
  KL_CO_RETURN_IF_ERROR(co_await Look(nullptr));
  std::set<std::string> running;
  for (const auto& [name, run] : members_) {
    if (run.Running() || run.state == "paused") running.insert(name);
  }
  KL_CO_RETURN_IF_ERROR(co_await HaltMembers(current_.get(), std::move(running)));
  if (pause_.Running() || pause_.state == "paused") {
    KL_CO_RETURN_IF_ERROR(co_await Halt(pause_, false));
  }
  for (const auto& id : extras_) KL_CO_RETURN_IF_ERROR(co_await context_.api.RemoveContainer(id));
  extras_.clear();
  co_return Status();
}

// Those that join a namespace go before the one that holds it.
Pod::Step Pod::RemoveContainers() {
  std::vector<Step> steps;
  for (auto& [name, run] : members_) {
    run.probe.reset();
    if (!run.id.empty()) steps.push_back(context_.api.RemoveContainer(run.id));
  }
  for (const auto& id : extras_) steps.push_back(context_.api.RemoveContainer(id));
  KL_CO_RETURN_IF_ERROR(co_await All(std::move(steps)));
  if (!pause_.id.empty()) {
    KL_CO_RETURN_IF_ERROR(co_await context_.api.RemoveContainer(pause_.id));
  }
  co_return Status();
}

Pod::Step Pod::RemoveAll() {
  KL_CO_RETURN_IF_ERROR(co_await Look(nullptr));
  KL_CO_RETURN_IF_ERROR(co_await RemoveContainers());
  const std::string network = PodName(name_, uid_);
  auto known = co_await context_.api.InspectNetwork(network);
  KL_CO_RETURN_IF_ERROR(co_await context_.api.RemoveNetwork(network));
  if (known) {
    for (const auto& text : known->subnets) {
      if (const auto subnet = ParseSubnet(text)) context_.subnets.Release(*subnet);
    }
  }
  KL_CO_RETURN_IF_ERROR(co_await context_.volumes.Remove(uid_));
  for (const auto& [inside, outside] : ports_.empty() ? record_.ports : ports_) {
    context_.ports.Release(outside);
  }
  ports_.clear();
  auto work = [files = context_.files, uid = uid_] { return files.Remove(uid); };
  KL_CO_RETURN_IF_ERROR(co_await Offload(context_.loop, context_.pool, std::move(work)));
  // Believed only when read.
  listed_ = false;
  KL_CO_RETURN_IF_ERROR(co_await Look(nullptr));
  const bool left =
      !pause_.id.empty() || !extras_.empty() ||
      std::ranges::any_of(members_, [](const auto& m) { return !m.second.id.empty(); });
  if (left) {
    co_return Fail(ErrorKind::kConflict,
                   "instance " + name_.str() + ": containers came back while it was removed");
  }
  if (!gone_) Log(LogLevel::kInfo, "instance removed", {{"service", name_.str()}});
  gone_ = true;
  co_return Status();
}

}  // namespace kl::docker
