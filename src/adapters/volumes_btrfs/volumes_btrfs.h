// Instances' storage as btrfs subvolumes with a hard size, in one pool: a file that holds a btrfs,
// mounted by us. Needs root, loop devices and btrfs-progs.
#pragma once

#include <memory>
#include <string>

#include "base/offload.h"
#include "ports/volumes.h"

namespace kl {

struct BtrfsOptions {
  std::string pool_file;        // created sparse when missing
  std::string mount_point;      // created when missing; entered by root only
  std::int64_t pool_bytes = 0;  // size of a new pool; an existing smaller one grows to it
};

// mount_point/instances/<uid> is an instance's storage, mount_point/snapshots/<uid>/<name> its
// snapshots. The pool stays mounted when the program ends: containers go on using it.
class BtrfsVolumes : public Volumes {
 public:
  // Creates, mounts, grows the pool as needed; blocks (a new pool takes about 0.3 s). kUnavailable
  // when this machine cannot: no root, no loop device, no btrfs in the kernel, no mkfs.btrfs.
  static Result<std::unique_ptr<BtrfsVolumes>> Open(Loop& loop, BtrfsOptions options);
  // Unmounts the pool of which no instance is in use any more. Blocks. Not mounted: no error.
  static Status Unmount(const BtrfsOptions& options);

  // kUnavailable when the pool is not mounted any more.
  Task<Result<VolumeInfo>> Ensure(ServiceUid uid, std::int64_t bytes) override;
  Task<Result<VolumeInfo>> Inspect(ServiceUid uid) override;
  Task<Result<std::string>> Snapshot(ServiceUid uid, std::string name) override;
  Task<Status> Remove(ServiceUid uid) override;
  Task<Result<std::vector<ServiceUid>>> List() override;

 private:
  BtrfsVolumes(Loop& loop, BtrfsOptions options) : loop_(loop), options_(std::move(options)) {}

  Loop& loop_;
  BtrfsOptions options_;
  OffloadPool pool_{1};  // one thread: requests of one instance never overtake each other
};

}  // namespace kl
