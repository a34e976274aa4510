// A coverage-guided fuzzer of few lines: this compiler has none of its own. Inputs that reach new
// code are kept and changed further; what crashes, hangs or breaks a promise of a target is written
// to a file, which `kuberlogic-fuzz TARGET FILE` runs again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace kl::fuzz {

struct Target {
  std::string_view name;
  // Runs one input; ends the program by Require() when a promise is broken.
  void (*run)(std::string_view input);
  std::size_t bytes_max = 4096;
  std::vector<std::string_view> words;  // pieces of the input's language
  std::vector<std::string_view> seeds;  // folders with inputs, beside corpus/NAME
};

const std::vector<Target>& Targets();

// Prints the text and ends the program as a crash would.
void Require(bool holds, const char* promise);

// ---- mutation ----

// One to eight small changes of one of the inputs in `pool`, which is not empty.
std::string Mutate(const std::vector<std::string>& pool, const Target& target, Random& random);

// ---- coverage ----

void ForgetCoverage();
// Whether the last run did something no run did before; remembers it.
bool SawSomethingNew();
std::size_t EdgesSeen();

}  // namespace kl::fuzz
