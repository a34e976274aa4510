#include "cmd/old_keys.h"

#include <algorithm>
#include <array>

namespace kl::cmd {
namespace {

constexpr std::array<std::string_view, 11> kOldKeys = {
    "backups_enabled",  "backups_snapshots_enabled",
    "use_letsencrypt",  "admin_email",
    "ingress_class",    "storage_class",
    "sentry_dsn",       "deployment_id",
    "billing_provider", "use_docker_registry",
    "report_errors"};

Result<bool> IsYes(std::string_view name, const std::string& text) {
  if (text == "true" || text == "yes" || text == "1") return true;
  if (text.empty() || text == "false" || text == "no" || text == "0") return false;
  return Fail(ErrorKind::kInvalid, std::string(name) + ": '" + text + "' is not true or false",
              std::string(name));
}

std::string Note(std::string_view name, const char* why) {
  return std::string(name) + " has no effect: " + why;
}

Result<OldMeaning> Switch(std::string_view name, const std::string& text) {
  KL_TRY(const bool yes, IsYes(name, text));
  OldMeaning out;
  if (!yes || name == "use_docker_registry") return out;  // its address and login say it
  if (name == "use_letsencrypt")
    out = {.key = "tls", .text = "acme"};
  else if (name == "report_errors")
    out.note = Note(name, "nothing is reported to anybody");
  else
    out.note = Note(name, "there are no backups yet, nothing of the instances is copied anywhere");
  return out;
}

Result<OldMeaning> Word(std::string_view name, const std::string& text) {
  OldMeaning out;
  if (name == "admin_email") {
    out = {.key = "acme_email", .text = text};
  } else if (name == "billing_provider") {
    if (!text.empty() && text != "chargebee" && text != "none")
      return Fail(ErrorKind::kInvalid, "billing_provider: '" + text + "': only chargebee is there",
                  "billing_provider");
  } else if (name == "sentry_dsn") {
    if (!text.empty()) out.note = Note(name, "nothing is reported to anybody");
  } else if (name != "deployment_id" && !text.empty()) {
    out.note = Note(name, "it speaks of a cluster, and this is one machine");
  }
  return out;
}

}  // namespace

std::span<const std::string_view> OldKeys() { return kOldKeys; }

std::optional<Result<OldMeaning>> ReadOldKey(std::string_view name, const std::string& text) {
  static constexpr std::array<std::string_view, 5> kSwitches = {
      "backups_enabled", "backups_snapshots_enabled", "use_letsencrypt", "use_docker_registry",
      "report_errors"};
  if (std::ranges::find(kOldKeys, name) == kOldKeys.end()) return std::nullopt;
  const bool is_switch = std::ranges::find(kSwitches, name) != kSwitches.end();
  return is_switch ? Switch(name, text) : Word(name, text);
}

}  // namespace kl::cmd
