// Ids of the domain. Each is its own type, so that one cannot be passed for another.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace kl {

// Object name of a subscription's record: "<provider>-" + base32(sha256(provider/site/id))[:20].
// Provider ids are case-sensitive, object names are not: hence the hash.
using SubscriptionName = Strong<struct SubscriptionNameTag>;
// A service's id: [a-z0-9]([-a-z0-9]*[a-z0-9])?, 2 to 20 characters; also its namespace and first
// DNS label.
using ServiceName = Strong<struct ServiceNameTag>;
// 32 hex digits, random, immutable. Volumes, secrets and receipts are named by it, never by the
// service's name.
using ServiceUid = Strong<struct ServiceUidTag>;
// sha256 hex of a template's text.
using TemplateDigest = Strong<struct TemplateDigestTag>;

// What the provider calls a subscription. `provider` is a lower-case word such as the adapter's
// name.
struct SubscriptionKey {
  std::string provider;
  std::string site;
  std::string id;
  auto operator<=>(const SubscriptionKey&) const = default;
  bool empty() const { return id.empty(); }
};

SubscriptionName NameOf(const SubscriptionKey& key);
// "provider/site/id", for messages and labels.
std::string ToString(const SubscriptionKey& key);
// The reverse of ToString; ids may contain anything, provider and site no '/'.
std::optional<SubscriptionKey> ParseSubscriptionKey(std::string_view text);

}  // namespace kl
