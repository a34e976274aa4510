// Subscriptions made and changed as the vendor would in the provider's console.
#include "sim/chargebee/admin.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

ApiAnswer Answer(const AdminCall& call, const Site::Updated& result) {
  if (!result) return ApiFailure(result.error());
  return {200, AdminSubscription(call.site, **result)};
}

Card ReadCard(const std::string& name) {
  if (name == "none") return Card::kNone;
  return name == "fails_at_renewal" ? Card::kFailsAtRenewal : Card::kValid;
}

// A moment given as `<name>` (epoch seconds) or `<name>_in_seconds`.
std::optional<Seconds> ReadMoment(const AdminCall& call, const std::string& name) {
  if (auto at = call.body.Number(name)) return at;
  if (auto in = call.body.Number(name + "_in_seconds")) return call.site.now() + *in;
  return std::nullopt;
}

std::string Numbered(std::string text, std::int64_t number) {
  if (auto at = text.find("{n}"); at != std::string::npos) {
    text.replace(at, 3, std::to_string(number));
  }
  return text;
}

// Everything has a default, so that {} makes a paying customer of the first plan.
NewSubscription Describe(const AdminCall& call, std::int64_t number) {
  const Params& body = call.body;
  NewSubscription wanted;
  wanted.id = Numbered(body.Text("id"), number);
  wanted.customer_id = body.Text("customer_id");
  const auto& prices = call.site.catalog().prices;
  const std::string price = body.OptionalText("item_price_id")
                                .value_or(prices.empty() ? std::string() : prices.front().id);
  wanted.items.push_back({price});
  wanted.customer.email =
      Numbered(body.OptionalText("email").value_or("customer-{n}@example.com"), number);
  wanted.customer.first_name = body.OptionalText("first_name").value_or("Jane");
  wanted.customer.last_name = body.OptionalText("last_name").value_or("Doe");
  wanted.customer.card = ReadCard(body.Text("card"));
  wanted.start_date = ReadMoment(call, "start_date");
  wanted.trial_end = ReadMoment(call, "trial_end");
  wanted.cancel_at_trial_end = body.Text("trial_end_action") == "cancel_subscription";
  for (const auto& [key, value] : body.all()) {
    if (key.starts_with("cf_")) wanted.custom_fields[key] = value;
  }
  return wanted;
}

// "count" of them at once; ids and e-mails may hold {n}.
ApiAnswer Create(const AdminCall& call) {
  const std::int64_t count = call.body.Number("count").value_or(1);
  constexpr std::int64_t kCountMax = 100'000;
  if (count < 1 || count > kCountMax) return AdminFailure(400, "count: 1 to 100000");
  const std::int64_t first = static_cast<std::int64_t>(call.site.subscription_count()) + 1;
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < count; ++i) {
    auto made = call.site.Create(Describe(call, first + i), call.origin);
    if (!made) return ApiFailure(made.error());
    if (count == 1) return Answer(call, made);
    ids.push_back((*made)->id);
  }
  return {200, JsonObject().Number("count", count).Raw("ids", JsonTexts(ids)).str()};
}

ApiAnswer List(const AdminCall& call) {
  std::vector<std::string> all;
  for (const Subscription* s : call.site.all_subscriptions()) {
    all.push_back(AdminSubscription(call.site, *s));
  }
  return {200, JsonObject().Raw("subscriptions", JsonArray(all)).str()};
}

ApiAnswer Show(const AdminCall& call) {
  const Subscription* s = call.site.FindSubscription(call.args[0]);
  if (!s) return ApiFailure(NotFound("subscription", call.args[0]).error());
  return Answer(call, s);
}

ApiAnswer ChangePlan(const AdminCall& call) {
  SubscriptionUpdate change;
  SubscriptionItem item{call.body.Text("item_price_id")};
  item.quantity = call.body.Number("quantity").value_or(1);
  change.items.push_back(item);
  return Answer(call, call.site.Update(call.args[0], change, call.origin));
}

// Without a moment: at the end of the term.
ApiAnswer Schedule(const AdminCall& call) {
  SubscriptionUpdate change;
  change.items.push_back({call.body.Text("item_price_id")});
  change.changes_scheduled_at = ReadMoment(call, "at");
  change.end_of_term = !change.changes_scheduled_at;
  return Answer(call, call.site.Update(call.args[0], change, call.origin));
}

// Changes the plan just before the next write a client makes to this subscription.
ApiAnswer PlanRace(const AdminCall& call) {
  const std::string price = call.body.Text("item_price_id");
  if (!call.site.FindSubscription(call.args[0])) {
    return ApiFailure(NotFound("subscription", call.args[0]).error());
  }
  if (!call.site.catalog().FindPrice(price)) {
    return AdminFailure(400, "item_price_id: no such price");
  }
  call.simulator.races()[call.args[0]] = {price, call.body.Flag("schedule").value_or(false)};
  return AdminOk();
}

// Custom fields edited by hand.
ApiAnswer EditFields(const AdminCall& call) {
  SubscriptionUpdate change;
  for (const auto& [key, value] : call.body.all()) {
    if (key.starts_with("cf_")) change.custom_fields[key] = value;
  }
  return Answer(call, call.site.Update(call.args[0], change, call.origin));
}

ApiAnswer Cancel(const AdminCall& call) {
  Cancellation how;
  const std::string when = call.body.Text("when");
  how.at = ReadMoment(call, "at");
  if (when == "end_of_term") how.when = Cancellation::When::kEndOfTerm;
  if (how.at) how.when = Cancellation::When::kAt;
  how.reason = call.body.Text("reason");
  return Answer(call, call.site.Cancel(call.args[0], how, call.origin));
}

ApiAnswer Pause(const AdminCall& call) {
  PauseRequest how;
  how.at = ReadMoment(call, "at");
  if (call.body.Text("when") == "end_of_term") how.when = PauseRequest::When::kEndOfTerm;
  if (how.at) how.when = PauseRequest::When::kAt;
  how.resume_at = ReadMoment(call, "resume");
  return Answer(call, call.site.Pause(call.args[0], how, call.origin));
}

ApiAnswer Resume(const AdminCall& call) {
  return Answer(call, call.site.Resume(call.args[0], ReadMoment(call, "at"), call.origin));
}

ApiAnswer Reactivate(const AdminCall& call) {
  return Answer(call,
                call.site.Reactivate(call.args[0], ReadMoment(call, "trial_end"), call.origin));
}

ApiAnswer Entitle(const AdminCall& call) {
  std::optional<EntitlementOverride> value;
  if (!call.body.Flag("remove").value_or(false)) {
    value = EntitlementOverride{call.body.Text("value"), call.body.Flag("enabled").value_or(true),
                                ReadMoment(call, "expires")};
  }
  return Answer(call, call.site.SetOverride(call.args[0], call.body.Text("feature_id"),
                                            std::move(value), call.origin));
}

ApiAnswer ShowStatus(const AdminCall& call) {
  return Answer(call, call.site.ShowStatus(call.args[0], call.body.Text("status"), call.origin));
}

template <Site::Updated (Site::*kChange)(const std::string&, const Origin&)>
ApiAnswer Plain(const AdminCall& call) {
  return Answer(call, (call.site.*kChange)(call.args[0], call.origin));
}

ApiAnswer SetCard(const AdminCall& call) {
  auto done = call.site.SetCard(call.args[0], ReadCard(call.body.Text("card")), call.origin);
  return done ? AdminOk() : ApiFailure(done.error());
}

ApiAnswer EditCustomer(const AdminCall& call) {
  auto done = call.site.UpdateCustomer(
      call.args[0], {call.body.all().begin(), call.body.all().end()}, call.origin);
  return done ? AdminOk() : ApiFailure(done.error());
}

ApiAnswer DeleteCustomer(const AdminCall& call) {
  auto done = call.site.DeleteCustomer(call.args[0], call.origin);
  return done ? AdminOk() : ApiFailure(done.error());
}

}  // namespace

std::string AdminSubscription(const Site& site, const Subscription& s) {
  const Customer* customer = site.FindCustomer(s.customer_id);
  auto domain = s.custom_fields.find("cf_domain");
  JsonObject out;
  out.Text("id", s.id)
      .Text("customer_id", s.customer_id)
      .Text("email", customer ? customer->email : "")
      .Text("status", StatusName(s.status))
      .Flag("deleted", s.deleted)
      .Text("item_price_id", s.items.front().item_price_id)
      .Text("cf_domain", domain == s.custom_fields.end() ? "" : domain->second)
      .Number("resource_version", s.resource_version)
      .Flag("has_scheduled_changes", s.scheduled_change.has_value())
      .Number("api_writes", s.api_writes)
      .Raw("domain_values", JsonTexts(s.domain_values));
  return out.str();
}

void AddAdminSubscriptionCalls(AdminRouter& r) {
  const std::string one = "subscriptions/{}/";
  r.Add("GET", "subscriptions", List);
  r.Add("POST", "subscriptions", Create);
  r.Add("GET", "subscriptions/{}", Show);
  r.Add("POST", one + "plan", ChangePlan);
  r.Add("POST", one + "schedule", Schedule);
  r.Add("POST", one + "unschedule", Plain<&Site::RemoveScheduledChanges>);
  r.Add("POST", one + "race", PlanRace);
  r.Add("POST", one + "fields", EditFields);
  r.Add("POST", one + "cancel", Cancel);
  r.Add("POST", one + "keep", Plain<&Site::RemoveScheduledCancellation>);
  r.Add("POST", one + "pause", Pause);
  r.Add("POST", one + "resume", Resume);
  r.Add("POST", one + "reactivate", Reactivate);
  r.Add("POST", one + "delete", Plain<&Site::Delete>);
  r.Add("POST", one + "entitlement", Entitle);
  r.Add("POST", one + "status", ShowStatus);
  r.Add("POST", "customers/{}", EditCustomer);
  r.Add("POST", "customers/{}/card", SetCard);
  r.Add("POST", "customers/{}/delete", DeleteCustomer);
}

}  // namespace kl::chargebee_sim
