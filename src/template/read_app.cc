// The top level of a template.
#include <algorithm>
#include <array>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

constexpr std::size_t kServicesMax = 64;

// Services reach each other by name, so a name must be one a resolver takes.
bool IsServiceName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.size() <= 63 && name.find_first_not_of(kAllowed) == name.npos &&
         name[0] != '-' && name[0] != '.' && name != "localhost";
}

void ReadServices(const Cursor& at, AppDraft& app) {
  if (!at.ExpectMapping("a mapping of services")) return;
  if (at.node().entries.empty()) return at.Error("there is no service: add one");
  if (at.node().entries.size() > kServicesMax)
    return at.Error("too many services: at most " + std::to_string(kServicesMax));
  app.services.reserve(at.node().entries.size());
  ServiceReader reader(at);
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (!IsServiceName(entry.key)) {
      item.Error("not a service's name: use letters, digits, '-', '_' and '.', at most 63");
      continue;
    }
    ServiceDraft& service = app.services.emplace_back();
    service.member.name = entry.key;
    service.mark = entry.mark;
    reader.Read(item, service);
  }
  ApplyProfiles(at, app);
}

void Skip(const Cursor&, AppDraft&) {}  // read once, when the template is loaded

using Rule = KeyRule<AppDraft>;
constexpr std::array kRules = {
    Rule{"configs", ReadConfigs},
    RefuseKey<AppDraft>("include", "a template is one file: paste the other one in"),
    NoteKey<AppDraft>("name", "every instance has a name of its own"),
    NoteKey<AppDraft>("networks", "the services of an instance share one network"),
    Rule{"secrets", ReadSecrets},
    Rule{"services", ReadServices},
    NoteKey<AppDraft>("version", "the dialect has one version"),
    Rule{"volumes", ReadVolumes},
    Rule{"x-kuberlogic-parameters", Skip},
    Rule{"x-kuberlogic-plans", Skip},
    Rule{"x-kuberlogic-secrets", Skip},
    Rule{"x-kuberlogic-welcome", Skip},
};
static_assert(std::ranges::is_sorted(kRules, {}, &Rule::key));

}  // namespace

void ReadApp(const Cursor& root, AppDraft& app) {
  ReadKeys<AppDraft>(root, kRules, app);
  if (!root.node().Find("services"))
    root.Error("there are no services: add the top-level key `services`");
}

}  // namespace kl::tmpl
