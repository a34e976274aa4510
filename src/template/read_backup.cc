// x-kuberlogic-backup: what a backup does in a service, and what of its data it keeps.
#include <array>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

// A line for the container's shell, as a healthcheck's; a list is a command as it stands.
template <std::vector<std::string> BackupDraft::* field>
void ReadCommand(const Cursor& at, BackupDraft& out) {
  NoteSecretArgument(at);
  if (at.node().is_scalar()) {
    if (auto text = at.NonEmptyText()) out.*field = {"/bin/sh", "-c", std::move(*text)};
    return;
  }
  auto words = at.TextList();
  if (words && words->empty()) at.Error("a command is wanted here");
  if (words) out.*field = std::move(*words);
}

template <std::vector<Marked<std::string>> BackupDraft::* field>
void ReadList(const Cursor& at, BackupDraft& out) {
  if (!at.ExpectList()) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    if (auto text = item.NonEmptyText()) (out.*field).push_back({std::move(*text), item.mark()});
  }
}

constexpr std::array kRules = {
    KeyRule<BackupDraft>{"paths", ReadList<&BackupDraft::paths>},
    KeyRule<BackupDraft>{"post", ReadCommand<&BackupDraft::post>},
    KeyRule<BackupDraft>{"pre", ReadCommand<&BackupDraft::pre>},
    KeyRule<BackupDraft>{"volumes", ReadList<&BackupDraft::volumes>},
};

}  // namespace

void ReadBackup(const Cursor& at, ServiceDraft& service) {
  BackupDraft draft;
  ReadKeys<BackupDraft>(at, kRules, draft);
  service.backup = std::move(draft);
  if (at.session().notes)
    at.Note("'x-kuberlogic-backup' is checked; this version makes no backups yet");
}

}  // namespace kl::tmpl
