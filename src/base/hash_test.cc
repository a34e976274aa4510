#include "base/hash.h"

#include <gtest/gtest.h>

namespace kl {
namespace {

// FIPS 180-2, appendix B.
TEST(HashTest, Sha256MatchesThePublishedVectors) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("x").size(), 32u);
}

TEST(HashTest, HexIsLowerCaseAndKeepsZeroBytes) {
  EXPECT_EQ(Hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(Hex(""), "");
}

// RFC 4648, section 10; in lower case and without padding.
TEST(HashTest, Base32MatchesThePublishedVectors) {
  EXPECT_EQ(Base32(""), "");
  EXPECT_EQ(Base32("f"), "my");
  EXPECT_EQ(Base32("fo"), "mzxq");
  EXPECT_EQ(Base32("foo"), "mzxw6");
  EXPECT_EQ(Base32("foob"), "mzxw6yq");
  EXPECT_EQ(Base32("fooba"), "mzxw6ytb");
  EXPECT_EQ(Base32("foobar"), "mzxw6ytboi");
}

TEST(HashTest, Base64MatchesThePublishedVectorsBothWays) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(Base64(plain), encoded);
    EXPECT_EQ(Base64Decode(encoded), plain);
  }
}

TEST(HashTest, Base64DecodeRefusesWhatIsNotBase64) {
  for (const char* bad :
       {"Zg", "Zg=", "Z===", "====", "Zm9v!mFy", "Zg==Zg==", "Zm 9v===", "=Zg=", "Zm9vZm9v\n"}) {
    EXPECT_EQ(Base64Decode(bad), std::nullopt) << bad;
  }
}

TEST(HashTest, Base64KeepsEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(Base64Decode(Base64(all)), all);
}

}  // namespace
}  // namespace kl
