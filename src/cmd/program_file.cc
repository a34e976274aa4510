#include "cmd/program_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/subprocess.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kName = "kuberlogic ";

Status Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (synced) return {};
  return Fail(ErrorKind::kUnavailable, path + " cannot be synced: " + std::strerror(error));
}

}  // namespace

Result<std::string> VersionOf(const std::string& path) {
  auto answer = RunProcess({fs::absolute(path).string(), "version"}, std::chrono::seconds(10));
  if (!answer) return Fail(ErrorKind::kInvalid, answer.error().message, "program");
  const std::string line = answer->output.substr(0, answer->output.find('\n'));
  if (answer->exit_code != 0 || !line.starts_with(kName)) {
    return Fail(ErrorKind::kInvalid,
                path + " is no kuberlogic that runs here: exit code " +
                    std::to_string(answer->exit_code) + (line.empty() ? "" : ": " + line),
                "program");
  }
  return line.substr(kName.size());
}

bool SameContent(const std::string& one, const std::string& other) {
  std::ifstream a(one, std::ios::binary);
  std::ifstream b(other, std::ios::binary);
  using Bytes = std::istreambuf_iterator<char>;
  return a && b && std::equal(Bytes(a), Bytes(), Bytes(b), Bytes());
}

Status PlaceProgram(const std::string& from, const std::string& to) {
  const std::string fresh = to + ".new";
  std::error_code ec;
  fs::copy_file(from, fresh, fs::copy_options::overwrite_existing, ec);
  if (!ec && ::chmod(fresh.c_str(), 0755) != 0)
    ec = std::error_code(errno, std::generic_category());
  if (ec) return Fail(ErrorKind::kUnavailable, fresh + " cannot be written: " + ec.message());
  KL_RETURN_IF_ERROR(Sync(fresh));
  fs::rename(fresh, to, ec);
  if (ec) return Fail(ErrorKind::kUnavailable, to + " cannot be replaced: " + ec.message());
  return Sync(fs::path(to).parent_path());
}

}  // namespace kl::cmd
