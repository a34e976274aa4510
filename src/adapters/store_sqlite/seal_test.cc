#include "adapters/store_sqlite/seal.h"

#include <sys/stat.h>

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

class SealTest : public ::testing::Test {
 protected:
  static Sealer WithKey(char c) {
    return {SecretString(std::string(kKeyBytes, c)), SystemRandom()};
  }
  Sealer sealer_ = WithKey('k');
};

TEST_F(SealTest, WhatWasSealedOpens) {
  for (const std::string& plain :
       {std::string(), std::string("s3cret"), std::string(5'000, '\0')}) {
    const auto sealed = sealer_.Seal("secret/one", plain);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->key_id, sealer_.key_id());
    const auto opened = sealer_.Open("secret/one", *sealed);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->Reveal(), plain);
  }
}

TEST_F(SealTest, EqualValuesSealDifferentlyAndNeverInTheClear) {
  const auto a = sealer_.Seal("secret/one", "s3cret");
  const auto b = sealer_.Seal("secret/one", "s3cret");
  EXPECT_NE(a->bytes, b->bytes);
  EXPECT_EQ(a->bytes.find("s3cret"), std::string::npos);
}

TEST_F(SealTest, AValueCannotBeMovedToAnotherPlace) {
  const auto sealed = sealer_.Seal("secret/one", "s3cret");
  const auto opened = sealer_.Open("secret/two", *sealed);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find("secret/two"), std::string::npos);
}

TEST_F(SealTest, EveryChangedBitIsFound) {
  const auto sealed = sealer_.Seal("secret/one", "s3cret");
  for (std::size_t i = 0; i < sealed->bytes.size() * 8; ++i) {
    Sealed changed = *sealed;
    changed.bytes[i / 8] = static_cast<char>(changed.bytes[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(sealer_.Open("secret/one", changed)) << "bit " << i;
  }
  for (std::size_t size = 0; size < sealed->bytes.size(); ++size) {
    EXPECT_FALSE(sealer_.Open("secret/one", {sealed->key_id, sealed->bytes.substr(0, size)}));
  }
}

TEST_F(SealTest, AnotherKeyIsNamedTogetherWithTheRemedy) {
  const auto sealed = sealer_.Seal("secret/one", "s3cret");
  const Sealer other = WithKey('x');
  const auto opened = other.Open("secret/one", *sealed);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find(sealer_.key_id()), std::string::npos);
  EXPECT_NE(opened.error().message.find("key file"), std::string::npos);
}

TEST_F(SealTest, TheKeysIdDoesNotShowTheKey) {
  EXPECT_EQ(sealer_.key_id().size(), 16U);
  EXPECT_EQ(sealer_.key_id().find("kkkk"), std::string::npos);
  EXPECT_NE(sealer_.key_id(), WithKey('x').key_id());
}

TEST(KeyFile, IsMadeOnceWithMode0600) {
  const testing::TempDir dir;
  const auto made = LoadKey(dir.File("key"), true, SystemRandom());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->Reveal().size(), kKeyBytes);
  struct stat info{};
  ASSERT_EQ(::stat(dir.File("key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const auto again = LoadKey(dir.File("key"), true, SystemRandom());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Reveal(), made->Reveal());
}

TEST(KeyFile, AMissingOneIsNotReplacedWhenSomethingIsSealed) {
  const testing::TempDir dir;
  const auto key = LoadKey(dir.File("key"), false, SystemRandom());
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(dir.File("key")));
}

TEST(KeyFile, OneOfAnotherLengthIsRefused) {
  const testing::TempDir dir;
  for (const std::size_t size : {0, 31, 33, 10'000}) {
    testing::WriteFile(dir.File("key"), std::string(size, 'k'));
    const auto key = LoadKey(dir.File("key"), true, SystemRandom());
    ASSERT_FALSE(key) << size;
    EXPECT_EQ(key.error().kind, ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace kl::sqlite
