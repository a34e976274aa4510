#include "adapters/store_sqlite/writer.h"

#include "base/log.h"

namespace kl::sqlite {
namespace {

// Pages of 4 KiB in the log. Whenever so many have come the checkpointer moves them into the
// database, while commits go on. The log begins anew only when a pass meets its end, which under
// steady load does not happen by itself: at the limit the writer moves the rest, a small one, with
// commits waiting.
constexpr int kPagesPerPass = 1'000;
constexpr int kLogLimit = 4'000;

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Start(Loop& loop, Connection connection,
                                              Connection second) {
  KL_TRY(const std::int64_t counter, connection.Number("SELECT value FROM counter"));
  return std::unique_ptr<Writer>(new Writer(loop, std::move(connection), std::move(second),
                                            static_cast<std::uint64_t>(counter)));
}

Writer::Writer(Loop& loop, Connection connection, Connection second, std::uint64_t counter)
    : loop_(loop),
      hub_(std::make_shared<Hub>(loop)),
      connection_(std::move(connection)),
      counter_(counter),
      next_nudge_(kPagesPerPass),
      checkpointer_(std::move(second)),
      thread_([this] { Serve(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::SetChore(Chore chore) {
  const std::lock_guard lock(mutex_);
  chore_ = std::make_shared<const Chore>(std::move(chore));
}

void Writer::Serve() {
  while (true) {
    Reads reads;
    Writes writes;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !reads_.empty() || !writes_.empty(); });
      if (reads_.empty() && writes_.empty()) return;
      reads.swap(reads_);
      writes.swap(writes_);
    }
    // Reads first: they need not wait for the disk, and no write of this round has been answered,
    // so nobody can expect to see it.
    for (auto& read : reads) read->Run(connection_);
    if (!writes.empty()) RunWrites(writes);
    do KeepLogShort();
    while (DoChore() && Idle());
  }
}

bool Writer::Idle() {
  const std::lock_guard lock(mutex_);
  return reads_.empty() && writes_.empty();
}

// Whether there was something to do, and it was done.
bool Writer::DoChore() {
  struct ChoreWork : WriteWork {
    explicit ChoreWork(const Chore& c) : chore(c) {}
    bool Run(Transaction& transaction) override {
      done = chore.run(transaction);
      return done.has_value();
    }
    void Answer() override {
      if (!done) Refuse(done.error());
    }
    void Refuse(const Error& error) override {
      refused = true;
      Log(LogLevel::kWarn, "the store could not tidy up", {{"error", error}});
    }
    const Chore& chore;
    Status done;
    bool refused = false;
  };
  std::shared_ptr<const Chore> chore;
  {
    const std::lock_guard lock(mutex_);
    chore = chore_;
  }
  if (!chore || !chore->due(Idle())) return false;
  Writes writes;
  writes.push_back(std::make_unique<ChoreWork>(*chore));
  const auto* work = static_cast<ChoreWork*>(writes.front().get());
  RunWrites(writes);
  return work->done && !work->refused;
}

void Writer::RunWrites(Writes& writes) {
  Transaction transaction(connection_, counter_);
  const Status committed = RunAll(writes, transaction);
  if (!committed) {
    if (connection_.in_transaction()) (void)connection_.Run("ROLLBACK");
    for (auto& write : writes) write->Refuse(committed.error());
    return;
  }
  // Before the answers: who has an answer has also been told.
  if (!transaction.changes_.empty()) {
    loop_.Post([hub = hub_, changes = std::move(transaction.changes_)] { hub->Publish(changes); });
  }
  for (auto& write : writes) write->Answer();
}

Status Writer::RunAll(Writes& writes, Transaction& transaction) {
  KL_RETURN_IF_ERROR(connection_.Run("BEGIN IMMEDIATE"));
  const std::uint64_t before = counter_;
  for (auto& write : writes) KL_RETURN_IF_ERROR(RunOne(*write, transaction));
  if (counter_ != before) {
    KL_RETURN_IF_ERROR(
        connection_.Run("UPDATE counter SET value=?", static_cast<std::int64_t>(counter_)));
  }
  return connection_.Run("COMMIT");
}

// An error here is one of the whole transaction; a write's own error is kept with the write.
Status Writer::RunOne(WriteWork& work, Transaction& transaction) {
  const std::size_t changes = transaction.changes_.size();
  KL_RETURN_IF_ERROR(connection_.Run("SAVEPOINT request"));
  if (!work.Run(transaction)) {
    transaction.changes_.resize(changes);
    if (!connection_.in_transaction()) {
      // SQLite gave the whole transaction up, as it does when the disk fails in the middle.
      return Fail(ErrorKind::kUnavailable, "store: the transaction was rolled back: retry");
    }
    KL_RETURN_IF_ERROR(connection_.Run("ROLLBACK TO request"));
  }
  return connection_.Run("RELEASE request");
}

void Writer::KeepLogShort() {
  const int pages = connection_.wal_pages();
  if (pages < kPagesPerPass) next_nudge_ = kPagesPerPass;  // the log began anew
  if (pages < next_nudge_) return;
  if (!pass_awaited_) {
    checkpointer_.Nudge();
    next_nudge_ = pages + kPagesPerPass;
    if (pages < kLogLimit) return;
    pass_awaited_ = checkpointer_.passes();
    next_nudge_ = 0;
  }
  // The pass begun at the limit, or the one before it, has ended: what came since is little. On a
  // full disk it fails and is tried again later; nothing is lost by a long log.
  if (checkpointer_.passes() == *pass_awaited_) return;
  pass_awaited_.reset();
  next_nudge_ = connection_.Checkpoint() ? kPagesPerPass : pages + kPagesPerPass;
}

}  // namespace kl::sqlite
