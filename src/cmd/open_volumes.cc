#include "cmd/open_volumes.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

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
  if (config.storage != "directory") {
    KL_TRY(BtrfsOptions pool, PoolOf(config));
    auto btrfs = BtrfsVolumes::Open(loop, std::move(pool));
    // A plain folder is a choice for the first start only: below a pool that cannot be mounted
    // today new customers' data would vanish behind it tomorrow.
    const std::string mark = config.data_dir + "/storage-is-btrfs";
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

Status CloseVolumes(const Config& config) {
  KL_TRY(const BtrfsOptions pool, PoolOf(config));
  return BtrfsVolumes::Unmount(pool);
}

}  // namespace kl::cmd
