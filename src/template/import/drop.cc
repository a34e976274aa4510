// Removes what a template cannot say. The dialect itself tells what it refuses and what has no
// effect, so a key that it learns to honour stays from then on.
#include <algorithm>
#include <array>

#include "template/import/draft.h"

namespace kl::importer {
namespace {

constexpr int kRoundsMax = 8;  // what one round removes may uncover more

struct Droppable {
  std::string_view key;
  std::string_view below;  // where the key must stand, e.g. "volumes."; any place when empty
  std::string_view reason;
};

// Refused keys without which an application is no other. Everything else that is refused is a
// person's decision.
constexpr std::array kDroppable = {
    Droppable{"annotations", "", "they are for another kind of platform"},
    Droppable{"blkio_config", "", "a plan divides the machine"},
    Droppable{"cgroup", "", "it is a matter of the machine"},
    Droppable{"cgroup_parent", "", "it is a matter of the machine"},
    Droppable{"cpuset", "", "a plan divides the machine"},
    Droppable{"domainname", "", "an instance's domain is given to it"},
    Droppable{"driver", "volumes.", "a volume is a directory of the instance's storage"},
    Droppable{"driver_opts", "volumes.", "a volume is a directory of the instance's storage"},
    Droppable{"external", "volumes.", "every instance has volumes of its own"},
    Droppable{"isolation", "", "it is a matter of the machine"},
    Droppable{"mac_address", "", "an instance's network is given to it"},
    Droppable{"memswap_limit", "", "a plan divides the machine"},
    Droppable{"mode", ".deploy", "every service runs once"},
    Droppable{"network_mode", "", "the services of an instance share a network of their own"},
    Droppable{"replicas", ".deploy", "every service runs once; a greater plan gives it more"},
    Droppable{"required", ".depends_on", "every service of a template runs"},
    Droppable{"runtime", "", "it is a matter of the machine"},
    Droppable{"scale", "", "every service runs once; a greater plan gives it more"},
    Droppable{"security_opt", "", "containers cannot gain privileges anyway"},
    Droppable{"storage_opt", "", "a plan's storage limits it"},
    Droppable{"sysctls", "", "it is not honoured; the machine's setting holds"},
    Droppable{"ulimits", "", "it is not honoured; the machine's limit holds"},
    Droppable{"userns_mode", "", "an instance is isolated from its machine"},
    Droppable{"uts", "", "an instance is isolated from its machine"},
};

// An entry and the mappings on the way to it, the root first.
struct Step {
  const tmpl::Node* mapping;
  const tmpl::Entry* entry;
};
using Way = std::vector<Step>;

bool FindAt(const tmpl::Node& node, tmpl::Mark mark, Way& out) {
  for (const tmpl::Node* item : node.items)
    if (FindAt(*item, mark, out)) return true;
  for (const tmpl::Entry& entry : node.entries) {
    out.push_back({&node, &entry});
    if (entry.mark.line == mark.line && entry.mark.column == mark.column) return true;
    if (FindAt(*entry.value, mark, out)) return true;
    out.pop_back();
  }
  return false;
}

// One look at what the dialect says of the text, and what follows from it.
class Round {
 public:
  explicit Round(Draft& draft) : draft_(draft) {}

  // False when there was nothing to remove.
  bool Run() {
    const auto loaded = tmpl::Template::Load(draft_.source.text(), "import");
    for (const tmpl::Diagnostic& diagnostic : loaded.diagnostics) {
      Way way;
      if (!FindAt(draft_.source.root(), {diagnostic.line, diagnostic.column}, way)) continue;
      const std::string reason = ReasonFor(diagnostic, way);
      if (reason.empty()) continue;
      if (!gone_.insert(way.back().entry).second) continue;
      draft_.Change(way.back().entry->mark.line, diagnostic.path, "dropped: " + reason);
      ways_.push_back(std::move(way));
    }
    std::vector<Edit> edits;
    for (const Way& way : ways_) edits.push_back(Removal(way));
    draft_.Apply(std::move(edits), "keys without effect");
    return !ways_.empty();
  }

 private:
  // Why the key goes; empty when it stays.
  std::string ReasonFor(const tmpl::Diagnostic& diagnostic, const Way& way) const {
    const std::string& key = way.back().entry->key;
    if (diagnostic.severity == tmpl::Severity::kNote) {
      constexpr std::string_view kMark = "' has no effect: ";
      const std::size_t at = diagnostic.message.find(kMark);
      if (at == std::string::npos || !diagnostic.message.starts_with("'" + key)) return "";
      return diagnostic.message.substr(at + kMark.size());
    }
    if (!diagnostic.path.ends_with("." + key)) return "";
    if (key == "restart" && way.size() == 3) return Restart(way);
    if (key == "build" && way.size() == 3) return Build(way);
    for (const Droppable& rule : kDroppable)
      if (rule.key == key && diagnostic.path.contains(rule.below)) return std::string(rule.reason);
    return "";
  }

  // `restart: "no"` of something that runs for ever is only a habit; a job that ends needs somebody
  // who waits for it, which is for a person to say.
  std::string Restart(const Way& way) const {
    const tmpl::Node& service = *way[1].entry->value;
    const bool lasting = service.Find("ports") || service.Find("expose") ||
                         service.Find("healthcheck") || IsStoreImage(TextOf(service, "image"));
    return lasting ? "a service that ends is started again" : "";
  }

  // Where the image has a name already, nothing is left to ask.
  std::string Build(const Way& way) const {
    const std::string image = TextOf(*way[1].entry->value, "image");
    return image.empty() ? "" : "an instance runs the ready image " + image + ": build and push it";
  }

  // A mapping that would be left empty goes as a whole, but the name of a volume stays.
  Edit Removal(Way way) const {
    while (way.size() > 1) {
      const auto& entries = way.back().mapping->entries;
      const bool empties = std::ranges::all_of(
          entries, [&](const tmpl::Entry& entry) { return gone_.contains(&entry); });
      const std::string& owner = way.front().entry->key;
      const bool named = way.size() == 3 && owner != "services";
      if (!empties || named) break;
      way.pop_back();
    }
    return draft_.source.RemoveEntry(*way.back().mapping, *way.back().entry);
  }

  Draft& draft_;
  std::set<const tmpl::Entry*> gone_;
  std::vector<Way> ways_;
};

}  // namespace

void DropKeys(Draft& draft) {
  for (int round = 0; round < kRoundsMax && Round(draft).Run(); ++round) {
  }
}

}  // namespace kl::importer
