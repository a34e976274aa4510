// Hints (ports/hints.h) as rows: one a hint, merged when they are read, so that a ticket can cover
// exactly what was merged.
#pragma once

#include "adapters/store_sqlite/writer.h"
#include "ports/hints.h"

namespace kl::sqlite {

// A ticket and a page's `after` are the same text: "<first number>:<last number>:<kind>:
// <provider>/<site>/<id>".
class HintTable : public Hints {
 public:
  explicit HintTable(Writer& writer) : writer_(writer), added_(writer.hub().Listen(kHintAdded)) {}

  Task<Status> Add(std::vector<Hint> hints) override;
  Task<Result<std::vector<PendingHint>>> Pending(std::string after, int limit) override;
  Task<Status> Done(std::string ticket) override;
  Task<void> Wait() override;

 private:
  Writer& writer_;
  std::shared_ptr<Listener> added_;
};

}  // namespace kl::sqlite
