#include "adapters/volumes_directory/volumes_directory.h"

#include <algorithm>
#include <filesystem>

namespace kl {
namespace fs = std::filesystem;
namespace {

bool IsUid(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

Result<std::string> PathOf(const std::string& root, const ServiceUid& uid) {
  if (!IsUid(uid.str())) return Fail(ErrorKind::kInvalid, "storage: not a uid: " + uid.str());
  return root + "/" + uid.str();
}

Error FromCode(const std::string& what, std::error_code code) {
  const bool full = code == std::errc::no_space_on_device;
  return {full ? ErrorKind::kExhausted : ErrorKind::kUnavailable, what + ": " + code.message()};
}

Result<VolumeInfo> Look(const std::string& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) {
    return Fail(ErrorKind::kNotFound, "storage: no directory " + path);
  }
  return VolumeInfo{.path = path};
}

}  // namespace

Result<std::unique_ptr<DirectoryVolumes>> DirectoryVolumes::Open(Loop& loop,
                                                                 const std::string& root) {
  std::error_code code;
  const std::string absolute = fs::absolute(root, code).lexically_normal().string();
  fs::create_directories(absolute, code);
  if (!code) fs::permissions(absolute, fs::perms::owner_all, code);
  if (code) return Fail(FromCode("storage directory " + absolute, code));
  return std::unique_ptr<DirectoryVolumes>(new DirectoryVolumes(loop, absolute));
}

Task<Result<VolumeInfo>> DirectoryVolumes::Ensure(ServiceUid uid, std::int64_t) {
  KL_CO_TRY(std::string path, PathOf(root_, uid));
  auto work = [path]() -> Result<VolumeInfo> {
    std::error_code code;
    fs::create_directories(path, code);
    if (code) return Fail(FromCode("storage directory " + path, code));
    return Look(path);
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<VolumeInfo>> DirectoryVolumes::Inspect(ServiceUid uid) {
  KL_CO_TRY(std::string path, PathOf(root_, uid));
  auto work = [path] { return Look(path); };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<std::string>> DirectoryVolumes::Snapshot(ServiceUid, std::string) {
  co_return Fail(ErrorKind::kInvalid,
                 "snapshot: plain directories have none: run where btrfs storage can be used");
}

Task<Status> DirectoryVolumes::Remove(ServiceUid uid) {
  KL_CO_TRY(std::string path, PathOf(root_, uid));
  auto work = [path]() -> Status {
    std::error_code code;
    fs::remove_all(path, code);
    if (code) return Fail(FromCode("storage directory " + path, code));
    return {};
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Result<std::vector<ServiceUid>>> DirectoryVolumes::List() {
  auto work = [root = root_]() -> Result<std::vector<ServiceUid>> {
    std::error_code code;
    std::vector<ServiceUid> found;
    for (fs::directory_iterator it(root, code), end; !code && it != end; it.increment(code)) {
      const std::string name = it->path().filename().string();
      if (IsUid(name) && it->is_directory(code)) found.emplace_back(name);
    }
    if (code) return Fail(FromCode("storage directory " + root, code));
    std::ranges::sort(found);
    return found;
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

}  // namespace kl
