#include "adapters/store_sqlite/object_store.h"

#include "adapters/store_sqlite/rows.h"
#include "base/log.h"
#include "base/random.h"
#include "domain/certificate.h"
#include "resources/resources.h"

namespace kl::sqlite {
namespace {

template <class Object>
std::string Named(std::string_view name) {
  return std::string(Object::kKind) + " '" + std::string(name) + "'";
}

template <class Object>
Result<Object> ToObject(const Row& row) {
  Object object;
  object.meta = {.name = row.name,
                 .uid = row.uid,
                 .version = row.version,
                 .generation = row.generation,
                 .created = WallTime(Duration(row.created))};
  KL_RETURN_IF_ERROR(DecodeSpec(row.spec, object));
  KL_RETURN_IF_ERROR(DecodeStatus(row.status, object));
  return object;
}

// The row that a write with `version` is about.
template <class Object>
Result<Row> RowToChange(Connection& db, const std::string& name, std::uint64_t version) {
  KL_TRY(std::optional<Row> row, FindRow(db, Object::kKind, name));
  if (!row) return Fail(ErrorKind::kConflict, Named<Object>(name) + ": gone since it was read");
  if (row->version != version) {
    return Fail(ErrorKind::kConflict,
                Named<Object>(name) + ": changed since it was read (version " +
                    std::to_string(version) + ", now " + std::to_string(row->version) + ")");
  }
  return std::move(*row);
}

template <class Object>
Result<Object> Create(Transaction& transaction, Object object, WallTime now) {
  KL_TRY(const auto existing, FindRow(transaction.db, Object::kKind, object.meta.name));
  if (existing) {
    return Fail(ErrorKind::kConflict, Named<Object>(object.meta.name) + ": exists already");
  }
  if (object.meta.uid.empty()) object.meta.uid = SystemRandom().Uid();
  object.meta.version = transaction.NextNumber();
  object.meta.generation = 1;
  object.meta.created = now;
  const Row row{.name = object.meta.name,
                .uid = object.meta.uid,
                .version = object.meta.version,
                .generation = 1,
                .created = now.time_since_epoch().count(),
                .spec = EncodeSpec(object),
                .status = EncodeStatus(object)};
  KL_RETURN_IF_ERROR(InsertRow(transaction.db, Object::kKind, row));
  transaction.Changed(Object::kKind, object.meta.name);
  return object;
}

// Puts `part` (spec or status) of `object` over the stored one. What is stored must decode, lest
// something a person still has to look at be lost.
template <class Object>
Result<Object> PutPart(Transaction& transaction, Object object, bool spec) {
  KL_TRY(Row row, RowToChange<Object>(transaction.db, object.meta.name, object.meta.version));
  KL_TRY(Object stored, ToObject<Object>(row));
  if (spec) {
    if (!(stored.spec == object.spec)) ++row.generation;
    stored.spec = std::move(object.spec);
    row.spec = EncodeSpec(stored);
  } else {
    stored.status = std::move(object.status);
    row.status = EncodeStatus(stored);
  }
  row.version = transaction.NextNumber();
  stored.meta.version = row.version;
  stored.meta.generation = row.generation;
  KL_RETURN_IF_ERROR(UpdateRow(transaction.db, Object::kKind, row));
  transaction.Changed(Object::kKind, row.name);
  return stored;
}

template <class Object>
class ListenerWatch : public Watch<Object> {
 public:
  explicit ListenerWatch(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  using Changes = typename Watch<Object>::Changes;
  Task<Result<Changes>> Next() override {
    Listener::Batch batch = co_await listener_->Next();
    co_return Changes{batch.all, std::move(batch.names)};
  }

 private:
  std::shared_ptr<Listener> listener_;
};

}  // namespace

template <class Object>
Task<Result<Object>> ObjectStore<Object>::Get(std::string name) {
  return writer_.Read<Object>([name = std::move(name)](Connection& db) -> Result<Object> {
    KL_TRY(const auto row, FindRow(db, Object::kKind, name));
    if (!row) return Fail(ErrorKind::kNotFound, Named<Object>(name) + ": not found");
    return ToObject<Object>(*row);
  });
}

template <class Object>
auto ObjectStore<Object>::List(std::string after, int limit) -> Task<Result<Page>> {
  return writer_.Read<Page>([after = std::move(after), limit](Connection& db) -> Result<Page> {
    if (limit < 1 || limit > 1000) {
      return Fail(ErrorKind::kInvalid, "limit: not from 1 to 1000", "limit");
    }
    KL_TRY(const auto rows, ListRows(db, Object::kKind, after, limit));
    Page page;
    if (std::ssize(rows) == limit) page.next = rows.back().name;
    for (const Row& row : rows) {
      if (auto object = ToObject<Object>(row)) {
        page.items.push_back(std::move(*object));
      } else {
        Log(LogLevel::kError, "a kept object cannot be read", {{"error", object.error()}});
        page.damaged.push_back(std::move(object.error()));
      }
    }
    return page;
  });
}

template <class Object>
Task<Result<Object>> ObjectStore<Object>::PutSpec(Object object) {
  return writer_.Write<Object>([object = std::move(object), now = writer_.loop().Now()](
                                   Transaction& transaction) mutable -> Result<Object> {
    if (object.meta.name.empty()) {
      return Fail(ErrorKind::kInvalid, "name: an object needs one", "metadata.name");
    }
    if (object.meta.version == 0) return Create(transaction, std::move(object), now);
    return PutPart(transaction, std::move(object), true);
  });
}

template <class Object>
Task<Result<Object>> ObjectStore<Object>::PutStatus(Object object) {
  return writer_.Write<Object>(
      [object = std::move(object)](Transaction& transaction) mutable -> Result<Object> {
        return PutPart(transaction, std::move(object), false);
      });
}

template <class Object>
Task<Status> ObjectStore<Object>::Remove(std::string name, std::uint64_t version) {
  return writer_.Write<void>([name = std::move(name), version](Transaction& transaction) -> Status {
    KL_TRY(const auto row, FindRow(transaction.db, Object::kKind, name));
    if (!row) return Fail(ErrorKind::kNotFound, Named<Object>(name) + ": not found");
    KL_TRY(const auto same, RowToChange<Object>(transaction.db, name, version));
    KL_RETURN_IF_ERROR(DeleteRow(transaction.db, Object::kKind, same.name));
    transaction.Changed(Object::kKind, name);
    return {};
  });
}

template <class Object>
std::unique_ptr<Watch<Object>> ObjectStore<Object>::Open() {
  return std::make_unique<ListenerWatch<Object>>(writer_.hub().Listen(Object::kKind));
}

template class ObjectStore<Subscription>;
template class ObjectStore<Service>;
template class ObjectStore<NameClaim>;
template class ObjectStore<TemplateVersion>;
template class ObjectStore<Site>;
template class ObjectStore<HostCertificate>;

}  // namespace kl::sqlite
