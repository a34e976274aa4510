#include "ports/testing/memory_store.h"

#include <algorithm>
#include <utility>

#include "domain/certificate.h"

namespace kl::testing {

template <class Object>
class MemoryStore<Object>::MemoryWatch : public Watch<Object> {
 public:
  using typename Watch<Object>::Changes;
  MemoryWatch(MemoryStore& store, std::shared_ptr<Pending> pending)
      : store_(store), pending_(std::move(pending)) {}

  Task<Result<Changes>> Next() override {
    auto& gate = store_.gate_;
    KL_PASS(gate, Before, "watch.next");
    while (!pending_->all && pending_->names.empty()) co_await pending_->event.Wait();
    Changes changes;
    changes.all = std::exchange(pending_->all, false) || Happens(gate.random(), store_.faults_.cut);
    auto names = std::exchange(pending_->names, {});
    if (!changes.all) changes.names.assign(names.begin(), names.end());
    co_return changes;
  }

 private:
  MemoryStore& store_;
  std::shared_ptr<Pending> pending_;
};

template <class Object>
std::optional<Object> MemoryStore<Object>::Read(const std::string& name) {
  const auto it = objects_.find(name);
  const auto present = it == objects_.end() ? std::nullopt : std::optional<Object>(it->second);
  const auto past = past_.find(name);
  if (past == past_.end()) return present;
  auto& states = past->second;
  const MonoTime oldest = gate_.loop().Monotonic() - faults_.stale_time;
  while (!states.empty() && states.front().until < oldest) states.pop_front();
  if (states.empty() || !Happens(gate_.random(), faults_.stale)) return present;
  return states[gate_.random().Below(states.size())].object;
}

template <class Object>
Object MemoryStore<Object>::Commit(const std::string& name, std::optional<Object> next) {
  const auto it = objects_.find(name);
  if (faults_.stale > 0) {
    auto& states = past_[name];
    states.push_back({it == objects_.end() ? std::nullopt : std::optional<Object>(it->second),
                      gate_.loop().Monotonic()});
    if (states.size() > faults_.stale_writes) states.pop_front();
  }
  ++version_;
  Notify(name);
  if (!next) {
    Object last = std::move(it->second);
    objects_.erase(it);
    return last;
  }
  next->meta.version = version_;
  return objects_.insert_or_assign(name, *std::move(next)).first->second;
}

template <class Object>
void MemoryStore<Object>::Notify(const std::string& name) {
  std::erase_if(watches_, [](const auto& watch) { return watch.expired(); });
  auto& loop = gate_.loop();
  for (const auto& watch : watches_) {
    const auto tell = [watch, name] {
      const auto pending = watch.lock();
      if (!pending) return;
      pending->names.insert(name);
      pending->event.Set();
    };
    if (faults_.notify_delay == Duration(0)) {
      tell();
      continue;
    }
    const auto bound = static_cast<std::uint64_t>(faults_.notify_delay.count()) + 1;
    loop.CallAt(loop.Monotonic() + Duration(static_cast<std::int64_t>(gate_.random().Below(bound))),
                tell);
  }
}

template <class Object>
Status MemoryStore<Object>::CheckVersion(const std::string& name, std::uint64_t version) const {
  const auto it = objects_.find(name);
  const std::uint64_t present = it == objects_.end() ? 0 : it->second.meta.version;
  if (present == version) return {};
  return Fail(ErrorKind::kConflict, std::string(Object::kKind) + " '" + name +
                                        "' changed: version " + std::to_string(version) +
                                        " was read, it is " + std::to_string(present));
}

template <class Object>
Task<Result<Object>> MemoryStore<Object>::Get(std::string name) {
  KL_PASS(gate_, Before, "store.get");
  auto object = Read(name);
  KL_PASS(gate_, After, "store.get");
  if (object) co_return *std::move(object);
  co_return Fail(ErrorKind::kNotFound, std::string(Object::kKind) + " '" + name + "' not found");
}

template <class Object>
Task<Result<typename Store<Object>::Page>> MemoryStore<Object>::List(std::string after, int limit) {
  KL_PASS(gate_, Before, "store.list");
  Page page;
  if (limit < 1 || limit > 1000) {
    co_return Fail(ErrorKind::kInvalid, "limit: not from 1 to 1000", "limit");
  }
  // A stale list misses what is new and shows what is gone: names come from both.
  std::set<std::string> names;
  for (auto it = objects_.upper_bound(after); it != objects_.end() && std::ssize(names) < limit + 1;
       ++it) {
    names.insert(it->first);
  }
  const std::string last = names.empty() || std::ssize(names) <= limit ? "" : *names.rbegin();
  for (auto it = past_.upper_bound(after); it != past_.end(); ++it) {
    if (last.empty() || it->first < last) names.insert(it->first);
  }
  for (auto it = names.begin(); it != names.end(); ++it) {
    if (std::ssize(page.items) == limit) {
      page.next = page.items.back().meta.name;
      break;
    }
    if (auto object = Read(*it)) page.items.push_back(*std::move(object));
  }
  KL_PASS(gate_, After, "store.list");
  co_return page;
}

template <class Object>
Task<Result<Object>> MemoryStore<Object>::PutSpec(Object object) {
  KL_PASS(gate_, Before, "store.put_spec");
  const std::string name = object.meta.name;
  KL_CO_RETURN_IF_ERROR(CheckVersion(name, object.meta.version));
  Object next = std::move(object);
  if (const auto it = objects_.find(name); it != objects_.end()) {
    const Object& present = it->second;
    next.meta = present.meta;
    if (!(next.spec == present.spec)) ++next.meta.generation;
    next.status = present.status;
  } else {
    if (next.meta.uid.empty()) next.meta.uid = gate_.random().Uid();
    next.meta.generation = 1;
    next.meta.created = gate_.loop().Now();
  }
  Object stored = Commit(name, std::move(next));
  KL_PASS(gate_, After, "store.put_spec");
  co_return stored;
}

template <class Object>
Task<Result<Object>> MemoryStore<Object>::PutStatus(Object object) {
  KL_PASS(gate_, Before, "store.put_status");
  const std::string name = object.meta.name;
  const auto it = objects_.find(name);
  if (it == objects_.end()) {
    co_return Fail(ErrorKind::kConflict,
                   std::string(Object::kKind) + " '" + name + "' changed: it is gone");
  }
  KL_CO_RETURN_IF_ERROR(CheckVersion(name, object.meta.version));
  Object next = it->second;
  next.status = std::move(object.status);
  Object stored = Commit(name, std::move(next));
  KL_PASS(gate_, After, "store.put_status");
  co_return stored;
}

template <class Object>
Task<Status> MemoryStore<Object>::Remove(std::string name, std::uint64_t version) {
  KL_PASS(gate_, Before, "store.remove");
  if (!objects_.contains(name)) {
    co_return Fail(ErrorKind::kNotFound, std::string(Object::kKind) + " '" + name + "' not found");
  }
  KL_CO_RETURN_IF_ERROR(CheckVersion(name, version));
  Commit(name, std::nullopt);
  KL_PASS(gate_, After, "store.remove");
  co_return Status();
}

template <class Object>
std::unique_ptr<Watch<Object>> MemoryStore<Object>::Open() {
  auto pending = std::make_shared<Pending>(gate_.loop());
  watches_.push_back(pending);
  return std::make_unique<MemoryWatch>(*this, std::move(pending));
}

template <class Object>
void MemoryStore<Object>::Restore(Objects objects) {
  objects_ = std::move(objects);
  past_.clear();
  for (const auto& watch : watches_) {
    if (const auto pending = watch.lock()) {
      pending->all = true;
      pending->event.Set();
    }
  }
}

// All kinds there are: compiled here once instead of in each test.
template class MemoryStore<HostCertificate>;
template class MemoryStore<NameClaim>;
template class MemoryStore<Service>;
template class MemoryStore<Site>;
template class MemoryStore<Subscription>;
template class MemoryStore<TemplateVersion>;

}  // namespace kl::testing
