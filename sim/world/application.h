// The application that every customer of the world buys: rendered in a few lines, so that years
// pass in milliseconds.
#pragma once

#include "app/templates.h"

namespace kl::world {

// Prices of the world, and what an instance of each gets. "exotic" is on sale at the provider, but
// no template names it.
struct Tariff {
  std::string_view plan;
  std::int64_t cpu_millis;
  std::int64_t memory_bytes;
};
inline constexpr Tariff kTariffs[] = {
    {"basic", 250, 256 << 20}, {"plus", 500, 512 << 20}, {"pro", 2000, std::int64_t{2} << 30}};
inline constexpr std::string_view kExoticPlan = "exotic";

// `features`: storage and seats come from the subscription's entitlements, not from its plan.
class Application : public app::Templates {
 public:
  explicit Application(bool features);
  std::shared_ptr<const tmpl::Template> Current(const std::string& type) const override;
  Task<Result<std::shared_ptr<const tmpl::Template>>> Find(std::string type,
                                                           std::string digest) override;
  std::vector<TemplateInfo> Infos() const override { return infos_; }

 private:
  std::shared_ptr<const tmpl::Template> template_;
  std::vector<TemplateInfo> infos_;
};

}  // namespace kl::world
