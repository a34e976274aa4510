// The storage of one instance: one place of a fixed size, in which each named volume is a directory.
// Used by engines that run on this machine. Blocking calls are made off the loop's thread by the adapter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"
#include "domain/ids.h"

namespace kl {

struct VolumeInfo {
  std::string path;           // absolute directory of the instance's storage, mounted and verified
  bool enforced = false;      // the size is a hard limit
  std::int64_t used_bytes = -1;
};

class Volumes {
 public:
  virtual ~Volumes() = default;
  // Creates or grows (never shrinks) to `bytes`; idempotent. kExhausted when the pool has no room.
  virtual Task<Result<VolumeInfo>> Ensure(ServiceUid uid, std::int64_t bytes) = 0;
  // kNotFound when there is none.
  virtual Task<Result<VolumeInfo>> Inspect(ServiceUid uid) = 0;
  // Read-only copy in an instant, named by the caller; for backups and side instances.
  virtual Task<Result<std::string>> Snapshot(ServiceUid uid, std::string name) = 0;
  // Storage and snapshots. Absent: no error.
  virtual Task<Status> Remove(ServiceUid uid) = 0;
  virtual Task<Result<std::vector<ServiceUid>>> List() = 0;
};

}  // namespace kl
