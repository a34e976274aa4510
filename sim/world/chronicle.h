// What happened in a world: its last steps for a failure's report, and a digest of all of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/loop.h"

namespace kl::world {

class Chronicle {
 public:
  explicit Chronicle(bool print) : print_(print) {}

  // A port call; `call` is a literal. The effect has happened when `after` is set.
  void Call(MonoTime at, std::string_view call, bool after);
  // An act of the world: a customer, an operator, trouble.
  void Act(MonoTime at, std::string text);

  std::string LastSteps() const;
  std::uint64_t digest() const { return digest_; }
  std::uint64_t calls() const { return calls_; }

 private:
  struct Step {
    MonoTime at{};
    std::string_view call;
    bool after = false;
    std::string text;
  };
  static constexpr std::size_t kKept = 40;

  Step& Next(MonoTime at);
  void Mix(std::string_view text);
  void Mix(std::uint64_t number);
  static std::string Line(const Step& step);

  bool print_;
  std::array<Step, kKept> steps_;
  std::uint64_t count_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t digest_ = 14695981039346656037ull;  // FNV-1a
};

// "day 12 03:04:05.678"
std::string TimeText(MonoTime at);

}  // namespace kl::world
