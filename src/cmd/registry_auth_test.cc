#include "cmd/registry_auth.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "cmd/config.h"

namespace kl::cmd {
namespace {

TEST(RegistryAuthTest, IsWhatDockerLoginWrites) {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("kl-registry-" + std::to_string(::getpid()) + ".json");
  const struct {
    std::string url, host;
  } cases[] = {{"registry.example.com:5000", "registry.example.com:5000"},
               {"https://registry.example.com/v2/", "registry.example.com"},
               {"https://index.docker.io/v1/", "docker.io"}};
  for (const auto& each : cases) {
    ASSERT_TRUE(WriteRegistryAuth(path, {each.url, "user", SecretString("pass")}));
    EXPECT_EQ(*ReadFile(path), R"({"auths":{")" + each.host + R"(":{"auth":"dXNlcjpwYXNz"}}})");
  }
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::filesystem::remove(path);
}

TEST(RegistryAuthTest, AFolderThatIsNotThereIsNamed) {
  const Status written = WriteRegistryAuth("/nowhere/at/all.json", {"a", "b", SecretString("c")});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/nowhere/at/all.json"), std::string::npos);
  EXPECT_EQ(written.error().message.find("auth\":"), std::string::npos);
}

}  // namespace
}  // namespace kl::cmd
