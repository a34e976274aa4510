#include "cmd/find_engine.h"

#include <sys/stat.h>

#include <filesystem>

namespace kl::cmd {

namespace fs = std::filesystem;

Result<std::string> FindEngine(const Config& config) {
  const std::string own = config.data_dir + "/engine";
  std::vector<std::string> candidates = {"/var/run/docker.sock", "/run/podman/podman.sock"};
  std::error_code ec;
  if (!config.engine.empty()) {
    candidates = {config.engine};
  } else if (fs::exists(own, ec)) {
    // No other will do while it is away: instances would be made a second time there.
    candidates = {own + "/engine.sock"};
  }
  for (std::string path : candidates) {
    if (path.starts_with("unix://")) path = path.substr(7);
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) return path;
  }
  std::string all;
  for (const std::string& path : candidates) all += (all.empty() ? "" : ", ") + path;
  return Fail(ErrorKind::kUnavailable,
              "no container engine found at " + all +
                  ": start one (podman system service --time 0 &) or name its socket: --engine, or "
                  "engine in the configuration",
              "engine");
}

std::string PauseTar(const Config& config) {
  if (!config.pause_tar.empty()) return config.pause_tar;
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return "";
  for (const fs::path& place : {program.parent_path() / "pause.tar",
                                program.parent_path().parent_path() / "lib/kuberlogic/pause.tar"}) {
    if (fs::exists(place, ec)) return place.string();
  }
  return "";
}

}  // namespace kl::cmd
