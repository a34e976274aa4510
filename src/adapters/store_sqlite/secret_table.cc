#include "adapters/store_sqlite/secret_table.h"

#include "base/log.h"

namespace kl::sqlite {
namespace {

std::string PlaceOf(const ServiceUid& uid) { return "secret/" + uid.str(); }

std::string ToText(const SecretStore::Entry& entry) {
  // Hex would double it, JSON text may not hold arbitrary bytes: so each value is length-prefixed.
  std::string out;
  for (const auto& [name, value] : entry.values) {
    for (const std::string* part : {&name, &value.Reveal()}) {
      out += std::to_string(part->size()) + ':' + *part;
    }
  }
  return out;
}

bool TakePart(std::string_view& text, std::string& part) {
  const std::size_t colon = text.find(':');
  std::size_t size = 0;
  if (colon == std::string_view::npos) return false;
  for (const char c : text.substr(0, colon)) size = size * 10 + static_cast<std::size_t>(c - '0');
  text.remove_prefix(colon + 1);
  if (size > text.size()) return false;
  part = text.substr(0, size);
  text.remove_prefix(size);
  return true;
}

Result<SecretStore::Entry> FromText(const ServiceUid& uid, std::string_view text) {
  SecretStore::Entry entry;
  while (!text.empty()) {
    std::string name;
    std::string value;
    if (!TakePart(text, name) || !TakePart(text, value)) {
      return Fail(ErrorKind::kCorrupt, "sealed '" + PlaceOf(uid) + "': does not decode");
    }
    entry.values.emplace(std::move(name), SecretString(std::move(value)));
  }
  return entry;
}

// The stored version, 0 when there is none.
Result<std::uint64_t> VersionOf(Connection& db, const ServiceUid& uid) {
  KL_TRY(Statement select, db.Prepare("SELECT version FROM secret WHERE uid=?"));
  KL_TRY(const bool found, select.Bind(uid.str()).Step());
  return found ? select.Unsigned(0) : 0;
}

}  // namespace

SecretTable::Turn::~Turn() {
  if (!taken_) return;
  table_.busy_.erase(uid_);
  table_.freed_.Set();
}

Task<void> SecretTable::Turn::Take() {
  while (table_.busy_.contains(uid_)) co_await table_.freed_.Wait();
  table_.busy_.insert(uid_);
  taken_ = true;
}

Task<Result<SecretStore::Entry>> SecretTable::ReadRow(ServiceUid uid) {
  return writer_.Read<Entry>([uid = std::move(uid),
                              sealer = sealer_](Connection& db) -> Result<Entry> {
    KL_TRY(Statement select, db.Prepare("SELECT version,key_id,sealed FROM secret WHERE uid=?"));
    KL_TRY(const bool found, select.Bind(uid.str()).Step());
    if (!found) return Entry{};
    KL_TRY(const SecretString plain,
           sealer->Open(PlaceOf(uid), {.key_id = select.Text(1), .bytes = select.Text(2)}));
    KL_TRY(Entry entry, FromText(uid, plain.Reveal()));
    entry.version = select.Unsigned(0);
    return entry;
  });
}

Task<Result<SecretStore::Entry>> SecretTable::WriteRow(ServiceUid uid, Entry entry) {
  return writer_.Write<Entry>([uid = std::move(uid), entry = std::move(entry), sealer = sealer_](
                                  Transaction& transaction) mutable -> Result<Entry> {
    KL_TRY(const std::uint64_t stored, VersionOf(transaction.db, uid));
    if (stored != entry.version) {
      return Fail(ErrorKind::kConflict,
                  "secrets of '" + uid.str() + "': changed since they were read");
    }
    KL_TRY(const Sealed sealed, sealer->Seal(PlaceOf(uid), ToText(entry)));
    entry.version = transaction.NextNumber();
    KL_TRY(Statement put,
           transaction.db.Prepare("INSERT OR REPLACE INTO secret(uid,version,key_id,sealed) "
                                  "VALUES(?,?,?,?)"));
    put.Bind(uid.str()).Bind(static_cast<std::int64_t>(entry.version)).Bind(sealed.key_id);
    KL_TRY(const bool row, put.BindBlob(sealed.bytes).Step());
    (void)row;
    return std::move(entry);
  });
}

Task<void> SecretTable::WriteCopy(ServiceUid uid, Entry entry) {
  auto write = [copies = copies_, uid, version = entry.version,
                text = SecretString(ToText(entry))]() mutable {
    return copies->Write(uid, {.version = version, .text = std::move(text)});
  };
  Status written = co_await Offload(writer_.loop(), pool_, std::move(write));
  if (written) {
    copied_[uid] = entry.version;
  } else {
    Log(LogLevel::kWarn, "no copy of an instance's secrets beside the store",
        {{"uid", uid.str()}, {"error", written.error()}});
  }
}

// The numbers that versions are made of grow with the database: a copy with a greater one is of a
// database that was newer than this one.
Task<Result<SecretStore::Entry>> SecretTable::Get(ServiceUid uid) {
  Turn turn(*this, uid);
  co_await turn.Take();
  KL_CO_TRY(Entry row, co_await ReadRow(uid));
  const auto known = copied_.find(uid);
  if (known != copied_.end() && known->second == row.version) co_return row;
  auto read = [copies = copies_, uid] { return copies->Read(uid); };
  auto copy = co_await Offload(writer_.loop(), pool_, std::move(read));
  if (!copy && row.version == 0) co_return std::unexpected(copy.error());
  if (copy && *copy && (*copy)->version > row.version) {
    KL_CO_TRY(Entry newer, FromText(uid, (*copy)->text.Reveal()));
    Log(LogLevel::kWarn,
        "the store is older than an instance: its secrets are taken from their copy",
        {{"uid", uid.str()}});
    newer.version = row.version;
    KL_CO_TRY(row, co_await WriteRow(uid, std::move(newer)));
    co_await WriteCopy(uid, row);
  } else if (row.version != 0 && (!copy || !*copy || (*copy)->version < row.version)) {
    co_await WriteCopy(uid, row);
  } else if (row.version != 0) {
    copied_[uid] = row.version;
  }
  co_return row;
}

Task<Result<SecretStore::Entry>> SecretTable::Put(ServiceUid uid, Entry entry) {
  Turn turn(*this, uid);
  co_await turn.Take();
  KL_CO_TRY(Entry stored, co_await WriteRow(uid, std::move(entry)));
  co_await WriteCopy(std::move(uid), stored);
  co_return stored;
}

// The copy first: a row without a copy is found again by the next Get, a copy without a row would
// bring back what was removed.
Task<Status> SecretTable::Remove(ServiceUid uid) {
  Turn turn(*this, uid);
  co_await turn.Take();
  auto remove = [copies = copies_, uid] { return copies->Remove(uid); };
  KL_CO_RETURN_IF_ERROR(co_await Offload(writer_.loop(), pool_, std::move(remove)));
  copied_.erase(uid);
  Writer::WriteFn<void> forget = [uid = std::move(uid)](Transaction& transaction) -> Status {
    return transaction.db.Run("DELETE FROM secret WHERE uid=?", uid.str());
  };
  co_return co_await writer_.Write<void>(std::move(forget));
}

}  // namespace kl::sqlite
