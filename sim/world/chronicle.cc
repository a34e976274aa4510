#include "sim/world/chronicle.h"

#include <cstdio>

namespace kl::world {

std::string TimeText(MonoTime at) {
  const auto ms = at.time_since_epoch().count();
  const auto seconds = ms / 1000;
  char text[64];
  std::snprintf(text, sizeof text, "day %lld %02lld:%02lld:%02lld.%03lld",
                static_cast<long long>(seconds / 86400),
                static_cast<long long>(seconds / 3600 % 24),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60),
                static_cast<long long>(ms % 1000));
  return text;
}

void Chronicle::Mix(std::string_view text) {
  for (const unsigned char c : text) digest_ = (digest_ ^ c) * 1099511628211ull;
}

void Chronicle::Mix(std::uint64_t number) {
  digest_ = (digest_ ^ number) * 1099511628211ull;
  digest_ ^= digest_ >> 29;
}

Chronicle::Step& Chronicle::Next(MonoTime at) {
  Step& step = steps_[count_++ % kKept];
  step.at = at;
  step.text.clear();
  Mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
  return step;
}

void Chronicle::Call(MonoTime at, std::string_view call, bool after) {
  Step& step = Next(at);
  step.call = call;
  step.after = after;
  ++calls_;
  Mix(call);
  Mix(static_cast<std::uint64_t>(after));
  if (print_) std::fprintf(stderr, "%s\n", Line(step).c_str());
}

void Chronicle::Act(MonoTime at, std::string text) {
  Step& step = Next(at);
  step.call = {};
  Mix(text);
  step.text = std::move(text);
  if (print_) std::fprintf(stderr, "%s\n", Line(step).c_str());
}

std::string Chronicle::Line(const Step& step) {
  std::string line = TimeText(step.at) + "  ";
  if (step.call.empty()) return line + "* " + step.text;
  return line + std::string(step.call) + (step.after ? " done" : "");
}

std::string Chronicle::LastSteps() const {
  std::string lines;
  for (std::uint64_t i = count_ > kKept ? count_ - kKept : 0; i < count_; ++i) {
    lines += "  " + Line(steps_[i % kKept]) + "\n";
  }
  return lines;
}

}  // namespace kl::world
