// `depends_on`: what runs before a service starts.
#include <array>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

void ReadCondition(const Cursor& at, Dependency& out) {
  auto text = at.Text();
  if (!text) return;
  if (*text == "service_started")
    out.condition = DependencyCondition::kStarted;
  else if (*text == "service_healthy")
    out.condition = DependencyCondition::kHealthy;
  else if (*text == "service_completed_successfully")
    out.condition = DependencyCondition::kCompleted;
  else
    at.Error(
        "one of service_started, service_healthy, service_completed_successfully is wanted "
        "here, not " +
        at.Shown());
}

// `required: false` is for profiles, which a template has not.
void ReadRequired(const Cursor& at, Dependency&) {
  if (!at.Bool().value_or(true))
    at.Error("every service of a template runs: an optional dependency is not supported");
}

constexpr std::array kRules = {
    KeyRule<Dependency>{"condition", ReadCondition},
    KeyRule<Dependency>{"required", ReadRequired},
    NoteKey<Dependency>("restart", "a service is restarted when its own definition changes"),
};

}  // namespace

void ReadDependsOn(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  if (at.node().is_sequence()) {
    for (std::size_t i = 0; i < at.node().items.size(); ++i) {
      Cursor item(at, i);
      auto name = item.NonEmptyText();
      if (name) service.depends_on.push_back({{std::move(*name)}, item.mark()});
    }
    return;
  }
  if (!at.ExpectMapping("a list of services, or a mapping with their conditions")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    Dependency dependency{entry.key};
    if (!item.node().is_null()) ReadKeys<Dependency>(item, kRules, dependency);
    service.depends_on.push_back({std::move(dependency), item.mark()});
  }
}

}  // namespace kl::tmpl
