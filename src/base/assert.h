// KL_ASSERT: what must hold unless the program itself is wrong. Always on, also in release builds:
// going on after a broken invariant is how data is destroyed. Never for input, never for what the
// outside answers: those are Results.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace kl::assert_internal {

[[noreturn]] inline void Fail(const char* file, int line, const char* expression) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::fflush(stderr);
  std::abort();
}

}  // namespace kl::assert_internal

#define KL_ASSERT(expression)          \
  ((expression) ? static_cast<void>(0) \
                : ::kl::assert_internal::Fail(__FILE__, __LINE__, #expression))
