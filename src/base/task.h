// Task<T>: a lazy coroutine; it starts when awaited, on the loop's thread, and its frame is owned
// by the Task object. Destroying a Task destroys the frames below it at their present suspension
// point, so a whole program can be dropped at any await: that is how `sim/world` kills it (see
// docs/adr/0002).
//
// Rules: no Task outlives the Loop; everything here is used on the loop's thread only, except
// Completer::Set, which any thread may call.
//
// GCC 12 copies two sorts of temporaries of a co_await statement bytewise into the frame, which
// breaks what points into itself (a short std::string): braced aggregates, and lambdas that capture
// by value. Make them, or the task that takes them, in a statement of its own:
//   Task<Status> put = gateway.Put({.host = host});
//   Status done = co_await std::move(put);
#pragma once

#include <coroutine>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace kl {

template <class T>
class Task;

namespace task_internal {

// A task that ends before its awaiter has suspended does not resume it: the awaiter just goes on.
// So a loop over tasks that are done at once needs no stack, even in builds without tail calls.
struct PromiseBase {
  std::coroutine_handle<> continuation;  // set once the awaiter is suspended
  std::exception_ptr exception;

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) noexcept {
      if (h.promise().continuation) return h.promise().continuation;
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& u) {
    value.emplace(std::forward<U>(u));
  }
  T Take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void Take() {}
};

// A suspended coroutine that may be destroyed before it is woken. Whoever wakes holds the shared
// slot; the awaiter empties it when its frame goes.
struct Slot {
  std::coroutine_handle<> handle;
};
using SlotPtr = std::shared_ptr<Slot>;
inline void ResumeSlot(const SlotPtr& slot) {
  if (auto h = std::exchange(slot->handle, nullptr)) h.resume();
}
inline void PostResume(Loop& loop, SlotPtr slot) {
  loop.Post([slot = std::move(slot)] { ResumeSlot(slot); });
}

}  // namespace task_internal

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_internal::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle h) : handle_(h) {}
  Task(Task&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
  Task& operator=(Task&& o) noexcept {
    if (this != &o) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(o.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      Handle handle;
      bool await_ready() noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> caller) noexcept {
        handle.resume();
        if (handle.done()) return false;
        handle.promise().continuation = caller;
        return true;
      }
      T await_resume() {
        if (handle.promise().exception) std::rethrow_exception(handle.promise().exception);
        return handle.promise().Take();
      }
    };
    return Awaiter{handle_};
  }

 private:
  Handle handle_;
};

namespace task_internal {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace task_internal

// Suspends for at least `delay`. The timer is cancelled when the frame is destroyed.
class Sleep {
 public:
  Sleep(Loop& loop, Duration delay) : loop_(loop), at_(loop.Monotonic() + delay) {}
  Sleep(const Sleep&) = delete;
  ~Sleep() {
    if (slot_) slot_->handle = nullptr;
    if (timer_) loop_.CancelTimer(timer_);
  }
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    slot_ = std::make_shared<task_internal::Slot>(h);
    timer_ = loop_.CallAt(at_, [this, slot = slot_] {
      if (slot->handle) timer_ = 0;
      task_internal::ResumeSlot(slot);
    });
  }
  void await_resume() {}

 private:
  Loop& loop_;
  MonoTime at_;
  Loop::TimerId timer_ = 0;
  task_internal::SlotPtr slot_;
};

// An auto-reset signal. Set() wakes every waiter, or is remembered for the next Wait() when there
// is none. A WaitFor() that times out in the same turn in which the event is set may report the
// time-out: re-check the condition waited for, as with any condition variable.
class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}
  Event(const Event&) = delete;

  void Set() {
    Prune();  // one that gave up must not swallow the signal
    if (waiters_.empty()) {
      set_ = true;
      return;
    }
    for (auto& slot : std::exchange(waiters_, {}))
      task_internal::PostResume(loop_, std::move(slot));
  }

  // co_await event.Wait();
  auto Wait() { return Waiter(*this, std::nullopt); }
  // As Wait(), but gives up after `limit`. Returns true when the event was set, false at the
  // time-out.
  auto WaitFor(Duration limit) { return Waiter(*this, limit); }

 private:
  class Waiter {
   public:
    Waiter(Event& event, std::optional<Duration> limit)
        : event_(event), loop_(event.loop_), limit_(limit) {}
    Waiter(const Waiter&) = delete;
    ~Waiter() {
      if (slot_) slot_->handle = nullptr;
      if (timer_) loop_.CancelTimer(timer_);
    }
    bool await_ready() { return std::exchange(event_.set_, false); }
    void await_suspend(std::coroutine_handle<> h) {
      slot_ = std::make_shared<task_internal::Slot>(h);
      event_.Prune();
      event_.waiters_.push_back(slot_);
      if (!limit_) return;
      timer_ = loop_.CallAt(loop_.Monotonic() + *limit_, [this, slot = slot_] {
        if (slot->handle) {
          timer_ = 0;
          timed_out_ = true;
        }
        task_internal::ResumeSlot(slot);
      });
    }
    bool await_resume() const { return !timed_out_; }

   private:
    Event& event_;
    Loop& loop_;
    std::optional<Duration> limit_;
    bool timed_out_ = false;
    Loop::TimerId timer_ = 0;
    task_internal::SlotPtr slot_;
  };

  void Prune() {
    std::erase_if(waiters_, [](const auto& slot) { return !slot->handle; });
  }

  Loop& loop_;
  bool set_ = false;
  std::vector<task_internal::SlotPtr> waiters_;
};

// A value that somebody else (a callback, another thread) will deliver once.
//   Completer<int> c(loop);  start_work([c]() mutable { c.Set(42); });  int v = co_await c.Get();
template <class T>
class Completer {
 public:
  explicit Completer(Loop& loop) : state_(std::make_shared<State>(loop)) {}

  // Any thread, once. Delivered on the loop's thread.
  void Set(T value) const {
    state_->loop.Post([state = state_, v = std::move(value)]() mutable {
      state->value.emplace(std::move(v));
      if (state->slot) task_internal::ResumeSlot(state->slot);
    });
  }

  auto Get() const {
    struct Awaiter {
      std::shared_ptr<State> state;
      ~Awaiter() {
        if (state && state->slot) state->slot->handle = nullptr;
      }
      Awaiter(std::shared_ptr<State> s) : state(std::move(s)) {}
      Awaiter(const Awaiter&) = delete;
      bool await_ready() const { return state->value.has_value(); }
      void await_suspend(std::coroutine_handle<> h) {
        state->slot = std::make_shared<task_internal::Slot>(h);
      }
      T await_resume() { return std::move(*state->value); }
    };
    return Awaiter(state_);
  }

 private:
  struct State {
    explicit State(Loop& l) : loop(l) {}
    Loop& loop;
    std::optional<T> value;
    task_internal::SlotPtr slot;
  };
  std::shared_ptr<State> state_;
};

// Owns tasks nobody awaits. Destroying the scope destroys their frames. An exception that escapes a
// spawned task is a bug and ends the program with its message.
class TaskScope {
 public:
  explicit TaskScope(Loop& loop) : loop_(loop), state_(std::make_shared<State>()) {}
  TaskScope(const TaskScope&) = delete;
  ~TaskScope() { Clear(); }

  // Starts `task` at the loop's next turn.
  void Spawn(Task<void> task);
  std::size_t size() const { return state_->roots.size(); }
  // Destroys every frame now. Not from inside one of the tasks.
  void Clear() {
    auto roots = std::move(state_->roots);
    state_->roots.clear();
  }

 private:
  struct Root;
  struct State {
    std::list<std::unique_ptr<Root>> roots;
  };
  Loop& loop_;
  std::shared_ptr<State> state_;
};

namespace task_internal {

// The outermost coroutine of a spawned task: runs it, then asks to be removed from its scope.
struct RootTask {
  struct promise_type {
    std::function<void()> on_done;
    RootTask get_return_object() {
      return RootTask{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        auto done = std::move(h.promise().on_done);
        if (done) done();  // destroys the frame
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};
inline RootTask RunRoot(Task<void> task) { co_await std::move(task); }

}  // namespace task_internal

struct TaskScope::Root {
  std::coroutine_handle<task_internal::RootTask::promise_type> handle;
  task_internal::SlotPtr start;  // emptied when the frame goes before its first turn
  std::list<std::unique_ptr<Root>>::iterator self;
  ~Root() {
    if (start) start->handle = nullptr;
    if (handle) handle.destroy();
  }
};

inline void TaskScope::Spawn(Task<void> task) {
  auto root = std::make_unique<Root>();
  root->handle = task_internal::RunRoot(std::move(task)).handle;
  root->start = std::make_shared<task_internal::Slot>(root->handle);
  task_internal::SlotPtr start = root->start;
  Root* raw = root.get();
  state_->roots.push_front(std::move(root));
  raw->self = state_->roots.begin();
  raw->handle.promise().on_done = [weak = std::weak_ptr<State>(state_), raw] {
    if (auto state = weak.lock()) state->roots.erase(raw->self);
  };
  task_internal::PostResume(loop_, std::move(start));
}

// Runs all tasks at once and returns their results in the order given.
template <class T>
Task<std::vector<T>> WhenAll(Loop& loop, std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> results(tasks.size());
  std::size_t left = tasks.size();
  Event done(loop);
  TaskScope scope(loop);
  auto run = [](Task<T> task, std::optional<T>& out, std::size_t& left, Event& done) -> Task<void> {
    T value = co_await std::move(task);
    out.emplace(std::move(value));
    if (--left == 0) done.Set();
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    scope.Spawn(run(std::move(tasks[i]), results[i], left, done));
  }
  if (left > 0) co_await done.Wait();
  std::vector<T> out;
  out.reserve(results.size());
  for (auto& r : results) out.push_back(std::move(*r));
  co_return out;
}

}  // namespace kl
