// Storage, files and the record of an instance, and what of them a member sees.
#include <algorithm>
#include <filesystem>

#include "adapters/engine_docker/pod.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

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

// Also before a start: a bind mount to a directory that is not there would be a new, empty one.
Pod::Step Pod::PrepareStorage(const AppSpec& spec) {
  bool undeclared = false;
  for (const auto& member : spec.members) {
    const auto image = images_.find(member.image);
    if (image == images_.end()) continue;
    undeclared = undeclared || !UndeclaredVolumes(member, image->second).empty();
  }
  const bool settled = written_ == working_ && std::ranges::all_of(members_, [](const auto& m) {
                         return m.second.Running() || m.second.completed;
                       });
  if (!settled && (!spec.volumes.empty() || undeclared || record_.has_storage)) {
    if (record_.has_storage) {
      auto known = co_await context_.volumes.Inspect(uid_);
      if (!known && known.error().kind == ErrorKind::kNotFound) {
        // An empty one in its place would look like the loss of all data to the customer.
        co_return Fail(ErrorKind::kCorrupt, "storage of " + name_.str() +
                                                " is gone: bring it back, or remove the instance");
      }
    }
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

Task<void> Pod::ReadRecord() {
  if (std::exchange(record_read_, true)) co_return;
  auto work = [files = context_.files, uid = uid_] { return files.ReadRecord(uid); };
  auto record = co_await Offload(context_.loop, context_.pool, std::move(work));
  if (!record) co_return;
  record_ = std::move(*record);
  if (digest_.empty()) digest_ = record_.spec_digest;
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

}  // namespace kl::docker
