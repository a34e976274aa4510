// The pause container: network, published ports, the namespace all members share.
#include <algorithm>

#include "adapters/engine_docker/pod.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace {

constexpr int kSubnetTries = 32;

}  // namespace

Pod::Step Pod::EnsureNetwork(const AppSpec& spec) {
  const std::string name = PodName(name_, uid_);
  // Asked for first where there may be one; a new instance finds out by the engine's refusal.
  Result<NetworkInfo> known = Fail(ErrorKind::kNotFound, name);
  if (!record_.service.empty()) {
    known = co_await context_.api.InspectNetwork(name);
    if (known) co_return Status();
    if (known.error().kind != ErrorKind::kNotFound) co_return Fail(std::move(known.error()));
  }
  Error last;
  for (int i = 0; i < kSubnetTries; ++i) {
    KL_CO_TRY(const Subnet subnet, context_.subnets.Take());
    auto made = co_await context_.api.CreateNetwork(name, subnet.Text(), ContainerLabels(spec));
    if (made) co_return Status();
    // In use by something this installation does not know (it stays marked), or made in between.
    last = std::move(made.error());
    if (last.kind == ErrorKind::kUnavailable) co_return Fail(std::move(last));
    known = co_await context_.api.InspectNetwork(name);
    if (!known) continue;
    const bool ours = std::ranges::count(known->subnets, subnet.Text()) > 0;
    if (!ours) context_.subnets.Release(subnet);
    co_return Status();
  }
  co_return Fail(std::move(last));
}

Result<PortMap> Pod::TakePorts(const AppSpec& spec) {
  const PortMap before = ports_.empty() ? record_.ports : ports_;
  for (const auto& [inside, outside] : before) context_.ports.Release(outside);
  ports_.clear();
  PortMap ports;
  for (const auto inside : PublishedPorts(spec)) {
    const auto it = before.find(inside);
    auto outside = context_.ports.Take(it == before.end() ? 0 : it->second);
    if (!outside) return Because(reason::kPortTaken, std::move(outside.error()));
    ports.emplace(inside, *outside);
  }
  return ports;
}

Pod::Step Pod::CreatePause(const AppSpec& spec) {
  if (!NeedsPause(spec)) co_return Status();
  KL_CO_RETURN_IF_ERROR(co_await EnsureNetwork(spec));
  KL_CO_TRY(PortMap ports, TakePorts(spec));
  PauseContainer pause{.image = context_.options.pause_image,
                       .network = PodName(name_, uid_),
                       .hostname = name_.str(),
                       .ports = ports,
                       .labels = ContainerLabels(spec),
                       .sysctls = NetworkSysctls(spec)};
  const std::string digest = PauseDigest(spec);
  pause.labels.insert_or_assign(std::string(label::kMember), "");
  pause.labels.insert_or_assign(std::string(label::kMemberDigest), digest);
  pause.labels.insert_or_assign(std::string(label::kPorts), PortsText(ports));
  ports_ = std::move(ports);
  auto id = co_await context_.api.CreateContainer(PodName(name_, uid_), EncodePause(pause));
  if (!id) {
    if (id.error().kind == ErrorKind::kNotFound) context_.images.Forget(pause.image);
    auto holder = co_await context_.api.InspectContainer(PodName(name_, uid_));
    co_return holder ? Because(reason::kForeignInstance, std::move(id.error()))
                     : Because(reason::kStarting, std::move(id.error()));
  }
  pause_ = MemberRun{};
  pause_.id = std::move(*id);
  pause_.state = "created";
  pause_.digest = digest;
  co_return Status();
}

Pod::Step Pod::StartPause(const AppSpec&) {
  if (pause_.Running()) co_return Status();
  Status started;
  if (pause_.state == "paused") {
    started = co_await context_.api.UnpauseContainer(pause_.id);
  } else {
    started = co_await context_.api.StartContainer(pause_.id);
  }
  if (started) co_return co_await Inspect(pause_);
  if (started.error().kind == ErrorKind::kUnavailable) co_return started;
  // One of its ports, published by this container and no other, may be held by a stranger: the next
  // pass takes another.
  for (const auto& [inside, outside] : ports_) {
    context_.ports.Release(outside);
    if (context_.ports.Take(outside).value_or(0) == outside) continue;
    Error error{ErrorKind::kConflict, "port " + std::to_string(outside) +
                                          ": taken on this machine: another will be used"};
    refused_pause_ = pause_.id;
    co_return Because(reason::kPortTaken, std::move(error));
  }
  auto network = co_await context_.api.InspectNetwork(PodName(name_, uid_));
  if (!network && network.error().kind == ErrorKind::kNotFound) refused_pause_ = pause_.id;
  co_return Because(reason::kStarting, std::move(started.error()));
}

}  // namespace kl::docker
