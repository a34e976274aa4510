#include "cmd/uninstall.h"

#include <filesystem>
#include <ostream>
#include <sstream>

#include "adapters/gateway_caddy/gateway.h"
#include "base/subprocess.h"
#include "cmd/engine_cleanup.h"
#include "cmd/open_volumes.h"
#include "cmd/service_manager.h"
#include "cmd/state_copy.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;
constexpr char kConfigDir[] = "/etc/kuberlogic";
constexpr std::chrono::seconds kPatience(120);

class Uninstaller {
 public:
  Uninstaller(const Config& config, const cli::Globals& globals, const UninstallWish& wish)
      : config_(config), globals_(globals), wish_(wish) {}

  Status Run() {
    KL_RETURN_IF_ERROR(CheckTold());
    KL_RETURN_IF_ERROR(EndServe());
    KL_RETURN_IF_ERROR(RemoveInstances());
    KL_RETURN_IF_ERROR(EndHelpers());
    KL_RETURN_IF_ERROR(RemoveInstalled());
    if (wish_.delete_data) return DeleteData();
    Say("kept: " + config_.data_dir + " with all customers' data and keys, and " + kConfigDir +
        "; make install brings everything back");
    return {};
  }

 private:
  bool systemd() const { return wish_.root.empty() && config_.service_command.empty(); }
  std::string Rooted(const std::string& path) const { return wish_.root + path; }

  fs::path Prefix() const { return fs::path(wish_.program).parent_path().parent_path(); }

  Status CheckTold() const {
    if (!wish_.delete_data || wish_.confirm == config_.kuberlogic_domain) return {};
    return Fail(ErrorKind::kInvalid,
                "--delete-data deletes the data of every customer of " + config_.kuberlogic_domain +
                    " for good: say so twice, with --confirm " + config_.kuberlogic_domain,
                "confirm");
  }

  Status EndServe() {
    if (systemd() || !config_.service_command.empty()) {
      KL_RETURN_IF_ERROR(ServiceManager(config_.service_command).Stop());
    }
    if (!IsServed(config_.data_dir)) return {};
    return Fail(ErrorKind::kConflict,
                "a kuberlogic serve still uses " + config_.data_dir + ": end it first");
  }

  Status RemoveInstances() {
    // Only an engine that runs can be asked; its own unit returns when it answers.
    if (systemd() && fs::exists(config_.data_dir + "/engine"))
      KL_RETURN_IF_ERROR(
          RunProcessOk({"systemctl", "start", "kuberlogic-engine.service"}, kPatience));
    KL_TRY(const Removed removed, RemoveFromEngine(loop_, config_));
    Say("instances ended: " + std::to_string(removed.containers) + " containers and " +
        std::to_string(removed.networks) + " networks removed");
    return {};
  }

  Status EndHelpers() {
    if (systemd()) {
      KL_RETURN_IF_ERROR(RunProcessOk(
          {"systemctl", "disable", "--now", "--quiet", "kuberlogic.service",
           "kuberlogic-gateway.service", "kuberlogic-engine.service", "kuberlogic-storage.service"},
          kPatience));
    }
    if (wish_.delete_data) KL_RETURN_IF_ERROR(PurgeOwnEngine());
    KL_TRY(const bool ended, EndLeftGateway(config_.data_dir));
    if (ended) Say("gateway ended");
    return CloseVolumes(config_);
  }

  // Its images are mounted over themselves, and no folder under a mount can be deleted.
  Status PurgeOwnEngine() const {
    const std::string engine = config_.data_dir + "/engine";
    const std::string tool = Rooted((Prefix() / "lib/kuberlogic/engine").string());
    if (!fs::exists(engine) || !fs::exists(tool)) return {};
    return RunProcessOk({tool, "stop", engine, "--purge"}, kPatience);
  }

  // What make install wrote down, this list last: a second try finds it again.
  Status RemoveInstalled() {
    const fs::path manifest = Rooted((Prefix() / "lib/kuberlogic/manifest").string());
    if (!fs::exists(manifest)) {
      Say("nothing is installed: there is no " + manifest.string());
      return {};
    }
    KL_TRY(const std::string text, ReadFile(manifest));
    std::stringstream lines(text);
    std::error_code ec;
    int files = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      if (fs::remove(Rooted(line), ec)) ++files;
      if (ec) {
        return Fail(ErrorKind::kUnavailable, Rooted(line) + " cannot be removed: " + ec.message());
      }
      const fs::path folder = fs::path(Rooted(line)).parent_path();
      if (folder.filename() == "kuberlogic") fs::remove(folder, ec);  // when it is empty now
    }
    fs::remove_all(manifest.parent_path(), ec);
    Say(std::to_string(files) + " installed files removed");
    return systemd() ? RunProcessOk({"systemctl", "daemon-reload"}, kPatience) : Status();
  }

  Status DeleteData() {
    std::error_code ec;
    for (const std::string& path : {config_.data_dir, Rooted(kConfigDir)}) {
      fs::remove_all(path, ec);
      if (ec) return Fail(ErrorKind::kUnavailable, path + " cannot be removed: " + ec.message());
      Say("deleted: " + path);
    }
    return {};
  }

  void Say(const std::string& text) { *globals_.out << text << std::endl; }

  const Config& config_;
  const cli::Globals& globals_;
  const UninstallWish& wish_;
  net::IoLoop loop_;
};

}  // namespace

int Uninstall(const Config& config, const cli::Globals& globals, const UninstallWish& wish) {
  const Status done = Uninstaller(config, globals, wish).Run();
  return done ? 0 : cli::Report(globals, Wrap(done.error(), "uninstall").error());
}

}  // namespace kl::cmd
