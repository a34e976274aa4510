#include "cmd/kept_word.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace kl::cmd {
namespace {

struct KeptWordTest : ::testing::Test {
  KeptWordTest() { std::filesystem::create_directory(dir); }
  ~KeptWordTest() override { std::filesystem::remove_all(dir); }
  void Write(const std::string& text) const { std::ofstream(path) << text; }
  Result<std::string> Get() const { return KeptWord(path, SystemRandom()); }

  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / ("kl-word-" + SystemRandom().Letters(12));
  const std::string path = dir / "installation-id";
};

TEST_F(KeptWordTest, IsMadeOnceAndIsItsOwnersAlone) {
  const auto first = Get();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_GE(first->size(), 16u);
  EXPECT_EQ(Get().value(), *first);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(KeptWordTest, FinalLineBreaksAreNoPartOfIt) {
  Write("my-own-word\r\n");
  EXPECT_EQ(Get().value(), "my-own-word");
}

TEST_F(KeptWordTest, WhatIsThereAndCannotBeReadIsNeverReplaced) {
  Write("");
  const auto empty = Get();
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(std::filesystem::file_size(path), 0u);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_FALSE(Get());
  EXPECT_TRUE(std::filesystem::is_directory(path));
}

}  // namespace
}  // namespace kl::cmd
