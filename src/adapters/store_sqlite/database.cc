#include "adapters/store_sqlite/database.h"

#include "adapters/store_sqlite/files.h"
#include "adapters/store_sqlite/hint_table.h"
#include "adapters/store_sqlite/history_table.h"
#include "adapters/store_sqlite/object_store.h"
#include "adapters/store_sqlite/schema.h"
#include "adapters/store_sqlite/secret_table.h"
#include "base/random.h"

namespace kl::sqlite {
namespace {

// FULL: a commit is on disk when it returns. The log's file
// shrinks to 24 MiB after a burst. Deleted content is overwritten, so that what was purged is gone.
constexpr char kSettings[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA journal_size_limit=25165824;"
    "PRAGMA cache_size=-2048;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA trusted_schema=OFF;";

Result<Connection> OpenMigrated(const std::string& path) {
  // Looked at before anything is opened for writing: a newer file stays as it is.
  KL_TRY(const int schema, SchemaOf(path));
  KL_RETURN_IF_ERROR(CheckSchemaKnown(path, schema, Migrations()));
  KL_RETURN_IF_ERROR(EnsurePrivateFile(path));
  KL_TRY(Connection connection, Connection::Open(path, OpenMode::kReadWrite));
  KL_RETURN_IF_ERROR(connection.Execute(kSettings));
  KL_RETURN_IF_ERROR(Migrate(connection, path, Migrations()));
  return connection;
}

// The store remembers which key it was first opened with: another one is refused at once, rather
// than when the first secret is needed.
Result<std::shared_ptr<const Sealer>> OpenSealer(Connection& db, const std::string& key_path) {
  KL_TRY(Statement select, db.Prepare("SELECT id FROM seal_key"));
  KL_TRY(const bool known, select.Step());
  const std::string expected = known ? select.Text(0) : "";
  KL_TRY(SecretString key, LoadKey(key_path, !known, SystemRandom()));
  auto sealer = std::make_shared<const Sealer>(std::move(key), SystemRandom());
  if (known && sealer->key_id() != expected) {
    return Fail(ErrorKind::kCorrupt, "key '" + key_path + "': is key " + sealer->key_id() +
                                         ", the store is sealed with " + expected +
                                         ": put the right key file back");
  }
  if (!known) {
    KL_RETURN_IF_ERROR(db.Run("INSERT INTO seal_key(id) VALUES(?)", sealer->key_id()));
  }
  return sealer;
}

}  // namespace

struct Database::Impl {
  Impl(FileLock l, std::unique_ptr<Writer> w, std::shared_ptr<const Sealer> sealer,
       std::string secrets_dir)
      : lock(std::move(l)),
        writer(std::move(w)),
        subscriptions(*writer),
        services(*writer),
        names(*writer),
        templates(*writer),
        sites(*writer),
        certificates(*writer),
        hints(*writer),
        history(*writer),
        secrets(*writer, std::move(sealer), std::move(secrets_dir)) {}

  FileLock lock;
  std::unique_ptr<Writer> writer;
  ObjectStore<Subscription> subscriptions;
  ObjectStore<Service> services;
  ObjectStore<NameClaim> names;
  ObjectStore<TemplateVersion> templates;
  ObjectStore<Site> sites;
  ObjectStore<HostCertificate> certificates;
  HintTable hints;
  HistoryTable history;
  SecretTable secrets;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(Loop& loop, Options options) {
  KL_TRY(FileLock lock, FileLock::Take(options.path + ".lock"));
  KL_TRY(Connection connection, OpenMigrated(options.path));
  KL_TRY(auto sealer, OpenSealer(connection, options.key_path));
  KL_TRY(Connection second, Connection::Open(options.path, OpenMode::kReadWrite));
  KL_TRY(auto writer, Writer::Start(loop, std::move(connection), std::move(second)));
  auto impl = std::make_unique<Impl>(std::move(lock), std::move(writer), std::move(sealer),
                                     std::move(options.secrets_dir));
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

Store<Subscription>& Database::subscriptions() { return impl_->subscriptions; }
Store<Service>& Database::services() { return impl_->services; }
Store<NameClaim>& Database::names() { return impl_->names; }
Store<TemplateVersion>& Database::templates() { return impl_->templates; }
Store<Site>& Database::sites() { return impl_->sites; }
Store<HostCertificate>& Database::certificates() { return impl_->certificates; }

Watchable<Subscription>& Database::watch_subscriptions() { return impl_->subscriptions; }
Watchable<Service>& Database::watch_services() { return impl_->services; }
Watchable<NameClaim>& Database::watch_names() { return impl_->names; }
Watchable<TemplateVersion>& Database::watch_templates() { return impl_->templates; }
Watchable<Site>& Database::watch_sites() { return impl_->sites; }

Hints& Database::hints() { return impl_->hints; }
History& Database::history() { return impl_->history; }
SecretStore& Database::secrets() { return impl_->secrets; }

}  // namespace kl::sqlite
