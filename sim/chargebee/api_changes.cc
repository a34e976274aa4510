// Calls that move a subscription from one status to another.
#include "sim/chargebee/api.h"

namespace kl::chargebee_sim {
namespace {

// cancel_option, or the older end_of_term flag; without either it is now.
ApiAnswer Cancel(const ApiCall& call) {
  call.site.CountWrite(call.args[0]);
  Cancellation how;
  const std::string option = call.params.Text("cancel_option");
  if (option == "end_of_term" || option == "end_of_billing_term" ||
      call.params.Flag("end_of_term").value_or(false)) {
    how.when = Cancellation::When::kEndOfTerm;
  } else if (option == "specific_date") {
    how.when = Cancellation::When::kAt;
    how.at = call.params.Number("cancel_at");
  } else if (!option.empty() && option != "immediately") {
    return ApiFailure(WrongValue("cancel_option", "not in allowed values").error());
  }
  how.reason_code = call.params.Text("cancel_reason_code");
  return SubscriptionAnswer(call, call.site.Cancel(call.args[0], how, call.origin));
}

// pause_option billing_cycles is not modelled and refused.
ApiAnswer Pause(const ApiCall& call) {
  call.site.CountWrite(call.args[0]);
  PauseRequest how;
  const std::string option = call.params.Text("pause_option");
  if (option == "end_of_term") {
    how.when = PauseRequest::When::kEndOfTerm;
  } else if (option == "specific_date") {
    how.when = PauseRequest::When::kAt;
  } else if (!option.empty() && option != "immediately") {
    return ApiFailure(WrongValue("pause_option", "not in allowed values").error());
  }
  how.at = call.params.Number("pause_date");
  how.resume_at = call.params.Number("resume_date");
  return SubscriptionAnswer(call, call.site.Pause(call.args[0], how, call.origin));
}

ApiAnswer Resume(const ApiCall& call) {
  call.site.CountWrite(call.args[0]);
  std::optional<Seconds> at;
  if (call.params.Text("resume_option") == "specific_date") at = call.params.Number("resume_date");
  return SubscriptionAnswer(call, call.site.Resume(call.args[0], at, call.origin));
}

ApiAnswer Reactivate(const ApiCall& call) {
  call.site.CountWrite(call.args[0]);
  return SubscriptionAnswer(
      call, call.site.Reactivate(call.args[0], call.params.Number("trial_end"), call.origin));
}

// Calls without parameters.
template <Site::Updated (Site::*kChange)(const std::string&, const Origin&)>
ApiAnswer Plain(const ApiCall& call) {
  call.site.CountWrite(call.args[0]);
  return SubscriptionAnswer(call, (call.site.*kChange)(call.args[0], call.origin));
}

}  // namespace

void AddChangeCalls(ApiRouter& r) {
  const std::string one = "subscriptions/{}/";
  r.Add("POST", one + "cancel_for_items", Cancel);
  r.Add("POST", one + "cancel", Cancel);
  r.Add("POST", one + "pause", Pause);
  r.Add("POST", one + "resume", Resume);
  r.Add("POST", one + "reactivate", Reactivate);
  r.Add("POST", one + "delete", Plain<&Site::Delete>);
  r.Add("POST", one + "remove_scheduled_cancellation", Plain<&Site::RemoveScheduledCancellation>);
  r.Add("POST", one + "remove_scheduled_changes", Plain<&Site::RemoveScheduledChanges>);
  r.Add("POST", one + "remove_scheduled_pause", Plain<&Site::RemoveScheduledPause>);
  r.Add("POST", one + "remove_scheduled_resumption", Plain<&Site::RemoveScheduledResumption>);
}

}  // namespace kl::chargebee_sim
