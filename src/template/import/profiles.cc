// `profiles`: a file that is started without further words leaves out what has one. So does the
// template, unless `.env` asks for it.
#include <algorithm>

#include "template/import/draft.h"

namespace kl::importer {
namespace {

std::set<std::string> Wanted(const Variable* variable) {
  std::set<std::string> out;
  std::string_view text = variable ? std::string_view(variable->value) : std::string_view();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    out.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The first name of a service's `profiles`; empty when it has none.
std::string FirstOf(const tmpl::Node& profiles) {
  return profiles.items.empty() ? profiles.scalar : profiles.items.front()->scalar;
}

bool IsWanted(const tmpl::Node& profiles, const std::set<std::string>& wanted) {
  if (wanted.contains("*") || wanted.contains(profiles.scalar)) return true;
  return std::ranges::any_of(profiles.items,
                             [&](const tmpl::Node* item) { return wanted.contains(item->scalar); });
}

}  // namespace

bool IsNeeded(const Draft& draft, const std::string& service) {
  return std::ranges::any_of(Services(draft)->entries, [&](const tmpl::Entry& other) {
    const tmpl::Node* list = other.value->Find("depends_on");
    if (!list) return false;
    return list->Find(service) || std::ranges::any_of(list->items, [&](const tmpl::Node* item) {
             return item->scalar == service;
           });
  });
}

void SettleProfiles(Draft& draft) {
  const Variable* variable = draft.env.Find("COMPOSE_PROFILES");
  const std::set<std::string> wanted = Wanted(variable);
  std::vector<Edit> edits;
  for (const tmpl::Entry& service : Services(draft)->entries) {
    const tmpl::Entry* profiles = FindEntry(*service.value, "profiles");
    if (!profiles || FirstOf(*profiles->value).empty()) continue;
    const std::string path = "services." + service.key;
    if (IsWanted(*profiles->value, wanted)) {
      draft.Change(profiles->mark.line, path + ".profiles",
                   "dropped: " + draft.env_name + " line " + std::to_string(variable->line) +
                       " asks for it, so the service runs");
      edits.push_back(draft.source.RemoveEntry(*service.value, *profiles));
    } else if (!IsNeeded(draft, service.key)) {
      draft.Change(service.mark.line, path,
                   "dropped: it starts only when profile '" + FirstOf(*profiles->value) +
                       "' is asked for, and " + draft.env_name + " does not");
      edits.push_back(draft.source.RemoveEntry(*Services(draft), service));
    }
  }
  draft.Apply(std::move(edits), "profiles");
}

}  // namespace kl::importer
