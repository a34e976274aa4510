#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "base/secret.h"

namespace kl {
namespace {

TEST(RandomTest, SeededOnesRepeatAndDiffer) {
  SeededRandom a(1), b(1), c(2);
  const std::uint64_t first = a.Next();
  EXPECT_EQ(first, b.Next());
  EXPECT_NE(first, c.Next());
  EXPECT_NE(first, a.Next());
}

TEST(RandomTest, FillCoversEveryLength) {
  for (std::size_t n : {0, 1, 7, 8, 9, 31}) {
    // A byte that is never written keeps its value in all of 64 tries.
    std::vector<bool> touched(n);
    SeededRandom random(n);
    for (int round = 0; round < 64; ++round) {
      std::vector<std::uint8_t> bytes(n + 1, 0xAA);
      random.Fill(std::span(bytes).first(n));
      for (std::size_t i = 0; i < n; ++i) touched[i] = touched[i] || bytes[i] != 0xAA;
      EXPECT_EQ(bytes[n], 0xAA);
    }
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(touched[i]) << i << " of " << n;
  }
}

TEST(RandomTest, BelowIsInRangeAndReachesAllOfIt) {
  SeededRandom random(3);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = random.Below(7);
    ASSERT_LT(value, 7u);
    seen.insert(value);
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(random.Below(1), 0u);
}

TEST(RandomTest, UidsAreHexAndUnique) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uid = SystemRandom().Uid();
    EXPECT_EQ(uid.size(), 32u);
    EXPECT_EQ(uid.find_first_not_of("0123456789abcdef"), std::string::npos);
    seen.insert(uid);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomTest, LettersAreLetters) {
  SeededRandom random(4);
  const std::string letters = random.Letters(500);
  EXPECT_EQ(letters.size(), 500u);
  for (char c : letters) EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) << c;
  EXPECT_EQ(random.Letters(0), "");
}

TEST(SecretTest, ComparisonSeesLengthAndEveryByte) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEqual("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEqual("secret", "secrets"));
  EXPECT_FALSE(ConstantTimeEqual("secret", ""));
}

}  // namespace
}  // namespace kl
