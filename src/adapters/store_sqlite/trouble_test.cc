// The store under trouble: a process killed at any moment, a disk that is full.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/store_sqlite/connection.h"
#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

using testing::TempDir;

Hint About(std::int64_t number) {
  return {.provider = "stub",
          .site = "acme",
          .id = "sub-" + std::to_string(number),
          .version = number,
          .event_id = "ev_" + std::to_string(number)};
}

// One of several that add hints and report each acknowledged one to the parent.
Task<void> AddAndReport(Hints& hints, std::int64_t& next, int pipe) {
  while (true) {
    const std::int64_t number = ++next;
    std::vector<Hint> one(1, About(number));
    const auto added = co_await hints.Add(std::move(one));
    if (!added || ::write(pipe, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

[[noreturn]] void AddForEver(const Options& options, int pipe) {
  net::IoLoop loop;
  auto database = Database::Open(loop, options);
  if (!database) ::_exit(1);
  std::int64_t next = 0;
  TaskScope scope(loop);
  for (int i = 0; i < 8; ++i) scope.Spawn(AddAndReport((*database)->hints(), next, pipe));
  loop.Run();
  ::_exit(1);
}

TEST(StoreTrouble, NoAcknowledgedHintIsLostWhenTheProcessIsKilled) {
  const TempDir dir;
  const Options options{.path = dir.File("store.db"), .key_path = dir.File("key")};
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) AddForEver(options, pipe[1]);
  ::close(pipe[1]);

  std::set<std::int64_t> acknowledged;
  std::int64_t number = 0;
  while (acknowledged.size() < 500 && ::read(pipe[0], &number, sizeof number) == sizeof number) {
    acknowledged.insert(number);
  }
  ASSERT_EQ(acknowledged.size(), 500U);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  while (::read(pipe[0], &number, sizeof number) == sizeof number) acknowledged.insert(number);
  ::close(pipe[0]);

  net::IoLoop loop;
  auto database = Database::Open(loop, options);
  ASSERT_TRUE(database) << database.error().message;
  std::string after;
  while (true) {
    auto page = net::RunTaskToEnd(loop, (*database)->hints().Pending(after, 1'000));
    ASSERT_TRUE(page) << page.error().message;
    if (page->empty()) break;
    for (const auto& hint : *page) acknowledged.erase(hint.hint.version);
    after = page->back().ticket;
  }
  EXPECT_TRUE(acknowledged.empty()) << acknowledged.size() << " lost";
}

// What the child found, as its exit code; 77: this machine does not let us mount.
enum Outcome { kFine = 0, kNoMount = 77 };

#define KL_EXPECT_IN_CHILD(condition)                                      \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
      return 1;                                                            \
    }                                                                      \
  } while (false)

int FillTheDisk(const std::string& directory) {
  // A disk of its own, seen by this process only.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", directory.c_str(), "tmpfs", 0, "size=1m") != 0) {
    return kNoMount;
  }
  net::IoLoop loop;
  const Options options{.path = directory + "/store.db", .key_path = directory + "/key"};
  auto database = Database::Open(loop, options);
  KL_EXPECT_IN_CHILD(database);
  Hints& hints = (*database)->hints();
  std::int64_t stored = 0;
  Status added;
  while (stored < 100'000) {
    std::vector<Hint> one(1, About(stored + 1));
    added = net::RunTaskToEnd(loop, hints.Add(std::move(one)));
    if (!added) break;
    ++stored;
  }
  KL_EXPECT_IN_CHILD(!added && added.error().kind == ErrorKind::kExhausted);
  KL_EXPECT_IN_CHILD(added.error().message.find("make room") != std::string::npos);
  // Reading goes on, and what was acknowledged is there.
  auto pending = net::RunTaskToEnd(loop, hints.Pending("", 100'000));
  KL_EXPECT_IN_CHILD(pending && std::ssize(*pending) == stored);

  // Room appears: the same store goes on.
  KL_EXPECT_IN_CHILD(::mount("none", directory.c_str(), "tmpfs", MS_REMOUNT, "size=16m") == 0);
  std::vector<Hint> next(1, About(stored + 1));
  added = net::RunTaskToEnd(loop, hints.Add(std::move(next)));
  KL_EXPECT_IN_CHILD(added);
  database->reset();
  database = Database::Open(loop, options);
  KL_EXPECT_IN_CHILD(database);
  pending = net::RunTaskToEnd(loop, (*database)->hints().Pending("", 100'000));
  KL_EXPECT_IN_CHILD(pending && std::ssize(*pending) == stored + 1);
  return kFine;
}

TEST(StoreTrouble, AFullDiskRefusesAndLosesNothingAndRoomHeals) {
  const TempDir dir;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(FillTheDisk(dir.path()));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "mounting needs root";
  EXPECT_EQ(WEXITSTATUS(status), kFine);
}

class TroubleTest : public testing::DatabaseTest {
 protected:
  void SetUp() override { Open(); }
};

Task<void> PutInto(Store<Service>& services, Service service, Status& out) {
  const auto put = co_await services.PutSpec(std::move(service));
  out = put ? Status() : Status(std::unexpected(put.error()));
}

TEST_F(TroubleTest, ARefusedWriteDoesNotSpoilTheOthersOfItsCommit) {
  Service service;
  service.meta.name = "taken";
  Must(db().services().PutSpec(service));

  // All are queued in one turn of the loop, so most share a commit.
  std::vector<Status> results(40);
  TaskScope scope(loop_);
  for (std::size_t i = 0; i < results.size(); ++i) {
    service.meta.name = i % 2 ? "taken" : "name-" + std::to_string(i);
    scope.Spawn(PutInto(db().services(), service, results[i]));
  }
  Must(db().hints().Add(std::vector<Hint>(1, About(1))));
  Must(db().hints().Add(std::vector<Hint>(1, About(2))));
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].has_value(), i % 2 == 0) << i;
  }
  EXPECT_EQ(Must(db().services().List("", 100)).items.size(), 21U);
}

TEST_F(TroubleTest, WhatWasAskedForIsFinishedWhenTheStoreCloses) {
  Service service;
  Status result;
  {
    TaskScope scope(loop_);
    for (int i = 0; i < 20; ++i) {
      service.meta.name = "name-" + std::to_string(i);
      scope.Spawn(PutInto(db().services(), service, result));
    }
    Must(db().services().List("", 1));  // all have handed their writes over
  }
  Open();
  EXPECT_EQ(Must(db().services().List("", 100)).items.size(), 20U);
}

TEST_F(TroubleTest, ALockedDatabaseIsUnavailableAndHeals) {
  auto other = Connection::Open(Where().path, OpenMode::kReadWrite);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->Execute("BEGIN IMMEDIATE"));
  const auto refused = Await(db().hints().Add(std::vector<Hint>(1, About(1))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  ASSERT_TRUE(other->Execute("ROLLBACK"));
  Must(db().hints().Add(std::vector<Hint>(1, About(1))));
}

}  // namespace
}  // namespace kl::sqlite
