// Blocking work (system calls that wait for a disk or another process) off the loop's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/task.h"

namespace kl {

// A fixed number of threads that run jobs in the order they were posted. The destructor finishes
// the jobs under way and drops those that wait. Must go before the Loop that waits for its results.
class OffloadPool {
 public:
  explicit OffloadPool(std::size_t threads);
  ~OffloadPool();
  OffloadPool(const OffloadPool&) = delete;

  // Any thread.
  void Post(std::move_only_function<void()> job);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

//   auto work = [fd] { return fsync(fd); };
//   int result = co_await Offload(loop, pool, std::move(work));
// The value arrives on the loop's thread.
// `work` runs to its end even when the awaiting frame is destroyed, so it owns all it touches.
// Bound to a name first: GCC 12 copies a closure that is a temporary of an await twice.
template <class Fn>
auto Offload(Loop& loop, OffloadPool& pool, Fn work) -> Task<std::invoke_result_t<Fn>> {
  Completer<std::invoke_result_t<Fn>> done(loop);
  pool.Post([done, work = std::move(work)]() mutable { done.Set(work()); });
  co_return co_await done.Get();
}

}  // namespace kl
