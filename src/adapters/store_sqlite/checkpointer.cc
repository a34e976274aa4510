#include "adapters/store_sqlite/checkpointer.h"

#include "base/log.h"

namespace kl::sqlite {

Checkpointer::Checkpointer(Connection connection)
    : connection_(std::move(connection)), thread_([this] { Serve(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::Nudge() {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::Serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return asked_ || closing_; });
    if (closing_) return;
    asked_ = false;
    lock.unlock();
    if (const Status moved = connection_.Checkpoint(); !moved) {
      Log(LogLevel::kWarn, "the store's log could not be moved into its database",
          {{"error", moved.error()}});
    }
    ++passes_;
    lock.lock();
  }
}

}  // namespace kl::sqlite
