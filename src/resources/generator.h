// Random objects for tests: every field written out, each sometimes empty.
#pragma once

#include "base/random.h"
#include "domain/certificate.h"
#include "domain/objects.h"

namespace kl::testing {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Subscription MakeSubscription();
  Service MakeService();
  NameClaim MakeNameClaim();
  TemplateVersion MakeTemplateVersion();
  Site MakeSite();
  HostCertificate MakeHostCertificate();

 private:
  bool Flip() { return random_.Below(2) == 0; }
  std::string Text();
  std::int64_t Number();
  WallTime Time();
  Quantity AQuantity();
  Value AValue(int depth);
  Meta AMeta();
  Limits ALimits();
  Condition ACondition();
  BillingSubscription ABillingSubscription();
  Publication APublication();
  Suspension ASuspension();
  ValueMap Parameters();

  template <class Make>
  auto Maybe(Make make) {
    return Flip() ? std::optional(make()) : std::nullopt;
  }
  template <class Make>
  auto Several(Make make) {
    std::vector<decltype(make())> out(random_.Below(4));
    for (auto& item : out) item = make();
    return out;
  }
  template <class Make>
  auto Named(Make make) {
    std::map<std::string, decltype(make())> out;
    for (std::uint64_t i = random_.Below(4); i > 0; --i) out[Text()] = make();
    return out;
  }
  template <class Enum>
  Enum OneOf(Enum last) {
    return static_cast<Enum>(random_.Below(static_cast<std::uint64_t>(last) + 1));
  }

  SeededRandom random_;
};

}  // namespace kl::testing
