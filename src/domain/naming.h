// Names of instances: "<word>-<word>", at most 20 characters, from two screened lists.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "domain/ids.h"

namespace kl {

inline constexpr std::chrono::hours kNameQuarantine{24 * 400};

std::span<const std::string_view> FirstWords();   // adjectives, >= 1200, lower case, screened
std::span<const std::string_view> SecondWords();  // animals and plants, >= 1200

// A random pair. After `attempt` failures grows digits ("magnetic-llama-42") so that it always
// ends.
ServiceName ProposeName(Random& random, int attempt);

// kube-*, default, kuberlogic, api, billing, console, www, mail and the like: never given to an
// instance.
bool IsReservedName(std::string_view name);
// Shape of a service id: 2 to 20 of [a-z0-9-], begins and ends with a letter or digit, not
// reserved. kInvalid, field "id".
Status CheckServiceName(std::string_view name);
// A DNS host of at most 99 characters (the provider's field length), labels of [a-z0-9-]. kInvalid,
// field "domain".
Status CheckHost(std::string_view host);

// The name in a domain value written earlier ("https://magnetic-llama.example.com/" or the bare
// host) when it is directly below `domain`; empty otherwise.
ServiceName NameInHost(std::string_view value, std::string_view domain);

}  // namespace kl
