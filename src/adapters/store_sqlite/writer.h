// The thread that owns the connection. Requests queue up; it takes all there are, answers the
// reads, and runs the writes in one transaction, so that many requests share one wait for the disk
// (group commit). Each write is a savepoint: one that fails does not spoil the others. Answers
// follow the commit.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/store_sqlite/checkpointer.h"
#include "adapters/store_sqlite/hub.h"
#include "base/task.h"

namespace kl::sqlite {

// What a write may use. On the writer's thread, during the write.
class Transaction {
 public:
  Transaction(Connection& connection, std::uint64_t& counter) : db(connection), counter_(counter) {}
  // Greater than every number given before in this database's life.
  std::uint64_t NextNumber() { return ++counter_; }
  // Told to listeners after the commit, if the write succeeds.
  void Changed(std::string_view kind, std::string name) {
    changes_.push_back({kind, std::move(name)});
  }

  Connection& db;

 private:
  friend class Writer;
  std::uint64_t& counter_;
  std::vector<Change> changes_;
};

class Writer {
 public:
  // `connection` is migrated; `second` is another one to the same file, for the checkpointer. The
  // hub is told on the loop's thread.
  static Result<std::unique_ptr<Writer>> Start(Loop& loop, Connection connection,
                                               Connection second);
  // Finishes what is queued, then closes the database. Answers still on their way to the loop are
  // delivered only if it runs again.
  ~Writer();

  // Functions run on the writer's thread and own what they use. A task that is destroyed while it
  // waits does not take its request back.
  template <class T>
  using ReadFn = std::move_only_function<Result<T>(Connection&)>;
  template <class T>
  using WriteFn = std::move_only_function<Result<T>(Transaction&)>;

  template <class T>
  Task<Result<T>> Read(ReadFn<T> fn) {
    auto job = std::make_unique<ReadJob<T>>(loop_, std::move(fn));
    auto answer = job->answer;
    Submit(std::move(job), reads_);
    co_return co_await answer.Get();
  }
  // kExhausted or kUnavailable when the commit failed: nothing of it is stored.
  template <class T>
  Task<Result<T>> Write(WriteFn<T> fn) {
    auto job = std::make_unique<WriteJob<T>>(loop_, std::move(fn));
    auto answer = job->answer;
    Submit(std::move(job), writes_);
    co_return co_await answer.Get();
  }

  // Work for moments without requests, in a transaction of its own. Both functions run on the
  // writer's thread; `due` is told whether nothing is queued. Set once, before the first request.
  struct Chore {
    std::function<bool(bool idle)> due;
    std::function<Status(Transaction&)> run;
  };
  void SetChore(Chore chore);

  Hub& hub() { return *hub_; }
  Loop& loop() { return loop_; }

 private:
  struct ReadWork {
    virtual ~ReadWork() = default;
    virtual void Run(Connection& db) = 0;
  };
  template <class T>
  struct ReadJob : ReadWork {
    ReadJob(Loop& loop, ReadFn<T> f) : fn(std::move(f)), answer(loop) {}
    void Run(Connection& db) override { answer.Set(fn(db)); }
    ReadFn<T> fn;
    Completer<Result<T>> answer;
  };
  struct WriteWork {
    virtual ~WriteWork() = default;
    virtual bool Run(Transaction& transaction) = 0;  // false: undo it
    virtual void Answer() = 0;
    virtual void Refuse(const Error& error) = 0;
  };
  template <class T>
  struct WriteJob : WriteWork {
    WriteJob(Loop& loop, WriteFn<T> f) : fn(std::move(f)), answer(loop) {}
    bool Run(Transaction& transaction) override {
      result.emplace(fn(transaction));
      return result->has_value();
    }
    void Answer() override { answer.Set(std::move(*result)); }
    void Refuse(const Error& error) override { answer.Set(Fail(error)); }
    WriteFn<T> fn;
    Completer<Result<T>> answer;
    std::optional<Result<T>> result;
  };
  using Reads = std::vector<std::unique_ptr<ReadWork>>;
  using Writes = std::vector<std::unique_ptr<WriteWork>>;

  Writer(Loop& loop, Connection connection, Connection second, std::uint64_t counter);
  template <class Job, class Queue>
  void Submit(std::unique_ptr<Job> job, Queue& queue) {
    {
      const std::lock_guard lock(mutex_);
      queue.push_back(std::move(job));
    }
    wake_.notify_one();
  }
  void Serve();
  void RunWrites(Writes& writes);
  Status RunAll(Writes& writes, Transaction& transaction);
  Status RunOne(WriteWork& work, Transaction& transaction);
  bool Idle();
  bool DoChore();
  void KeepLogShort();

  Loop& loop_;
  std::shared_ptr<Hub> hub_;
  Connection connection_;
  std::uint64_t counter_;
  int next_nudge_;                   // pages in the log at which the checkpointer is asked again
  std::optional<int> pass_awaited_;  // the checkpointer's passes() when the limit was met

  std::mutex mutex_;  // guards the queues, `chore_` and `closing_`
  std::condition_variable wake_;
  Reads reads_;
  Writes writes_;
  std::shared_ptr<const Chore> chore_;
  bool closing_ = false;

  Checkpointer checkpointer_;
  std::thread thread_;
};

}  // namespace kl::sqlite
