#include "adapters/volumes_directory/volumes_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace kl {
namespace fs = std::filesystem;
namespace {

// A loop driven by hand: runs what was posted until a task is done.
class HandLoop : public Loop {
 public:
  void Post(Callback fn) override {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(fn));
    wake_.notify_one();
  }
  WallTime Now() const override { return {}; }
  MonoTime Monotonic() const override { return {}; }
  TimerId CallAt(MonoTime, Callback) override { return 0; }
  void CancelTimer(TimerId) override {}

  template <class T>
  T Run(Task<T> task) {
    std::optional<T> out;
    TaskScope scope(*this);
    scope.Spawn([](Task<T> t, std::optional<T>& o) -> Task<void> {
      o.emplace(co_await std::move(t));
    }(std::move(task), out));
    while (!out) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty(); });
      auto fn = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      fn();
    }
    return std::move(*out);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Callback> queue_;
};

class DirectoryVolumesTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("kl-dirvol-" + SystemRandom().Uid());
    auto opened = DirectoryVolumes::Open(loop_, root_);
    ASSERT_TRUE(opened) << opened.error().message;
    volumes_ = std::move(*opened);
  }
  void TearDown() override {
    volumes_.reset();
    fs::remove_all(root_);
  }

  HandLoop loop_;
  std::string root_;
  std::unique_ptr<DirectoryVolumes> volumes_;
  const ServiceUid uid_{"0123456789abcdef0123456789abcdef"};
};

TEST_F(DirectoryVolumesTest, EnsureTwiceKeepsContent) {
  auto first = loop_.Run(volumes_->Ensure(uid_, 1 << 20));
  ASSERT_TRUE(first);
  std::ofstream(first->path + "/kept") << "yes";
  auto second = loop_.Run(volumes_->Ensure(uid_, 2 << 20));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->path, first->path);
  EXPECT_FALSE(second->enforced);
  EXPECT_TRUE(fs::exists(second->path + "/kept"));
}

TEST_F(DirectoryVolumesTest, OthersCannotEnterTheRoot) {
  EXPECT_EQ(fs::status(root_).permissions(), fs::perms::owner_all);
}

TEST_F(DirectoryVolumesTest, InspectOfNothingIsNotFound) {
  auto info = loop_.Run(volumes_->Inspect(uid_));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound);
}

TEST_F(DirectoryVolumesTest, RemoveLeavesNothingAndTwiceIsNoError) {
  ASSERT_TRUE(loop_.Run(volumes_->Ensure(uid_, 0)));
  EXPECT_EQ(loop_.Run(volumes_->List())->size(), 1u);
  EXPECT_TRUE(loop_.Run(volumes_->Remove(uid_)));
  EXPECT_TRUE(loop_.Run(volumes_->Remove(uid_)));
  EXPECT_TRUE(loop_.Run(volumes_->List())->empty());
}

TEST_F(DirectoryVolumesTest, APathIsNotAUid) {
  auto info = loop_.Run(volumes_->Ensure(ServiceUid("../outside"), 0));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace kl
