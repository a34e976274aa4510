// The words of the domain's enumerations in kept objects, by one name each way.
#pragma once

#include <optional>
#include <string_view>

#include "domain/objects.h"

namespace kl {

inline std::string_view WordOf(BillingState e) { return BillingStateName(e); }
inline std::string_view WordOf(PublicationState e) { return PublicationStateName(e); }
inline std::string_view WordOf(SuspensionReason e) { return SuspensionReasonName(e); }

template <class Enum>
std::optional<Enum> FromWord(std::string_view word) {
  if constexpr (std::is_same_v<Enum, BillingState>) {
    return ParseBillingState(word);
  } else if constexpr (std::is_same_v<Enum, PublicationState>) {
    return ParsePublicationState(word);
  } else {
    return ParseSuspensionReason(word);
  }
}

}  // namespace kl
