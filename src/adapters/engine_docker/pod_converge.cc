// The steps from whatever is there to everything running.
#include <algorithm>
#include <filesystem>

#include "adapters/engine_docker/pod.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

constexpr int kSubnetTries = 32;

bool Covers(const Member& member, const std::string& path) {
  const auto at_path = [&](const auto& mount) { return mount.path == path; };
  return std::ranges::any_of(member.mounts, at_path) || std::ranges::any_of(member.tmpfs, at_path);
}

// Volumes an image declares and the template does not mention: kept as well, under names no
// template can use.
std::vector<VolumeMount> UndeclaredVolumes(const Member& member, const ImageInfo& image) {
  std::vector<VolumeMount> mounts;
  for (const auto& path : image.volumes) {
    if (Covers(member, path)) continue;
    std::string name = ".image-" + member.name + path;
    std::ranges::replace(name, '/', '_');
    mounts.push_back({.volume = std::move(name), .path = path});
  }
  return mounts;
}

}  // namespace

bool Pod::NeedsPause(const AppSpec& spec) const {
  return pause_.id.empty() || pause_.digest != PauseDigest(spec);
}

bool Pod::IsStale(const AppSpec& spec, const Member& member) const {
  const MemberRun& run = members_.at(member.name);
  if (run.id.empty()) return false;
  if (run.digest != Digest(spec, member) || NeedsPause(spec)) return true;
  if (!run.inspected) return false;
  // Joined another pause, or its limits were changed behind our back.
  return run.detail.network_mode != "container:" + pause_.id ||
         run.detail.memory_bytes != member.memory_bytes;
}

Pod::Step Pod::Converge(const AppSpec& spec) {
  KL_CO_RETURN_IF_ERROR(co_await Look(&spec));
  const bool fresh = pause_.id.empty() && std::ranges::all_of(members_, [](const auto& m) {
                       return m.second.id.empty();
                     });
  // Whatever can fail does so before anything that runs is touched.
  KL_CO_RETURN_IF_ERROR(co_await EnsureImages(spec));
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
  written_ = generation_;
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

// Also before a start: a bind mount to a directory that is not there would be a new, empty one.
Pod::Step Pod::PrepareStorage(const AppSpec& spec) {
  bool undeclared = false;
  for (const auto& member : spec.members) {
    const auto image = images_.find(member.image);
    if (image == images_.end()) continue;
    undeclared = undeclared || !UndeclaredVolumes(member, image->second).empty();
  }
  const bool settled = written_ == generation_ && std::ranges::all_of(members_, [](const auto& m) {
                         return m.second.Running() || m.second.completed;
                       });
  if (!settled && (!spec.volumes.empty() || undeclared || record_.has_storage)) {
    auto info = co_await context_.volumes.Ensure(
        uid_,
        std::max(spec.storage_bytes, undeclared ? context_.options.undeclared_storage_bytes : 0));
    if (!info) {
      const bool full = info.error().kind == ErrorKind::kExhausted;
      co_return Because(full ? reason::kStorageFull : reason::kStarting, std::move(info.error()));
    }
    storage_ = std::move(*info);
    record_.has_storage = true;
    for (const auto& member : spec.members) {
      std::vector<VolumeMount> mounts = member.mounts;
      if (const auto image = images_.find(member.image); image != images_.end()) {
        for (auto& mount : UndeclaredVolumes(member, image->second)) mounts.push_back(mount);
      }
      for (const auto& mount : mounts) {
        KL_CO_RETURN_IF_ERROR(co_await SeedVolume(spec, member, mount));
      }
    }
  }
  if (!settled) KL_CO_RETURN_IF_ERROR(co_await WriteFiles());
  co_return Status();
}

Pod::Step Pod::SeedVolume(const AppSpec& spec, const Member& member, const VolumeMount& mount) {
  std::error_code code;
  if (fs::is_directory(storage_->path + "/" + mount.volume, code)) co_return Status();
  auto image = co_await context_.images.Ensure(member.image);
  if (!image) co_return Because(reason::kImageMissing, std::move(image.error()));
  SeedRequest request{.image = member.image,
                      .image_id = image->id,
                      .path = mount.path,
                      .storage = storage_->path,
                      .volume = mount.volume,
                      .scratch = context_.files.ScratchPath(uid_),
                      .reader_name = PodName(name_, uid_) + "--volume",
                      .labels = ContainerLabels(spec)};
  request.labels.insert_or_assign(std::string(label::kMember), "-volume");
  auto seeded = co_await context_.seeder.Seed(std::move(request));
  if (seeded) co_return Status();
  const bool full = seeded.error().kind == ErrorKind::kExhausted;
  co_return Because(full ? reason::kStorageFull : reason::kStarting, std::move(seeded.error()));
}

Pod::Step Pod::WriteFiles() {
  auto work = [files = context_.files, spec = current_] { return files.Write(*spec); };
  co_return co_await Offload(context_.loop, context_.pool, std::move(work));
}

Pod::Step Pod::WriteRecord(const AppSpec& spec) {
  InstanceRecord record{.uid = uid_,
                        .service = name_.str(),
                        .subscription = spec.subscription,
                        .spec_digest = Digest(spec),
                        .ports = ports_,
                        .has_storage = record_.has_storage};
  if (record == record_) co_return Status();
  auto work = [files = context_.files, record] { return files.WriteRecord(record); };
  KL_CO_RETURN_IF_ERROR(co_await Offload(context_.loop, context_.pool, std::move(work)));
  record_ = std::move(record);
  co_return Status();
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

Pod::Step Pod::EnsureNetwork(const AppSpec& spec) {
  const std::string name = PodName(name_, uid_);
  auto known = co_await context_.api.InspectNetwork(name);
  if (known || known.error().kind != ErrorKind::kNotFound) {
    if (!known) co_return Fail(std::move(known.error()));
    co_return Status();
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
    if (known) co_return Status();
  }
  co_return Fail(std::move(last));
}

Result<PortMap> Pod::TakePorts(const AppSpec& spec) {
  const PortMap before = ports_.empty() ? record_.ports : ports_;
  for (const auto& [inside, outside] : ports_) context_.ports.Release(outside);
  ports_.clear();
  PortMap ports;
  for (const auto inside : PublishedPorts(spec)) {
    const auto it = before.find(inside);
    KL_TRY(const auto outside, context_.ports.Take(it == before.end() ? 0 : it->second));
    ports.emplace(inside, outside);
  }
  return ports;
}

Pod::Step Pod::CreatePause(const AppSpec& spec) {
  if (!NeedsPause(spec)) co_return Status();
  if (record_.service.empty()) {
    auto work = [files = context_.files, uid = uid_] { return files.ReadRecord(uid); };
    auto record = co_await Offload(context_.loop, context_.pool, std::move(work));
    if (record) record_.ports = record->ports;
  }
  KL_CO_RETURN_IF_ERROR(co_await EnsureNetwork(spec));
  KL_CO_TRY(PortMap ports, TakePorts(spec));
  PauseContainer pause{.image = context_.options.pause_image,
                       .network = PodName(name_, uid_),
                       .hostname = name_.str(),
                       .ports = ports,
                       .labels = ContainerLabels(spec)};
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
    for (const auto& [other_inside, other] : ports_) context_.ports.Release(other);
    ports_.clear();
    pause_.digest.clear();
    co_return Because(reason::kPortTaken, std::move(error));
  }
  co_return Because(reason::kStarting, std::move(started.error()));
}

Pod::Step Pod::CreateMembers(const AppSpec& spec) {
  std::vector<Step> steps;
  for (const auto& member : spec.members) {
    if (members_[member.name].id.empty()) steps.push_back(CreateMember(spec, member));
  }
  co_return co_await All(std::move(steps));
}

std::vector<Bind> Pod::BindsOf(const AppSpec& spec, const Member& member) const {
  std::vector<Bind> binds;
  binds.push_back({context_.files.HostsPath(uid_), "/etc/hosts", true});
  const auto add = [&](const VolumeMount& mount) {
    binds.push_back({storage_->path + "/" + mount.volume, mount.path, mount.read_only});
  };
  for (const auto& mount : member.mounts) add(mount);
  if (const auto image = images_.find(member.image); image != images_.end()) {
    for (const auto& mount : UndeclaredVolumes(member, image->second)) add(mount);
  }
  for (std::size_t i = 0; i < member.files.size(); ++i) {
    binds.push_back({context_.files.FilePath(spec, member, i), member.files[i].path, true});
  }
  return binds;
}

Pod::Step Pod::CreateMember(const AppSpec& spec, const Member& member) {
  MemberContainer container{.pause_id = pause_.id,
                            .binds = BindsOf(spec, member),
                            .pids_max = context_.options.pids_max,
                            .labels = ContainerLabels(spec)};
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
  run = MemberRun{};
  run.restarts = restarts;
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

bool Pod::IsDue(const AppSpec& spec, const Member& member) const {
  const MemberRun& run = members_.at(member.name);
  if (run.id.empty() || run.Running() || run.completed || run.given_up) return false;
  if (run.not_before > context_.loop.Monotonic()) return false;
  return std::ranges::all_of(member.depends_on, [&](const Dependency& dependency) {
    const Member* other = FindMember(spec, dependency.member);
    const auto it = members_.find(dependency.member);
    return other == nullptr || it == members_.end() ||
           Satisfies(it->second, *other, dependency.condition);
  });
}

Pod::Step Pod::StartDue(const AppSpec& spec) {
  std::set<std::string> tried;
  for (;;) {
    std::vector<Step> steps;
    for (const auto& member : spec.members) {
      if (!tried.contains(member.name) && IsDue(spec, member)) {
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
  co_return co_await Inspect(run);
}

void Pod::UpdateProbes(const AppSpec& spec) {
  for (const auto& member : spec.members) {
    MemberRun& run = members_[member.name];
    if (!run.Running()) {
      run.probe.reset();
      continue;
    }
    if (!member.probe) {
      if (run.health != Health::kHealthy) run.healthy_since = context_.loop.Monotonic();
      run.health = Health::kHealthy;
      continue;
    }
    const std::string key = run.id + std::to_string(run.detail.started_ns) +
                            std::to_string(written_ == generation_ ? 0 : generation_);
    if (run.probe && (run.probed == key || written_ == generation_)) continue;
    run.probed = key;
    const auto port = ports_.find(member.probe->http_port);
    ProbeTarget target{.probe = *member.probe,
                       .container = run.id,
                       .port = port == ports_.end() ? std::uint16_t{0} : port->second,
                       .host = spec.host};
    run.probe = std::make_unique<TaskScope>(context_.loop);
    run.probe->Spawn(
        RunProbe(context_.loop, context_.api, std::move(target), [this, &run](Health h) {
          if (h == Health::kHealthy) run.healthy_since = context_.loop.Monotonic();
          run.health = h;
          wake_.Set();
        }));
  }
}

}  // namespace kl::docker
