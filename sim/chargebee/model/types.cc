#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

std::unexpected<ApiError> NotFound(std::string_view what, std::string_view id) {
  return std::unexpected(ApiError{404, "invalid_request", "resource_not_found",
                                  std::string(what) + " " + std::string(id) + " not found", "id"});
}

std::unexpected<ApiError> WrongValue(std::string param, std::string message) {
  std::string text = param + " : " + message;
  return std::unexpected(
      ApiError{400, "invalid_request", "param_wrong_value", std::move(text), std::move(param)});
}

std::unexpected<ApiError> WrongState(std::string message) {
  return std::unexpected(
      ApiError{409, "invalid_request", "invalid_state_for_request", std::move(message), {}});
}

std::string_view StatusName(SubscriptionStatus status) {
  switch (status) {
    case SubscriptionStatus::kFuture: return "future";
    case SubscriptionStatus::kInTrial: return "in_trial";
    case SubscriptionStatus::kActive: return "active";
    case SubscriptionStatus::kNonRenewing: return "non_renewing";
    case SubscriptionStatus::kPaused: return "paused";
    case SubscriptionStatus::kCancelled: return "cancelled";
  }
  return "active";
}

}  // namespace kl::chargebee_sim
