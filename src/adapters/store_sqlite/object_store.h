// Store and Watchable of one kind of object (ports/store.h).
#pragma once

#include "adapters/store_sqlite/writer.h"
#include "ports/store.h"

namespace kl::sqlite {

// Reads and writes happen on the writer's thread, decoding included. An object that does not decode
// is kCorrupt, is never written over, and is listed under Page::damaged.
template <class Object>
class ObjectStore : public Store<Object>, public Watchable<Object> {
 public:
  explicit ObjectStore(Writer& writer) : writer_(writer) {}

  using Page = typename Store<Object>::Page;
  Task<Result<Object>> Get(std::string name) override;
  Task<Result<Page>> List(std::string after, int limit) override;
  Task<Result<Object>> PutSpec(Object object) override;
  Task<Result<Object>> PutStatus(Object object) override;
  Task<Status> Remove(std::string name, std::uint64_t version) override;
  std::unique_ptr<Watch<Object>> Open() override;

 private:
  Writer& writer_;
};

}  // namespace kl::sqlite
