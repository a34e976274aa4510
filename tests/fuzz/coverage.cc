// The instrumented sources call __sanitizer_cov_trace_pc at every basic block
// (-fsanitize-coverage=trace-pc); this file itself is not instrumented.
#include <array>
#include <cstring>

#include "tests/fuzz/fuzz.h"

namespace kl::fuzz {
namespace {

constexpr std::size_t kEdges = 1 << 16;
std::array<std::uint8_t, kEdges> counts;  // of the run
std::array<std::uint8_t, kEdges> seen;    // of all runs: a bit for each order of magnitude
std::uintptr_t previous = 0;

// How often, by order of magnitude: a loop that runs once more is nothing new.
std::uint8_t Magnitude(std::uint8_t count) {
  if (count < 4) return static_cast<std::uint8_t>((1 << count) >> 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}

}  // namespace

void ForgetCoverage() {
  std::memset(counts.data(), 0, counts.size());
  previous = 0;
}

bool SawSomethingNew() {
  bool found = false;
  for (std::size_t i = 0; i < kEdges; ++i) {
    if (counts[i] == 0) continue;
    const std::uint8_t bit = Magnitude(counts[i]);
    found |= (seen[i] & bit) == 0;
    seen[i] |= bit;
  }
  return found;
}

std::size_t EdgesSeen() {
  std::size_t out = 0;
  for (std::uint8_t each : seen) out += each != 0;
  return out;
}

}  // namespace kl::fuzz

// Not a function of ours to name: the compiler calls it.
extern "C" __attribute__((no_sanitize("address", "undefined"))) void __sanitizer_cov_trace_pc() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  std::uint8_t& count = kl::fuzz::counts[(here ^ kl::fuzz::previous) % kl::fuzz::kEdges];
  if (count < 255) ++count;
  kl::fuzz::previous = here >> 1;
}
