// Moves the write-ahead log into the database while the writer goes on appending to it: the wait
// for the database file's sync, which is long, delays no commit.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/store_sqlite/connection.h"

namespace kl::sqlite {

class Checkpointer {
 public:
  // `connection` is a second one to the writer's file; only the thread made here uses it.
  explicit Checkpointer(Connection connection);
  // Waits for the pass under way.
  ~Checkpointer();

  // Any thread. Moves what the log holds when it gets to it; calls during a pass are one more pass.
  void Nudge();
  // Any thread. Passes that have ended.
  int passes() const { return passes_; }

 private:
  void Serve();

  Connection connection_;
  std::mutex mutex_;  // guards `asked_` and `closing_`
  std::condition_variable wake_;
  bool asked_ = false;
  bool closing_ = false;
  std::atomic<int> passes_ = 0;
  std::thread thread_;
};

}  // namespace kl::sqlite
