// The few requests to a btrfs file system that storage needs, as the kernel takes them
// (linux/btrfs.h, linux/btrfs_tree.h). All block; all need CAP_SYS_ADMIN. Errors: kExhausted when
// the file system is full, kNotFound for a missing path, else kUnavailable with errno's text.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace kl::btrfs {

// Whether `path` is the root of a mounted btrfs, not merely a directory on one.
bool IsMounted(const std::string& path);
// Whether `path` is a subvolume's root.
bool IsSubvolume(const std::string& path);

Status EnableQuota(const std::string& mount);
Status CreateSubvolume(const std::string& parent, const std::string& name);
Status CreateSnapshot(const std::string& source, const std::string& parent,
                      const std::string& name);
// The subvolume, its content and its quota group. Absent: no error.
Status DeleteSubvolume(const std::string& parent, const std::string& name);

struct Usage {
  std::int64_t used = -1;   // bytes it refers to; -1 while the kernel has no figure
  std::int64_t limit = -1;  // -1: none
};
Result<Usage> ReadUsage(const std::string& subvolume);
Status SetLimit(const std::string& subvolume, std::int64_t bytes);

// Bytes that can still be written to the file system.
Result<std::int64_t> FreeBytes(const std::string& mount);
// Takes the whole of its device, after that has grown.
Status Grow(const std::string& mount);

}  // namespace kl::btrfs
