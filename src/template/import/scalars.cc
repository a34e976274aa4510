#include "template/import/scalars.h"

#include <algorithm>

namespace kl::importer {
namespace {

// Settings stand in an environment, in arguments of a build, and in anchors of either.
bool LooksLikeSetting(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return name.size() > 2 && name.find_first_not_of(kAllowed) == name.npos;
}

class Walk {
 public:
  Walk(const Draft& draft, const std::function<void(const ScalarAt&)>& visit)
      : draft_(draft), visit_(visit) {}

  struct Step {
    tmpl::Mark mark;
    bool is_item = false;
    bool flow = false;
    Place place;
    bool settings = false;  // the parent is a list or a mapping of settings
    const tmpl::Node* before = nullptr;
  };

  void Visit(const tmpl::Node& node, const Step& step) {
    if (!visited_.insert(&node).second) return;
    if (node.is_scalar()) return Scalar(node, step);
    const bool flow = step.flow || draft_.source.IsFlow(node);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      Step next{node.items[i]->begin, true, flow, step.place, step.settings};
      next.place.path += "[" + std::to_string(i) + "]";
      if (i > 0) next.before = node.items[i - 1];
      Visit(*node.items[i], next);
    }
    for (const tmpl::Entry& entry : node.entries) {
      Step next{entry.mark, false, flow, step.place};
      next.place.path += (step.place.path.empty() ? "" : ".") + entry.key;
      next.place.setting = step.settings || LooksLikeSetting(entry.key) ? entry.key : "";
      next.settings = entry.key == "environment" || entry.key == "args";
      next.place.is_probe |= entry.key == "healthcheck";
      Visit(*entry.value, next);
    }
  }

 private:
  void Scalar(const tmpl::Node& node, const Step& step) {
    ScalarAt at{node, step.mark, step.is_item, step.flow, step.place, "", node.scalar};
    at.before = step.before;
    if (step.is_item) {
      const std::size_t equals = node.scalar.find('=');
      const std::string name = node.scalar.substr(0, equals);
      at.place.setting.clear();
      if (step.settings || (equals != name.npos && LooksLikeSetting(name))) {
        at.place.setting = name;
        at.prefix =
            std::string_view(node.scalar).substr(0, equals == name.npos ? equals : equals + 1);
        at.text = at.text.substr(at.prefix.size());
        at.bare = equals == name.npos;
      }
    } else {
      // `NAME:` in a mapping; a null that is written out means the same.
      at.bare = !at.place.setting.empty() && node.is_null();
    }
    visit_(at);
  }

  const Draft& draft_;
  const std::function<void(const ScalarAt&)>& visit_;
  std::set<const tmpl::Node*> visited_;
};

}  // namespace

void ForEachScalar(const Draft& draft, const std::function<void(const ScalarAt&)>& visit) {
  Walk walk(draft, visit);
  const tmpl::Node& root = draft.source.root();
  auto pass = [&](bool services) {
    for (const tmpl::Entry& entry : root.entries) {
      // These say nothing to an instance and go.
      if (entry.key == "name" || entry.key == "version" || entry.key == "networks") continue;
      if ((entry.key == "services") != services) continue;
      Walk::Step step{entry.mark};
      step.place.path = entry.key;
      walk.Visit(*entry.value, step);
    }
  };
  pass(true);
  pass(false);
}

}  // namespace kl::importer
