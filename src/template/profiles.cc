// `profiles`: a service with profiles runs only where one of them is active. Which are active says
// the parameter COMPOSE_PROFILES, as the environment variable does for Compose: a plan sets it.
#include <algorithm>

#include "template/app_draft.h"
#include "template/go_string.h"
#include "template/render_data.h"

namespace kl::tmpl {
namespace {

bool IsProfileName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == name.npos;
}

// The parameter's value, null where nobody declared or set it.
const Value* Wanted(const Session& session) {
  const ValueMap* parameters = session.data.as_map()->at("Parameters").as_map();
  auto it = parameters->find(std::string(kProfilesParameter));
  return it == parameters->end() || it->second.is_null() ? nullptr : &it->second;
}

// Words between commas, without the spaces around them.
std::set<std::string> Split(std::string_view text) {
  std::set<std::string> out;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) out.emplace(word);
  }
  return out;
}

std::string Join(const std::vector<std::string>& profiles) {
  std::string out;
  for (const std::string& profile : profiles) out += (out.empty() ? "'" : " or '") + profile + "'";
  return out;
}

// A misspelled profile would leave a service out in silence.
void CheckKnown(const Cursor& services, const AppDraft& app, const std::set<std::string>& active) {
  std::set<std::string> known;
  for (const ServiceDraft& service : app.services)
    known.insert(service.profiles.begin(), service.profiles.end());
  for (const std::string& profile : active) {
    if (profile == "*" || known.contains(profile)) continue;
    services.Error("parameter " + std::string(kProfilesParameter) + " names profile '" +
                   profile.substr(0, 64) + "', which no service has" +
                   (known.empty() ? "" : ": known are " + Join({known.begin(), known.end()})));
  }
}

}  // namespace

void ReadProfiles(const Cursor& at, ServiceDraft& service) {
  auto names = at.TextList();
  if (!names) return;
  for (std::string& name : *names) {
    if (!IsProfileName(name))
      return at.Error("not a profile's name: use letters, digits, '-', '_' and '.', at most 64");
    service.profiles.push_back(std::move(name));
  }
  if (!service.profiles.empty() && at.session().notes && !Wanted(at.session()))
    at.Note("the service runs nowhere: declare " + std::string(kProfilesParameter) +
            " under x-kuberlogic-parameters, and let a plan set it to " + Join(service.profiles));
}

void ApplyProfiles(const Cursor& services, AppDraft& app) {
  const Value* wanted = Wanted(services.session());
  const std::set<std::string> active = wanted ? Split(ToText(*wanted)) : std::set<std::string>();
  CheckKnown(services, app, active);
  auto sleeps = [&](const ServiceDraft& service) {
    auto is_active = [&](const std::string& profile) { return active.contains(profile); };
    return !service.profiles.empty() && !active.contains("*") &&
           std::ranges::none_of(service.profiles, is_active);
  };
  for (const ServiceDraft& service : app.services)
    if (sleeps(service)) app.asleep.emplace(service.member.name, Join(service.profiles));
  std::erase_if(app.services, sleeps);
  for (ServiceDraft& service : app.services)
    std::erase_if(service.depends_on, [&](const auto& dependency) {
      return service.optional.contains(dependency.value.member) &&
             app.asleep.contains(dependency.value.member);
    });
}

}  // namespace kl::tmpl
