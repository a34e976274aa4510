#include "adapters/volumes_btrfs/volumes_btrfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "adapters/volumes_btrfs/btrfs_calls.h"
#include "base/subprocess.h"

namespace kl {
namespace fs = std::filesystem;
namespace {

using std::chrono::seconds;
constexpr std::int64_t kPoolBytesMin = 256 << 20;
// A pool with less than this cannot take another instance: metadata needs room as well.
constexpr std::int64_t kFreeBytesMin = 64 << 20;

Status CheckUid(const ServiceUid& uid) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
  };
  if (!uid.empty() && std::ranges::all_of(uid.str(), fits)) return {};
  return Fail(ErrorKind::kInvalid, "storage: not a uid: " + uid.str());
}

std::string Instances(const BtrfsOptions& options) { return options.mount_point + "/instances"; }
std::string PathOf(const BtrfsOptions& options, const ServiceUid& uid) {
  return Instances(options) + "/" + uid.str();
}
std::string SnapshotsOf(const BtrfsOptions& options, const ServiceUid& uid) {
  return options.mount_point + "/snapshots/" + uid.str();
}

Status MakeDirectory(const std::string& path, mode_t mode) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code || chmod(path.c_str(), mode) != 0) {
    return Fail(ErrorKind::kUnavailable, "storage directory: " + path + ": " +
                                             (code ? code.message() : std::strerror(errno)));
  }
  return {};
}

// A new pool gets a file system under another name first, so that a kill leaves no half-made one.
Status CreatePool(const BtrfsOptions& options) {
  const std::string unfinished = options.pool_file + ".new";
  const int fd = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool sized = fd >= 0 && ftruncate(fd, std::max(options.pool_bytes, kPoolBytesMin)) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!sized) {
    return Fail(ErrorKind::kUnavailable,
                "storage pool: " + unfinished + ": " + std::strerror(error));
  }
  KL_RETURN_IF_ERROR(RunProcessOk({"mkfs.btrfs", "--quiet", "--force", unfinished}, seconds(60)));
  if (rename(unfinished.c_str(), options.pool_file.c_str()) != 0) {
    return Fail(ErrorKind::kUnavailable,
                "storage pool: " + options.pool_file + ": " + std::strerror(errno));
  }
  return {};
}

// Before mounting: the loop device then has the new size from the start.
Result<bool> GrowFile(const BtrfsOptions& options) {
  struct stat status{};
  if (stat(options.pool_file.c_str(), &status) != 0 || status.st_size >= options.pool_bytes) {
    return false;
  }
  if (truncate(options.pool_file.c_str(), options.pool_bytes) != 0) {
    return Fail(ErrorKind::kUnavailable,
                "storage pool: " + options.pool_file + ": " + std::strerror(errno));
  }
  return true;
}

Status MountPool(const BtrfsOptions& options) {
  if (btrfs::IsMounted(options.mount_point)) return {};
  if (!fs::exists(options.pool_file)) KL_RETURN_IF_ERROR(CreatePool(options));
  KL_TRY(const bool grown, GrowFile(options));
  KL_RETURN_IF_ERROR(MakeDirectory(options.mount_point, 0700));
  KL_RETURN_IF_ERROR(RunProcessOk(
      {"mount", "-t", "btrfs", "-o", "loop,noatime", options.pool_file, options.mount_point},
      seconds(60)));
  if (grown) KL_RETURN_IF_ERROR(btrfs::Grow(options.mount_point));
  return {};
}

Status CheckMounted(const BtrfsOptions& options) {
  if (btrfs::IsMounted(options.mount_point)) return {};
  return Fail(ErrorKind::kUnavailable,
              "storage pool: not mounted at " + options.mount_point + ": restart to mount it");
}

Result<VolumeInfo> Look(const BtrfsOptions& options, const ServiceUid& uid) {
  KL_RETURN_IF_ERROR(CheckMounted(options));
  const std::string path = PathOf(options, uid);
  if (!btrfs::IsSubvolume(path)) return Fail(ErrorKind::kNotFound, "storage: none at " + path);
  KL_TRY(const auto usage, btrfs::ReadUsage(path));
  return VolumeInfo{.path = path, .enforced = usage.limit > 0, .used_bytes = usage.used};
}

Status CreateInstance(const BtrfsOptions& options, const ServiceUid& uid) {
  KL_TRY(const auto free, btrfs::FreeBytes(options.mount_point));
  if (free < kFreeBytesMin) {
    return Fail(ErrorKind::kExhausted,
                "storage pool: full: " + options.mount_point + ": enlarge it or remove instances");
  }
  KL_RETURN_IF_ERROR(btrfs::CreateSubvolume(Instances(options), uid.str()));
  return MakeDirectory(PathOf(options, uid), 0755);
}

Result<VolumeInfo> EnsureNow(const BtrfsOptions& options, const ServiceUid& uid,
                             std::int64_t bytes) {
  KL_RETURN_IF_ERROR(CheckMounted(options));
  const std::string path = PathOf(options, uid);
  if (!btrfs::IsSubvolume(path)) KL_RETURN_IF_ERROR(CreateInstance(options, uid));
  KL_TRY(const auto usage, btrfs::ReadUsage(path));
  if (bytes > 0 && bytes > usage.limit) KL_RETURN_IF_ERROR(btrfs::SetLimit(path, bytes));
  return Look(options, uid);
}

Status RemoveNow(const BtrfsOptions& options, const ServiceUid& uid) {
  KL_RETURN_IF_ERROR(CheckMounted(options));
  const std::string snapshots = SnapshotsOf(options, uid);
  std::error_code code;
  for (fs::directory_iterator it(snapshots, code), end; !code && it != end; it.increment(code)) {
    KL_RETURN_IF_ERROR(btrfs::DeleteSubvolume(snapshots, it->path().filename().string()));
  }
  fs::remove(snapshots, code);
  return btrfs::DeleteSubvolume(Instances(options), uid.str());
}

}  // namespace

Result<std::unique_ptr<BtrfsVolumes>> BtrfsVolumes::Open(Loop& loop, BtrfsOptions options) {
  std::error_code code;
  options.pool_file = fs::absolute(options.pool_file, code).lexically_normal().string();
  options.mount_point = fs::absolute(options.mount_point, code).lexically_normal().string();
  const auto unavailable = [](Error error) {
    error.kind = ErrorKind::kUnavailable;
    return Wrap(std::move(error), "btrfs storage");
  };
  if (auto mounted = MountPool(options); !mounted) return unavailable(std::move(mounted.error()));
  if (auto on = btrfs::EnableQuota(options.mount_point); !on) return unavailable(on.error());
  KL_RETURN_IF_ERROR(MakeDirectory(Instances(options), 0755));
  KL_RETURN_IF_ERROR(MakeDirectory(options.mount_point + "/snapshots", 0755));
  return std::unique_ptr<BtrfsVolumes>(new BtrfsVolumes(loop, std::move(options)));
}

Status BtrfsVolumes::Unmount(const BtrfsOptions& options) {
  if (!btrfs::IsMounted(options.mount_point)) return {};
  return RunProcessOk({"umount", options.mount_point}, seconds(60));
}

Task<Result<VolumeInfo>> BtrfsVolumes::Ensure(ServiceUid uid, std::int64_t bytes) {
  KL_CO_RETURN_IF_ERROR(CheckUid(uid));
  auto work = [options = options_, uid, bytes] { return EnsureNow(options, uid, bytes); };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<VolumeInfo>> BtrfsVolumes::Inspect(ServiceUid uid) {
  KL_CO_RETURN_IF_ERROR(CheckUid(uid));
  auto work = [options = options_, uid] { return Look(options, uid); };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<std::string>> BtrfsVolumes::Snapshot(ServiceUid uid, std::string name) {
  KL_CO_RETURN_IF_ERROR(CheckUid(uid));
  auto work = [options = options_, uid, name]() -> Result<std::string> {
    KL_RETURN_IF_ERROR(CheckMounted(options));
    const std::string parent = SnapshotsOf(options, uid);
    KL_RETURN_IF_ERROR(MakeDirectory(parent, 0755));
    KL_RETURN_IF_ERROR(btrfs::CreateSnapshot(PathOf(options, uid), parent, name));
    return parent + "/" + name;
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Status> BtrfsVolumes::Remove(ServiceUid uid) {
  KL_CO_RETURN_IF_ERROR(CheckUid(uid));
  auto work = [options = options_, uid] { return RemoveNow(options, uid); };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<std::vector<ServiceUid>>> BtrfsVolumes::List() {
  auto work = [options = options_]() -> Result<std::vector<ServiceUid>> {
    KL_RETURN_IF_ERROR(CheckMounted(options));
    std::error_code code;
    std::vector<ServiceUid> found;
    for (fs::directory_iterator it(Instances(options), code), end; !code && it != end;
         it.increment(code)) {
      found.emplace_back(it->path().filename().string());
    }
    std::ranges::sort(found);
    return found;
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

}  // namespace kl
