#include "adapters/gateway_caddy/route_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "adapters/gateway_caddy/route_files.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

// What is being made or taken away has this name: never a host's directory.
constexpr std::string_view kScratch = "~";

std::unexpected<Error> DiskError(int number, const fs::path& path) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return Fail(full ? ErrorKind::kExhausted : ErrorKind::kUnavailable,
              "cannot write the gateway's routes: '" + path.string() +
                  "': " + std::generic_category().message(number));
}

Status Touch(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return DiskError(errno, path);
  ::close(fd);
  return {};
}

Status RemoveAll(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return DiskError(error.value(), path);
  return {};
}

std::vector<std::string> FilesBelow(const fs::path& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_directory()) out.push_back(it->path().lexically_relative(directory).string());
  }
  return out;
}

// Puts `from` in the place of `to`, which is in `from`'s place afterwards if it existed.
Status Exchange(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS) {
    // A file system without exchange: a moment without the route, which the look-up's second try
    // usually bridges.
    const fs::path aside = from.string() + ".old";
    if (::rename(to.c_str(), aside.c_str()) != 0 && errno != ENOENT) return DiskError(errno, to);
    if (::rename(from.c_str(), to.c_str()) != 0) return DiskError(errno, to);
    return RemoveAll(aside);
  }
  if (errno != ENOENT) return DiskError(errno, to);
  if (::rename(from.c_str(), to.c_str()) != 0) return DiskError(errno, to);
  return {};
}

}  // namespace

Status RouteTree::MakeDirectory(const fs::path& at, const Route& route) const {
  std::error_code error;
  for (const std::string& file : RouteFiles(route)) {
    const fs::path path = at / file;
    fs::create_directories(path.parent_path(), error);
    if (error) return DiskError(error.value(), path);
    KL_RETURN_IF_ERROR(Touch(path));
  }
  return {};
}

Result<std::vector<Route>> RouteTree::Load() {
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) return DiskError(error.value(), root_);
  std::vector<Route> out;
  std::vector<fs::path> broken;
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    auto route = RouteFromFiles(it->path().filename().string(), FilesBelow(it->path()));
    if (route) {
      out.push_back(std::move(*route));
    } else {
      broken.push_back(it->path());
    }
  }
  if (error) return DiskError(error.value(), root_);
  for (const fs::path& path : broken) KL_RETURN_IF_ERROR(RemoveAll(path));
  return out;
}

Status RouteTree::Write(const Route& route) {
  const std::string name = HostDirectory(route.host);
  const fs::path scratch = root_ / kScratch;
  KL_RETURN_IF_ERROR(RemoveAll(scratch));
  KL_RETURN_IF_ERROR(MakeDirectory(scratch, route));
  KL_RETURN_IF_ERROR(Exchange(scratch, root_ / name));
  return RemoveAll(scratch);
}

Status RouteTree::Remove(const std::string& host) {
  const fs::path path = root_ / HostDirectory(host);
  const fs::path scratch = root_ / kScratch;
  KL_RETURN_IF_ERROR(RemoveAll(scratch));
  if (::rename(path.c_str(), scratch.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return DiskError(errno, path);
  }
  return RemoveAll(scratch);
}

}  // namespace kl::gateway
