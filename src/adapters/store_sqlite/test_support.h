// A database in a directory of its own, and a real loop to ask it on.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/store_sqlite/database.h"
#include "base/random.h"
#include "net/run_task.h"

namespace kl::sqlite::testing {

class TempDir {
 public:
  TempDir()
      : path_(std::filesystem::temp_directory_path() / ("kl-store-" + SystemRandom().Letters(12))) {
    std::filesystem::create_directory(path_);
  }
  TempDir(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void WriteFile(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

class DatabaseTest : public ::testing::Test {
 protected:
  Options Where() const {
    return {.path = dir_.File("store.db"),
            .key_path = dir_.File("key"),
            .secrets_dir = dir_.File("secrets")};
  }
  // Opens, or opens again what an earlier one closed.
  void Open() {
    database_.reset();
    auto opened = Database::Open(loop_, Where());
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
  }
  // Why it cannot be opened.
  Error Refused() {
    auto opened = Database::Open(loop_, Where());
    return opened ? Error{ErrorKind::kInternal, "it was opened"} : opened.error();
  }
  Database& db() { return *database_; }

  template <class T>
  T Await(Task<T> task) {
    return net::RunTaskToEnd(loop_, std::move(task));
  }
  // The same where success is expected.
  template <class T>
  T Must(Task<Result<T>> task) {
    Result<T> result = Await(std::move(task));
    if (!result) {
      ADD_FAILURE() << result.error().message;
      if constexpr (!std::is_void_v<T>) return T{};
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  // Runs SQL on the closed database, as damage or an older program would have.
  void Sql(const std::string& script);

  TempDir dir_;
  net::IoLoop loop_;
  std::unique_ptr<Database> database_;
};

}  // namespace kl::sqlite::testing
