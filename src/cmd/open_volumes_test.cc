#include "cmd/open_volumes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/random.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

struct OpenVolumesTest : ::testing::Test {
  OpenVolumesTest() { config.data_dir = root; }
  ~OpenVolumesTest() override { fs::remove_all(root); }

  const fs::path root = fs::temp_directory_path() / ("kl-volumes-" + SystemRandom().Letters(10));
  Config config;
  net::IoLoop loop;
};

// Else their data would lie below the pool's mount.
TEST_F(OpenVolumesTest, AFolderWithInstancesStaysAFolderWhateverTheMachineCouldDo) {
  fs::create_directories(root / "storage/0123abcd");
  config.storage = "auto";
  ASSERT_TRUE(OpenVolumes(loop, config));
  EXPECT_FALSE(fs::exists(root / "storage.btrfs"));
}

TEST_F(OpenVolumesTest, DataDirectoryIsEnteredByItsOwnerOnly) {
  ASSERT_TRUE(MakePrivateDirectory(root));
  struct stat info{};
  ASSERT_EQ(::stat(root.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

}  // namespace
}  // namespace kl::cmd
