// The embedded store: objects, hints, history and secrets in one SQLite file, written in WAL mode
// and synced at every commit. One process at a time; a thread of its own does all disk work, and
// concurrent writes share its commits.
//
//   KL_TRY(auto database, sqlite::Database::Open(loop, {.path = dir + "/kuberlogic.db",
//                                                       .key_path = dir + "/key"}));
//   Store<Service>& services = database->services();
#pragma once

#include <memory>
#include <string>

#include "domain/certificate.h"
#include "ports/hints.h"
#include "ports/history.h"
#include "ports/store.h"

namespace kl::sqlite {

struct Options {
  std::string path;      // created with mode 0600 when missing; its directory exists
  std::string key_path;  // 32 bytes; created with mode 0600 when missing and nothing is sealed yet
  // Sealed copies of instances' secrets, which an older file put back at `path` finds here; made
  // when missing. Empty: no copies are kept.
  std::string secrets_dir;
};

class Database {
 public:
  // Blocks while it opens, recovers and migrates. kUnavailable: another process has it, or the disk
  // fails. kInvalid: a newer schema or another program's file. kCorrupt: damaged, or sealed with
  // another key. The message names the file and the remedy; in all these cases nothing is changed.
  static Result<std::unique_ptr<Database>> Open(Loop& loop, Options options);
  // Finishes what was asked for. Before the loop goes, and after all tasks that use it.
  ~Database();

  Store<Subscription>& subscriptions();
  Store<Service>& services();
  Store<NameClaim>& names();
  Store<TemplateVersion>& templates();
  Store<Site>& sites();
  Store<HostCertificate>& certificates();

  Watchable<Subscription>& watch_subscriptions();
  Watchable<Service>& watch_services();
  Watchable<NameClaim>& watch_names();
  Watchable<TemplateVersion>& watch_templates();
  Watchable<Site>& watch_sites();

  Hints& hints();
  History& history();
  SecretStore& secrets();

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kl::sqlite
