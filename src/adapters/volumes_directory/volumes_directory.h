// Instances' storage as plain directories: works anywhere, holds nobody to a size.
#pragma once

#include <memory>
#include <string>

#include "base/offload.h"
#include "ports/volumes.h"

namespace kl {

// root/<uid> is an instance's storage, root is entered by its owner only: the containers see their
// directories through mounts. VolumeInfo::enforced is always false, used_bytes always -1, and
// Snapshot is kInvalid because a copy in an instant is not to be had.
class DirectoryVolumes : public Volumes {
 public:
  // kUnavailable when `root` cannot be created.
  static Result<std::unique_ptr<DirectoryVolumes>> Open(Loop& loop, const std::string& root);

  Task<Result<VolumeInfo>> Ensure(ServiceUid uid, std::int64_t bytes) override;
  Task<Result<VolumeInfo>> Inspect(ServiceUid uid) override;
  Task<Result<std::string>> Snapshot(ServiceUid uid, std::string name) override;
  Task<Status> Remove(ServiceUid uid) override;
  Task<Result<std::vector<ServiceUid>>> List() override;

 private:
  DirectoryVolumes(Loop& loop, std::string root) : loop_(loop), root_(std::move(root)) {}

  Loop& loop_;
  std::string root_;
  OffloadPool pool_{1};
};

}  // namespace kl
