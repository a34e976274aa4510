#include "domain/objects.h"

namespace kl {

std::string_view PublicationStateName(PublicationState state) {
  switch (state) {
    case PublicationState::kNone: return "none";
    case PublicationState::kOwed: return "owed";
    case PublicationState::kPostponed: return "postponed";
    case PublicationState::kDone: return "done";
    case PublicationState::kChangedByOther: return "changed-by-other";
    case PublicationState::kNeedsPerson: return "needs-person";
  }
  return "none";
}

std::optional<PublicationState> ParsePublicationState(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(PublicationState::kNeedsPerson); ++i) {
    const auto state = static_cast<PublicationState>(i);
    if (PublicationStateName(state) == word) return state;
  }
  return std::nullopt;
}

std::string_view SuspensionReasonName(SuspensionReason reason) {
  switch (reason) {
    case SuspensionReason::kOperator: return "operator";
    case SuspensionReason::kBilling: return "billing";
    case SuspensionReason::kQuota: return "quota";
    case SuspensionReason::kMigration: return "migration";
  }
  return "operator";
}

std::optional<SuspensionReason> ParseSuspensionReason(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(SuspensionReason::kMigration); ++i) {
    const auto reason = static_cast<SuspensionReason>(i);
    if (SuspensionReasonName(reason) == word) return reason;
  }
  return std::nullopt;
}

}  // namespace kl
