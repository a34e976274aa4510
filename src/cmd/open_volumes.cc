#include "cmd/open_volumes.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "adapters/volumes_btrfs/btrfs_calls.h"
#include "adapters/volumes_btrfs/volumes_btrfs.h"
#include "adapters/volumes_directory/volumes_directory.h"
#include "base/log.h"
#include "domain/quantity.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

Result<BtrfsOptions> PoolOf(const Config& config) {
  KL_TRY(const Quantity size, Quantity::Parse(config.storage_pool));
  return BtrfsOptions{.pool_file = config.data_dir + "/storage.btrfs",
                      .mount_point = config.data_dir + "/storage",
                      .pool_bytes = size.value()};
}

// What was chosen at the first start stays: data in the folder would vanish behind a pool that is
// mounted over it, whichever of the two came first.
std::string Mark(const Config& config) { return config.data_dir + "/storage-is-btrfs"; }

bool IsFolderInUse(const Config& config) {
  const std::string storage = config.data_dir + "/storage";
  std::error_code ec;
  return !fs::exists(Mark(config), ec) && !btrfs::IsMounted(storage) &&
         fs::directory_iterator(storage, ec) != fs::directory_iterator();
}

}  // namespace

Status MakePrivateDirectory(const std::string& path) {
  std::error_code ec;
  fs::create_directories(path, ec);
  if (ec)
    return Fail(ErrorKind::kUnavailable, "data_dir " + path + " cannot be made: " + ec.message(),
                "data_dir");
  ::chmod(path.c_str(), 0700);
  return {};
}

Result<std::unique_ptr<Volumes>> OpenVolumes(net::IoLoop& loop, const Config& config) {
  const bool stay = config.storage == "auto" && IsFolderInUse(config);
  if (config.storage != "directory" && !stay) {
    KL_TRY(BtrfsOptions pool, PoolOf(config));
    auto btrfs = BtrfsVolumes::Open(loop, std::move(pool));
    const std::string mark = Mark(config);
    if (btrfs) {
      std::ofstream(mark, std::ios::app).flush();
      return std::unique_ptr<Volumes>(std::move(*btrfs));
    }
    if (config.storage == "btrfs" || fs::exists(mark))
      return Wrap(btrfs.error(), "storage of the instances");
    Log(LogLevel::kWarn, "storage sizes are not enforced", {{"reason", btrfs.error()}});
  }
  KL_TRY(auto directory, DirectoryVolumes::Open(loop, config.data_dir + "/storage"));
  return std::unique_ptr<Volumes>(std::move(directory));
}

bool StorageIsPool(const Config& config) { return btrfs::IsMounted(config.data_dir + "/storage"); }

Status CloseVolumes(const Config& config) {
  KL_TRY(const BtrfsOptions pool, PoolOf(config));
  return BtrfsVolumes::Unmount(pool);
}

}  // namespace kl::cmd
