#include "base/task.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace kl {
namespace {

using std::chrono::milliseconds;

// Time stands still while there is work, and jumps to the next timer when there is none.
class FakeLoop : public Loop {
 public:
  void Post(Callback fn) override {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(fn));
    wake_.notify_one();
  }
  WallTime Now() const override { return WallTime(now_.time_since_epoch()); }
  MonoTime Monotonic() const override { return now_; }
  TimerId CallAt(MonoTime at, Callback fn) override {
    timers_.emplace(std::pair(at, ++last_), std::move(fn));
    return last_;
  }
  void CancelTimer(TimerId id) override {
    std::erase_if(timers_, [&](const auto& timer) { return timer.first.second == id; });
  }

  // Runs until nothing is posted and no timer is left.
  void Drain() {
    while (RunPosted() || FireNext()) {
    }
  }
  // As Drain, but waits for other threads until `done`.
  void DrainUntil(const bool& done) {
    while (!done) {
      Drain();
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return done || !posted_.empty(); });
    }
  }
  // Runs what is posted, without moving time.
  bool RunPosted() {
    bool any = false;
    for (;;) {
      std::unique_lock lock(mutex_);
      if (posted_.empty()) return any;
      Callback fn = std::move(posted_.front());
      posted_.pop_front();
      lock.unlock();
      fn();
      any = true;
    }
  }
  bool FireNext() {
    if (timers_.empty()) return false;
    auto node = timers_.extract(timers_.begin());
    now_ = std::max(now_, node.key().first);
    node.mapped()();
    return true;
  }
  std::size_t timers() const { return timers_.size(); }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Callback> posted_;
  std::map<std::pair<MonoTime, TimerId>, Callback> timers_;
  MonoTime now_{};
  TimerId last_ = 0;
};

// Counts the frames it lives in.
struct Witness {
  explicit Witness(int& count) : count_(&count) { ++*count_; }
  Witness(Witness&& o) noexcept : count_(std::exchange(o.count_, nullptr)) {}
  ~Witness() {
    if (count_) --*count_;
  }
  int* count_;
};

Task<int> Value(int value) { co_return value; }

Task<int> AddLater(Loop& loop, int a, int b) {
  co_await Sleep(loop, milliseconds(5));
  const int left = co_await Value(a);
  co_return left + b;
}

TEST(TaskTest, IsLazyAndReturnsItsValue) {
  FakeLoop loop;
  TaskScope scope(loop);
  bool started = false;
  int result = 0;
  auto run = [](Loop& loop, bool& started, int& result) -> Task<void> {
    started = true;
    result = co_await AddLater(loop, 2, 3);
  };
  Task<void> task = run(loop, started, result);
  EXPECT_FALSE(started);
  scope.Spawn(std::move(task));
  EXPECT_FALSE(started);
  loop.RunPosted();
  EXPECT_TRUE(started);
  EXPECT_EQ(result, 0);
  loop.Drain();
  EXPECT_EQ(result, 5);
  EXPECT_EQ(scope.size(), 0u);
}

TEST(TaskTest, ExceptionReachesTheAwaiter) {
  FakeLoop loop;
  TaskScope scope(loop);
  std::string caught;
  auto thrower = [](Loop& loop) -> Task<int> {
    co_await Sleep(loop, milliseconds(1));
    throw std::runtime_error("broken");
  };
  auto catcher = [](Task<int> task, std::string& caught) -> Task<void> {
    try {
      co_await std::move(task);
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
  };
  scope.Spawn(catcher(thrower(loop), caught));
  loop.Drain();
  EXPECT_EQ(caught, "broken");
}

TEST(TaskTest, MoveOnlyValuesPassThrough) {
  FakeLoop loop;
  TaskScope scope(loop);
  int result = 0;
  auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  auto take = [](Task<std::unique_ptr<int>> task, int& result) -> Task<void> {
    const std::unique_ptr<int> value = co_await std::move(task);
    result = *value;
  };
  scope.Spawn(take(make(), result));
  loop.Drain();
  EXPECT_EQ(result, 7);
}

TEST(TaskTest, ReturningFromANestedTaskNeedsNoStack) {
  FakeLoop loop;
  TaskScope scope(loop);
  int sum = 0;
  auto run = [](int& sum) -> Task<void> {
    for (int i = 0; i < 200'000; ++i) {
      const int one = co_await Value(1);
      sum += one;
    }
  };
  scope.Spawn(run(sum));
  loop.Drain();
  EXPECT_EQ(sum, 200'000);
}

TEST(TaskTest, AssigningDestroysTheOldFrame) {
  int frames = 0;
  auto hold = [](Witness) -> Task<void> { co_return; };
  Task<void> task = hold(Witness(frames));
  EXPECT_EQ(frames, 1);
  task = Task<void>();
  EXPECT_EQ(frames, 0);
}

TEST(TaskScopeTest, DestructionDestroysFramesWhereTheyWait) {
  FakeLoop loop;
  int frames = 0;
  bool passed = false;
  Event never(loop);
  auto inner = [](Loop& loop, Witness) -> Task<void> {
    co_await Sleep(loop, std::chrono::hours(1));
  };
  auto outer = [](Task<void> task, Witness, bool& passed) -> Task<void> {
    co_await std::move(task);
    passed = true;
  };
  auto waiter = [](Event& event, Witness, bool& passed) -> Task<void> {
    co_await event.Wait();
    passed = true;
  };
  {
    TaskScope scope(loop);
    scope.Spawn(outer(inner(loop, Witness(frames)), Witness(frames), passed));
    scope.Spawn(waiter(never, Witness(frames), passed));
    loop.RunPosted();
    EXPECT_EQ(scope.size(), 2u);
    EXPECT_EQ(frames, 3);
    EXPECT_EQ(loop.timers(), 1u);
  }
  EXPECT_EQ(frames, 0);
  EXPECT_EQ(loop.timers(), 0u);
  never.Set();
  loop.Drain();
  EXPECT_FALSE(passed);
}

TEST(TaskScopeTest, DestructionBeforeTheFirstTurnStartsNothing) {
  FakeLoop loop;
  bool started = false;
  auto run = [](bool& started) -> Task<void> {
    started = true;
    co_return;
  };
  {
    TaskScope scope(loop);
    scope.Spawn(run(started));
  }
  loop.Drain();
  EXPECT_FALSE(started);
}

TEST(TaskScopeTest, ClearBetweenSignalAndWakingWakesNobody) {
  FakeLoop loop;
  TaskScope scope(loop);
  Event event(loop);
  bool passed = false;
  auto run = [](Event& event, bool& passed) -> Task<void> {
    co_await event.Wait();
    passed = true;
  };
  scope.Spawn(run(event, passed));
  loop.RunPosted();
  event.Set();
  scope.Clear();
  loop.Drain();
  EXPECT_FALSE(passed);
}

TEST(TaskScopeTest, FinishedTasksLeaveAndNewOnesMayBeSpawnedFromInside) {
  FakeLoop loop;
  TaskScope scope(loop);
  int frames = 0;
  int done = 0;
  auto parent = [](TaskScope& scope, int& done, int& frames) -> Task<void> {
    auto child = [](int& done, Witness) -> Task<void> {
      ++done;
      co_return;
    };
    for (int i = 0; i < 3; ++i) scope.Spawn(child(done, Witness(frames)));
    co_return;
  };
  scope.Spawn(parent(scope, done, frames));
  loop.Drain();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(frames, 0);
  EXPECT_EQ(scope.size(), 0u);
}

TEST(TaskScopeDeathTest, EscapedExceptionEndsTheProgramWithItsMessage) {
  EXPECT_DEATH(
      {
        FakeLoop loop;
        TaskScope scope(loop);
        auto run = []() -> Task<void> {
          throw std::runtime_error("nobody waits for me");
          co_return;
        };
        scope.Spawn(run());
        loop.Drain();
      },
      "nobody waits for me");
}

Task<void> CountWakes(Event& event, int& wakes) {
  for (;;) {
    co_await event.Wait();
    ++wakes;
  }
}

TEST(EventTest, WakesEveryWaiterAndResets) {
  FakeLoop loop;
  Event event(loop);
  TaskScope scope(loop);
  int a = 0;
  int b = 0;
  scope.Spawn(CountWakes(event, a));
  scope.Spawn(CountWakes(event, b));
  loop.Drain();
  event.Set();
  loop.Drain();
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, 1);
  loop.Drain();
  EXPECT_EQ(a, 1);
}

TEST(EventTest, IsRememberedOnceWhenNobodyWaits) {
  FakeLoop loop;
  Event event(loop);
  TaskScope scope(loop);
  event.Set();
  event.Set();
  int wakes = 0;
  scope.Spawn(CountWakes(event, wakes));
  loop.Drain();
  EXPECT_EQ(wakes, 1);
}

Task<void> WaitOnce(Event& event, Duration limit, std::optional<bool>& out) {
  const bool set = co_await event.WaitFor(limit);
  out = set;
}

TEST(EventTest, WaitForTellsSignalFromTimeOut) {
  FakeLoop loop;
  Event event(loop);
  TaskScope scope(loop);
  std::optional<bool> first;
  scope.Spawn(WaitOnce(event, milliseconds(100), first));
  loop.RunPosted();
  event.Set();
  loop.Drain();
  EXPECT_EQ(first, true);
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_EQ(loop.Monotonic(), MonoTime());

  std::optional<bool> second;
  scope.Spawn(WaitOnce(event, milliseconds(100), second));
  loop.Drain();
  EXPECT_EQ(second, false);
  EXPECT_EQ(loop.Monotonic(), MonoTime(milliseconds(100)));
}

TEST(EventTest, WaiterThatGaveUpDoesNotSwallowTheSignal) {
  FakeLoop loop;
  Event event(loop);
  TaskScope scope(loop);
  std::optional<bool> first;
  scope.Spawn(WaitOnce(event, milliseconds(1), first));
  loop.Drain();
  ASSERT_EQ(first, false);
  event.Set();
  std::optional<bool> second;
  scope.Spawn(WaitOnce(event, milliseconds(1), second));
  loop.Drain();
  EXPECT_EQ(second, true);
}

TEST(EventTest, DestroyedWaiterDoesNotSwallowTheSignal) {
  FakeLoop loop;
  Event event(loop);
  int wakes = 0;
  {
    TaskScope scope(loop);
    scope.Spawn(CountWakes(event, wakes));
    loop.RunPosted();
  }
  event.Set();
  TaskScope scope(loop);
  scope.Spawn(CountWakes(event, wakes));
  loop.Drain();
  EXPECT_EQ(wakes, 1);
}

TEST(SleepTest, LastsAtLeastItsDelayInOrder) {
  FakeLoop loop;
  TaskScope scope(loop);
  std::vector<int> order;
  auto run = [](Loop& loop, int ms, std::vector<int>& order) -> Task<void> {
    co_await Sleep(loop, milliseconds(ms));
    order.push_back(ms);
  };
  for (int ms : {30, 10, 20, 0}) scope.Spawn(run(loop, ms, order));
  loop.Drain();
  EXPECT_EQ(order, (std::vector<int>{0, 10, 20, 30}));
  EXPECT_EQ(loop.Monotonic(), MonoTime(milliseconds(30)));
}

TEST(CompleterTest, DeliversAValueSetBeforeOrAfterTheWait) {
  FakeLoop loop;
  TaskScope scope(loop);
  Completer<int> early(loop);
  Completer<int> late(loop);
  early.Set(1);
  loop.Drain();
  int a = 0;
  int b = 0;
  auto run = [](Completer<int> completer, int& out) -> Task<void> {
    out = co_await completer.Get();
  };
  scope.Spawn(run(early, a));
  scope.Spawn(run(late, b));
  loop.Drain();
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, 0);
  late.Set(2);
  EXPECT_EQ(b, 0);  // never from inside Set
  loop.Drain();
  EXPECT_EQ(b, 2);
}

TEST(CompleterTest, AnyThreadMaySetAndTheLoopsThreadResumes) {
  FakeLoop loop;
  TaskScope scope(loop);
  constexpr int kThreads = 8;
  const auto home = std::this_thread::get_id();
  int sum = 0;
  int left = kThreads;
  bool done = false;
  bool elsewhere = false;
  auto run = [](Completer<std::string> completer, int& sum, int& left, bool& done, bool& elsewhere,
                std::thread::id home) -> Task<void> {
    const std::string text = co_await completer.Get();
    elsewhere = elsewhere || std::this_thread::get_id() != home;
    sum += std::stoi(text);
    done = --left == 0;
  };
  std::vector<std::thread> threads;
  for (int i = 1; i <= kThreads; ++i) {
    Completer<std::string> completer(loop);
    scope.Spawn(run(completer, sum, left, done, elsewhere, home));
    threads.emplace_back([completer, i] { completer.Set(std::to_string(i)); });
  }
  loop.DrainUntil(done);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, kThreads * (kThreads + 1) / 2);
  EXPECT_FALSE(elsewhere);
}

TEST(CompleterTest, ValueForADestroyedWaiterIsDropped) {
  FakeLoop loop;
  int frames = 0;
  Completer<Witness> completer(loop);
  auto run = [](Completer<Witness> completer) -> Task<void> { co_await completer.Get(); };
  {
    TaskScope scope(loop);
    scope.Spawn(run(completer));
    loop.RunPosted();
  }
  completer.Set(Witness(frames));
  loop.Drain();
  completer = Completer<Witness>(loop);
  EXPECT_EQ(frames, 0);
}

TEST(WhenAllTest, RunsAtOnceAndKeepsTheOrder) {
  FakeLoop loop;
  TaskScope scope(loop);
  std::vector<int> results;
  auto one = [](Loop& loop, int ms) -> Task<int> {
    co_await Sleep(loop, milliseconds(ms));
    co_return ms;
  };
  auto all = [](Loop& loop, std::vector<Task<int>> tasks, std::vector<int>& out) -> Task<void> {
    out = co_await WhenAll(loop, std::move(tasks));
  };
  std::vector<Task<int>> tasks;
  for (int ms : {30, 10, 20}) tasks.push_back(one(loop, ms));
  scope.Spawn(all(loop, std::move(tasks), results));
  loop.Drain();
  EXPECT_EQ(results, (std::vector<int>{30, 10, 20}));
  EXPECT_EQ(loop.Monotonic(), MonoTime(milliseconds(30)));
}

TEST(WhenAllTest, NothingIsDoneAtOnceAndDestructionReachesTheChildren) {
  FakeLoop loop;
  std::vector<int> results{1};
  auto all = [](Loop& loop, std::vector<Task<int>> tasks, std::vector<int>& out) -> Task<void> {
    out = co_await WhenAll(loop, std::move(tasks));
  };
  auto one = [](Loop& loop, Witness) -> Task<int> {
    co_await Sleep(loop, milliseconds(1));
    co_return 1;
  };
  int frames = 0;
  {
    TaskScope scope(loop);
    scope.Spawn(all(loop, {}, results));
    loop.RunPosted();
    EXPECT_TRUE(results.empty());
    std::vector<Task<int>> tasks;
    tasks.push_back(one(loop, Witness(frames)));
    tasks.push_back(one(loop, Witness(frames)));
    scope.Spawn(all(loop, std::move(tasks), results));
    loop.RunPosted();
    EXPECT_EQ(frames, 2);
  }
  EXPECT_EQ(frames, 0);
  EXPECT_EQ(loop.timers(), 0u);
}

}  // namespace
}  // namespace kl
