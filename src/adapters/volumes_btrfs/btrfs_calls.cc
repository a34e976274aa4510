#include "adapters/volumes_btrfs/btrfs_calls.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kl::btrfs {
namespace {

constexpr std::uint64_t kSubvolumeInode = BTRFS_FIRST_FREE_OBJECTID;

class Directory {
 public:
  explicit Directory(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~Directory() {
    if (fd_ >= 0) close(fd_);
  }
  Directory(const Directory&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> FromErrno(const std::string& what, const std::string& path) {
  const int error = errno;
  const auto kind = error == ENOSPC || error == EDQUOT ? ErrorKind::kExhausted
                    : error == ENOENT                  ? ErrorKind::kNotFound
                                                       : ErrorKind::kUnavailable;
  return Fail(kind, what + ": " + path + ": " + std::strerror(error));
}

template <class Args>
Status Call(const std::string& what, const std::string& path, unsigned long request, Args* args) {
  Directory directory(path);
  if (directory.fd() < 0 || ioctl(directory.fd(), request, args) < 0) return FromErrno(what, path);
  return {};
}

Status CheckName(const std::string& name) {
  if (name.empty() || name.size() > BTRFS_VOL_NAME_MAX || name.find('/') != std::string::npos) {
    return Fail(ErrorKind::kInvalid, "subvolume: not a name: " + name);
  }
  return {};
}

Result<std::uint64_t> SubvolumeId(const std::string& path) {
  btrfs_ioctl_ino_lookup_args args{};
  args.objectid = kSubvolumeInode;
  KL_RETURN_IF_ERROR(Call("subvolume id", path, BTRFS_IOC_INO_LOOKUP, &args));
  return args.treeid;
}

std::int64_t FromLittle(std::uint64_t value) { return static_cast<std::int64_t>(le64toh(value)); }

// One item (0, type, id) of the quota tree; false when it is not there.
template <class Item>
Result<bool> ReadQuotaItem(const std::string& path, std::uint32_t type, std::uint64_t id,
                           Item& item) {
  btrfs_ioctl_search_args args{};
  args.key.tree_id = BTRFS_QUOTA_TREE_OBJECTID;
  args.key.min_type = args.key.max_type = type;
  args.key.min_offset = args.key.max_offset = id;
  args.key.max_transid = UINT64_MAX;
  args.key.nr_items = 1;
  KL_RETURN_IF_ERROR(Call("usage", path, BTRFS_IOC_TREE_SEARCH, &args));
  btrfs_ioctl_search_header header;
  std::memcpy(&header, args.buf, sizeof header);
  if (args.key.nr_items == 0 || header.len < sizeof item) return false;
  std::memcpy(&item, args.buf + sizeof header, sizeof item);
  return true;
}

}  // namespace

bool IsMounted(const std::string& path) {
  struct statfs system{};
  struct stat here{};
  struct stat above{};
  return statfs(path.c_str(), &system) == 0 && system.f_type == BTRFS_SUPER_MAGIC &&
         stat(path.c_str(), &here) == 0 && stat((path + "/..").c_str(), &above) == 0 &&
         here.st_dev != above.st_dev && here.st_ino == kSubvolumeInode;
}

bool IsSubvolume(const std::string& path) {
  struct statfs system{};
  struct stat here{};
  return stat(path.c_str(), &here) == 0 && here.st_ino == kSubvolumeInode &&
         statfs(path.c_str(), &system) == 0 && system.f_type == BTRFS_SUPER_MAGIC;
}

Status EnableQuota(const std::string& mount) {
  btrfs_ioctl_quota_ctl_args args{};
  args.cmd = BTRFS_QUOTA_CTL_ENABLE;
  return Call("quota", mount, BTRFS_IOC_QUOTA_CTL, &args);
}

Status CreateSubvolume(const std::string& parent, const std::string& name) {
  KL_RETURN_IF_ERROR(CheckName(name));
  btrfs_ioctl_vol_args args{};
  std::strncpy(args.name, name.c_str(), sizeof args.name - 1);
  return Call("new subvolume " + name, parent, BTRFS_IOC_SUBVOL_CREATE, &args);
}

Status CreateSnapshot(const std::string& source, const std::string& parent,
                      const std::string& name) {
  KL_RETURN_IF_ERROR(CheckName(name));
  Directory from(source);
  if (from.fd() < 0) return FromErrno("snapshot", source);
  btrfs_ioctl_vol_args_v2 args{};
  args.fd = from.fd();
  args.flags = BTRFS_SUBVOL_RDONLY;
  std::strncpy(args.name, name.c_str(), sizeof args.name - 1);
  return Call("snapshot " + name, parent, BTRFS_IOC_SNAP_CREATE_V2, &args);
}

Status DeleteSubvolume(const std::string& parent, const std::string& name) {
  KL_RETURN_IF_ERROR(CheckName(name));
  const std::string path = parent + "/" + name;
  if (!std::filesystem::exists(path)) return {};
  KL_TRY(const std::uint64_t id, SubvolumeId(path));
  btrfs_ioctl_vol_args args{};
  std::strncpy(args.name, name.c_str(), sizeof args.name - 1);
  KL_RETURN_IF_ERROR(Call("delete subvolume " + name, parent, BTRFS_IOC_SNAP_DESTROY, &args));
  // Newer kernels do this themselves, and one that still cleans up may refuse: an empty group costs
  // nothing and subvolume ids are never used again.
  btrfs_ioctl_qgroup_create_args group{};
  group.qgroupid = id;
  (void)Call("quota group", parent, BTRFS_IOC_QGROUP_CREATE, &group);
  return {};
}

Result<Usage> ReadUsage(const std::string& subvolume) {
  KL_TRY(const std::uint64_t id, SubvolumeId(subvolume));
  Usage usage;
  btrfs_qgroup_info_item info{};
  btrfs_qgroup_limit_item limit{};
  KL_TRY(const bool known, ReadQuotaItem(subvolume, BTRFS_QGROUP_INFO_KEY, id, info));
  KL_TRY(const bool limited, ReadQuotaItem(subvolume, BTRFS_QGROUP_LIMIT_KEY, id, limit));
  if (known) usage.used = FromLittle(info.rfer);
  if (limited && (le64toh(limit.flags) & BTRFS_QGROUP_LIMIT_MAX_RFER) && limit.max_rfer != 0) {
    usage.limit = FromLittle(limit.max_rfer);
  }
  return usage;
}

Status SetLimit(const std::string& subvolume, std::int64_t bytes) {
  btrfs_ioctl_qgroup_limit_args args{};  // group 0: that of the subvolume itself
  args.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
  args.lim.max_rfer = static_cast<std::uint64_t>(bytes);
  return Call("quota limit", subvolume, BTRFS_IOC_QGROUP_LIMIT, &args);
}

Result<std::int64_t> FreeBytes(const std::string& mount) {
  struct statfs system{};
  if (statfs(mount.c_str(), &system) != 0) return FromErrno("free space", mount);
  return static_cast<std::int64_t>(system.f_bavail) * system.f_bsize;
}

Status Grow(const std::string& mount) {
  btrfs_ioctl_vol_args args{};
  std::strcpy(args.name, "max");
  return Call("grow", mount, BTRFS_IOC_RESIZE, &args);
}

}  // namespace kl::btrfs
