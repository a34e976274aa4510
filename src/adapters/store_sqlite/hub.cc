#include "adapters/store_sqlite/hub.h"

namespace kl::sqlite {

void Listener::Note(const Change& change) {
  if (!all_) names_.insert(change.name);
  if (names_.size() > kMaxNames) {
    all_ = true;
    names_.clear();
  }
  changed_.Set();
}

Task<Listener::Batch> Listener::Next() {
  while (!all_ && names_.empty()) co_await changed_.Wait();
  Batch batch;
  batch.all = std::exchange(all_, false);
  batch.names.assign(names_.begin(), names_.end());
  names_.clear();
  co_return batch;
}

std::shared_ptr<Listener> Hub::Listen(std::string_view kind) {
  std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
  auto listener = std::make_shared<Listener>(loop_, kind);
  listeners_.push_back(listener);
  return listener;
}

void Hub::Publish(const std::vector<Change>& changes) {
  for (const auto& weak : listeners_) {
    const auto listener = weak.lock();
    if (!listener) continue;
    for (const Change& change : changes) {
      if (change.kind == listener->kind()) listener->Note(change);
    }
  }
}

}  // namespace kl::sqlite
