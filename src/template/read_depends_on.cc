// `depends_on`: what runs before a service starts.
#include <array>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

struct DependencyDraft {
  Dependency dependency;
  bool required = true;
};

void ReadCondition(const Cursor& at, DependencyDraft& draft) {
  Dependency& out = draft.dependency;
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

// `required: false`: no dependency where the other one's profiles are not active.
void ReadRequired(const Cursor& at, DependencyDraft& out) {
  out.required = at.Bool().value_or(true);
}

constexpr std::array kRules = {
    KeyRule<DependencyDraft>{"condition", ReadCondition},
    KeyRule<DependencyDraft>{"required", ReadRequired},
    NoteKey<DependencyDraft>("restart", "a service is restarted when its own definition changes"),
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
    DependencyDraft draft{{entry.key}};
    if (!item.node().is_null()) ReadKeys<DependencyDraft>(item, kRules, draft);
    service.depends_on.push_back({std::move(draft.dependency), item.mark()});
    if (!draft.required) service.optional.insert(entry.key);
  }
}

}  // namespace kl::tmpl
