// Instances' storage as configured: a btrfs pool with sizes in force, or a plain folder.
#pragma once

#include <memory>

#include "cmd/config.h"
#include "net/io_loop.h"
#include "ports/volumes.h"

namespace kl::cmd {

// data_dir and what lies directly in it: entered by its owner only.
Status MakePrivateDirectory(const std::string& path);

// Makes, mounts or grows the pool when there is one to be had; blocks. kUnavailable when the pool
// that was used before, or that is asked for, cannot be mounted.
Result<std::unique_ptr<Volumes>> OpenVolumes(net::IoLoop& loop, const Config& config);

// Whether the storage that was opened is a pool.
bool StorageIsPool(const Config& config);

// Undoes the mount; nobody uses it any more.
Status CloseVolumes(const Config& config);

}  // namespace kl::cmd
