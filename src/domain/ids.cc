#include "domain/ids.h"

#include "base/hash.h"

namespace kl {

SubscriptionName NameOf(const SubscriptionKey& key) {
  // 20 digits of base32 are 100 bits: two ids that share a name are not to be expected, ever.
  return SubscriptionName(key.provider + "-" + Base32(Sha256(ToString(key))).substr(0, 20));
}

std::string ToString(const SubscriptionKey& key) {
  return key.provider + "/" + key.site + "/" + key.id;
}

std::optional<SubscriptionKey> ParseSubscriptionKey(std::string_view text) {
  const auto first = text.find('/');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('/', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  SubscriptionKey key{std::string(text.substr(0, first)),
                      std::string(text.substr(first + 1, second - first - 1)),
                      std::string(text.substr(second + 1))};
  if (key.provider.empty() || key.site.empty() || key.id.empty()) return std::nullopt;
  return key;
}

}  // namespace kl
