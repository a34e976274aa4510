#include "base/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <string>

namespace kl {

bool crash_points_armed = false;

namespace {
std::string g_name;
int g_left = 1;
}  // namespace

void ArmCrashPoint(std::string_view spec) {
  const auto colon = spec.find(':');
  g_name = spec.substr(0, colon);
  g_left = 1;
  if (colon != std::string_view::npos) {
    std::from_chars(spec.data() + colon + 1, spec.data() + spec.size(), g_left);
  }
  crash_points_armed = !g_name.empty();
}

void CrashPointReached(std::string_view name) {
  if (name != g_name || --g_left > 0) return;
  kill(getpid(), SIGKILL);
}

}  // namespace kl
