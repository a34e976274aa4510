#include "cmd/service_manager.h"

#include "base/subprocess.h"

namespace kl::cmd {
namespace {

constexpr char kUnit[] = "kuberlogic.service";
// More than the unit's TimeoutStopSec.
constexpr std::chrono::seconds kPatience(60);

}  // namespace

Status ServiceManager::Call(const std::vector<std::string>& argv) const {
  Status done = RunProcessOk(argv, kPatience);
  if (done) return done;
  return Fail(ErrorKind::kUnavailable,
              "service manager: " + done.error().message +
                  (command_.empty() ? ": without systemd set service_command" : ""));
}

Status ServiceManager::Start() const {
  // Not waited for: a unit that is restarted again and again never finishes its first start.
  return command_.empty() ? Call({"systemctl", "start", "--no-block", kUnit})
                          : Call({command_, "start"});
}

Status ServiceManager::Stop() const {
  return command_.empty() ? Call({"systemctl", "stop", kUnit}) : Call({command_, "stop"});
}

std::string ServiceManager::log_hint() const {
  return command_.empty() ? "journalctl -u kuberlogic" : "its log";
}

}  // namespace kl::cmd
