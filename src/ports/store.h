// Where objects are kept. The contract is the weaker of two worlds (an embedded database, a
// cluster's API): one object is the unit of atomicity; a read may be stale; a watch may merge or
// end; a crash may fall between any two calls. Loop's thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"
#include "domain/objects.h"

namespace kl {

template <class Object>
class Store {
 public:
  virtual ~Store() = default;

  // kNotFound when absent (or not visible yet: a read may be stale).
  virtual Task<Result<Object>> Get(std::string name) = 0;

  struct Page {
    std::vector<Object> items;  // in order of name
    std::string next;           // pass to the next call; empty at the end
    // Objects in this page's range that are kept and do not decode (kCorrupt, each names its
    // object). They are there: whoever concludes from an absence looks here too.
    std::vector<Error> damaged;
  };
  // `limit` 1..1000.
  virtual Task<Result<Page>> List(std::string after, int limit) = 0;

  // Writes meta.name and spec. meta.version 0 = create: kConflict when the name exists. Otherwise
  // the version that was read: kConflict when it is not the present one (also when the object is
  // gone). Returns the object as stored, with its new version; `status` is untouched (empty at
  // creation unless given).
  virtual Task<Result<Object>> PutSpec(Object object) = 0;
  // Writes status only, with the version that was read. kConflict as above; the object must exist.
  virtual Task<Result<Object>> PutStatus(Object object) = 0;
  // With the version that was read; kConflict as above, kNotFound when already gone.
  virtual Task<Status> Remove(std::string name, std::uint64_t version) = 0;
};

// Names of objects that changed. Separate from Store: many readers need no watch.
template <class Object>
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits for at least one change since the last call and returns the names, each once however
  // often it changed. The first call returns at once with `all` set: list everything. `all` may
  // come again at any time (the watch was cut).
  struct Changes {
    bool all = false;
    std::vector<std::string> names;
  };
  virtual Task<Result<Changes>> Next() = 0;
};

// Opens watches. An adapter hands out one per caller.
template <class Object>
class Watchable {
 public:
  virtual ~Watchable() = default;
  virtual std::unique_ptr<Watch<Object>> Open() = 0;
};

// Generated secrets of instances, by uid. Sealed at rest; never listed, never watched.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  struct Entry {
    std::map<std::string, SecretString> values;
    std::uint64_t version = 0;  // 0: not stored yet
  };
  // An empty Entry with version 0 when there is none.
  virtual Task<Result<Entry>> Get(ServiceUid uid) = 0;
  // kConflict when `entry.version` is not the present one.
  virtual Task<Result<Entry>> Put(ServiceUid uid, Entry entry) = 0;
  virtual Task<Status> Remove(ServiceUid uid) = 0;
};

}  // namespace kl
