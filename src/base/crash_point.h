// Named places at which a test may kill the program. Armed only by main() from KUBERLOGIC_CRASH_AT
// ("name" or "name:3" for the third passage); unarmed they cost one load.
#pragma once

#include <string_view>

namespace kl {

void ArmCrashPoint(std::string_view spec);
void CrashPointReached(std::string_view name);  // SIGKILLs this process when armed for `name`

extern bool crash_points_armed;
inline void CrashPoint(std::string_view name) {
  if (crash_points_armed) CrashPointReached(name);
}

}  // namespace kl
