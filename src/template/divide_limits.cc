#include <algorithm>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

// What is divided: cpu or memory, which follow the same rules.
struct Kind {
  std::string_view name;
  std::optional<Marked<std::int64_t>> ServiceDraft::* fixed;
  std::int64_t Member::* limit;
  std::int64_t Member::* reserved;
  std::int64_t unit;  // shares are whole multiples of it
  std::int64_t least;
  std::string (*show)(std::int64_t);
};

std::string ShowMillis(std::int64_t millis) { return Quantity::FromMillis(millis).text(); }
// Sums of absurd limits may exceed what a quantity can hold.
std::string ShowBytes(std::int64_t bytes) {
  return Quantity::FromBytes(std::min(bytes, std::int64_t{1} << 53)).text();
}

constexpr std::int64_t kPage = 4096;
constexpr Kind kCpu{
    "cpu",     &ServiceDraft::cpu_millis, &Member::cpu_millis, &Member::cpu_reserved_millis, 1, 10,
    ShowMillis};
constexpr Kind kMemory{"memory",
                       &ServiceDraft::memory_bytes,
                       &Member::memory_bytes,
                       &Member::memory_reserved_bytes,
                       kPage,
                       6 << 20,
                       ShowBytes};

std::string Where(const PlanFigures& figures) {
  return figures.plan.empty() ? "the instance" : "plan '" + figures.plan + "'";
}

// The fixed limits do not fit: said at the plan and at every service that has one.
void ReportExcess(const Cursor& root, const PlanFigures& figures, const AppDraft& app,
                  const Kind& kind, const std::string& detail) {
  std::string lines;
  for (const ServiceDraft& service : app.services) {
    const auto& fixed = service.*kind.fixed;
    if (!fixed) continue;
    lines += (lines.empty() ? "" : ", ") + std::to_string(fixed->mark.line);
    root.ErrorIn(service.Path(), fixed->mark,
                 "this limit does not fit into " + Where(figures) + " (line " +
                     std::to_string(figures.mark.line) + "): " + detail);
  }
  root.ErrorIn("x-kuberlogic-plans." + figures.plan, figures.mark,
               std::string(kind.name) + " of " + Where(figures) +
                   " is too small for the services' own limits (lines " + lines + "): " + detail);
}

// Parts are rounded down: their sum never exceeds the plan.
void Share(const Cursor& root, const PlanFigures& figures, AppDraft& app, const Kind& kind,
           std::int64_t total) {
  std::int64_t rest = total;
  double shares = 0;
  for (const ServiceDraft& service : app.services) {
    const auto& fixed = service.*kind.fixed;
    if (fixed)
      rest -= std::min(fixed->value, std::int64_t{1} << 53);
    else
      shares += service.share;
  }
  if (rest < 0 || (rest == 0 && shares > 0))
    return ReportExcess(root, figures, app, kind,
                        "they take " + kind.show(total - rest) + " of " + kind.show(total));
  for (ServiceDraft& service : app.services) {
    if (service.*kind.fixed) continue;
    auto part = static_cast<std::int64_t>(static_cast<double>(rest) * (service.share / shares));
    part -= part % kind.unit;
    service.member.*kind.limit = part;
    if (part < kind.least)
      root.ErrorIn(service.Path(), service.mark,
                   std::string(kind.name) + " of " + Where(figures) + " leaves " + kind.show(part) +
                       " for this service: at least " + kind.show(kind.least) + " is needed");
  }
}

void Divide(const Cursor& root, const PlanFigures& figures, AppDraft& app, const Kind& kind,
            std::optional<std::int64_t> total) {
  for (ServiceDraft& service : app.services)
    if (service.*kind.fixed) service.member.*kind.limit = (service.*kind.fixed)->value;
  if (total) Share(root, figures, app, kind, *total);
  for (const ServiceDraft& service : app.services) {
    const std::int64_t limit = service.member.*kind.limit;
    const std::int64_t reserved = service.member.*kind.reserved;
    if (limit > 0 && reserved > limit)
      root.ErrorIn(service.Path(), service.mark,
                   "the service reserves more " + std::string(kind.name) + " (" +
                       kind.show(reserved) + ") than " + Where(figures) + " lets it have (" +
                       kind.show(limit) + ")");
  }
}

}  // namespace

void DivideLimits(const Cursor& root, const PlanFigures& figures, AppDraft& app) {
  const Limits& limits = figures.limits;
  Divide(root, figures, app, kCpu, limits.cpu ? std::optional(limits.cpu->millis()) : std::nullopt);
  Divide(root, figures, app, kMemory,
         limits.memory ? std::optional(limits.memory->value()) : std::nullopt);
}

}  // namespace kl::tmpl
