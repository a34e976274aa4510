#include <algorithm>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

// "a -> b -> a": follows dependencies among those that could not be placed until one repeats.
std::string DescribeCycle(const AppDraft& app, const std::vector<const ServiceDraft*>& placed,
                          const ServiceDraft* start) {
  std::vector<const ServiceDraft*> way;
  const ServiceDraft* at = start;
  while (std::ranges::find(way, at) == way.end()) {
    way.push_back(at);
    for (const auto& dependency : at->depends_on) {
      const ServiceDraft* next = app.Find(dependency.value.member);
      if (!next || std::ranges::find(placed, next) != placed.end()) continue;
      at = next;
      break;
    }
  }
  std::string out;
  for (auto it = std::ranges::find(way, at); it != way.end(); ++it)
    out += (*it)->member.name + " -> ";
  return out + at->member.name;
}

std::string WhyMissing(const AppDraft& app, const std::string& name) {
  auto asleep = app.asleep.find(name);
  if (asleep == app.asleep.end()) return "is not a service of this template";
  return "runs only with profile " + asleep->second +
         ": give this service the same profile, or write `required: false`";
}

}  // namespace

// At most 64 services, so the simple way is fast enough.
std::vector<const ServiceDraft*> StartOrder(const Cursor& root, const AppDraft& app) {
  std::vector<const ServiceDraft*> placed;
  auto is_placed = [&](const Marked<Dependency>& dependency) {
    const ServiceDraft* service = app.Find(dependency.value.member);
    return !service || std::ranges::find(placed, service) != placed.end();
  };
  for (const ServiceDraft& service : app.services)
    for (const auto& dependency : service.depends_on)
      if (!app.Find(dependency.value.member))
        root.ErrorIn(service.Path("depends_on"), dependency.mark,
                     "depends on '" + dependency.value.member + "', which " +
                         WhyMissing(app, dependency.value.member));
  while (placed.size() < app.services.size()) {
    const std::size_t before = placed.size();
    for (const ServiceDraft& service : app.services) {
      if (std::ranges::find(placed, &service) != placed.end()) continue;
      if (!std::ranges::all_of(service.depends_on, is_placed)) continue;
      placed.push_back(&service);
      break;  // from the start again: the order of the text decides wherever it may
    }
    if (placed.size() > before) continue;
    for (const ServiceDraft& service : app.services) {
      if (std::ranges::find(placed, &service) != placed.end()) continue;
      root.ErrorIn(service.Path("depends_on"), service.mark,
                   "services wait for each other: " + DescribeCycle(app, placed, &service) +
                       "; remove one depends_on");
      break;
    }
    break;
  }
  return placed;
}

}  // namespace kl::tmpl
