// Random: the only source of random bytes, a port so that the simulated world is reproducible.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace kl {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `out`. The real one is cryptographically strong and ends the program if the system has
  // none.
  virtual void Fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t Next();
  // Uniform in [0, bound), without modulo bias; bound > 0.
  std::uint64_t Below(std::uint64_t bound);
  // 128 random bits as 32 lower-case hex digits.
  std::string Uid();
  // `n` characters of [A-Za-z].
  std::string Letters(std::size_t n);
};

// The operating system's generator. Any thread.
Random& SystemRandom();

// Deterministic (splitmix64), for tests and simulations. Never for secrets of real customers.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void Fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace kl
