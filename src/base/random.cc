#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

#include "base/hash.h"
#include "base/secret.h"

namespace kl {

std::uint64_t Random::Next() {
  std::uint8_t bytes[8];
  Fill(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t Random::Below(std::uint64_t bound) {
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value;
  do value = Next();
  while (value >= limit);
  return value % bound;
}

std::string Random::Uid() {
  std::string bytes(16, '\0');
  Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return Hex(bytes);
}

std::string Random::Letters(std::size_t n) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out(n, '\0');
  for (char& c : out) c = kLetters[Below(52)];
  return out;
}

Random& SystemRandom() {
  class System : public Random {
    void Fill(std::span<std::uint8_t> out) override {
      if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
    }
  };
  static System system;
  return system;
}

void SeededRandom::Fill(std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); i += 8) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    std::memcpy(out.data() + i, &z, std::min<std::size_t>(8, out.size() - i));
  }
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace kl
