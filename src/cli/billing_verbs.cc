#include <ostream>

#include "cli/output.h"
#include "cli/verbs.h"

namespace kl::cli {
namespace {

const std::string kSubscriptions = "/api/v1/subscriptions/";
const std::string kEvents = "/api/v1/events/";

int ShowOne(const Globals& globals, const Result<Value>& answer) {
  if (!answer) return Report(globals, answer.error());
  ShowObject(globals, *answer);
  return 0;
}

}  // namespace

int SubscriptionList(const Globals& globals) {
  auto list = Client(globals).Get(kSubscriptions);
  if (!list) return Report(globals, list.error());
  ShowList(globals, *list,
           {{"ID", "id"},
            {"STATUS", "status"},
            {"PLAN", "plan"},
            {"SERVICE", "service"},
            {"DOMAIN", "publication.state"},
            {"VALUE", "publication.value"},
            {"E-MAIL", "email"}});
  return 0;
}

int SubscriptionGet(const Globals& globals, const std::string& id) {
  return ShowOne(globals, Client(globals).Get(kSubscriptions + net::PercentEncode(id)));
}

int SubscriptionSync(const Globals& globals, const std::string& id, bool republish) {
  auto done = Client(globals).Send("POST", kSubscriptions + net::PercentEncode(id) + "/sync" +
                                               (republish ? "?republish=true" : ""));
  if (!done) return Report(globals, done.error());
  *globals.out << id << " is read again\n";
  return 0;
}

int SubscriptionPublish(const Globals& globals, const std::string& id, bool force) {
  if (!force) {
    auto record = Client(globals).Get(kSubscriptions + net::PercentEncode(id));
    if (!record) return Report(globals, record.error());
    *globals.out << "publication is " << At(*record, "publication.state") << " "
                 << At(*record, "publication.message")
                 << "\nwriting the domain now deletes every scheduled change of this subscription "
                    "at the provider; "
                    "say so with --force\n";
    return 2;
  }
  auto done =
      Client(globals).Send("POST", kSubscriptions + net::PercentEncode(id) + "/sync?force=true");
  if (!done) return Report(globals, done.error());
  *globals.out << id << ": the domain is written now\n";
  return 0;
}

int EventList(const Globals& globals, const std::string& subscription, int limit) {
  std::string path = kEvents + "?limit=" + std::to_string(limit);
  if (!subscription.empty()) path += "&subscription=" + net::PercentEncode(subscription);
  auto list = Client(globals).Get(path);
  if (!list) return Report(globals, list.error());
  ShowList(globals, *list,
           {{"ID", "id"},
            {"TYPE", "kind"},
            {"STORED", "at"},
            {"SUBJECT", "subject"},
            {"TRACE", "trace"}});
  return 0;
}

int EventGet(const Globals& globals, const std::string& id) {
  return ShowOne(globals, Client(globals).Get(kEvents + net::PercentEncode(id)));
}

int EventReplay(const Globals& globals, const std::string& id) {
  auto done = Client(globals).Send("POST", kEvents + net::PercentEncode(id) + "/replay");
  if (!done) return Report(globals, done.error());
  *globals.out << id << ": its subscription is read again\n";
  return 0;
}

int BillingRelease(const Globals& globals) {
  auto done = Client(globals).Send("POST", "/api/v1/billing/release");
  if (!done) return Report(globals, done.error());
  *globals.out << "the gate is open for an hour: what was condemned is stopped now\n";
  return 0;
}

int ShowInfo(const Globals& globals) {
  auto answer = Client(globals).Get("/api/v1/info");
  const bool for_programs = globals.format == "json" || globals.format == "yaml";
  if (!answer || for_programs || !Find(*answer, "room.resources")) return ShowOne(globals, answer);
  std::ostream& out = *globals.out;
  const auto text = [&answer](const std::string& path) { return At(*answer, path); };
  out << "KuberLogic " << text("version") << "\n";
  if (!text("provider").empty())
    out << "billing: " << text("provider") << ", site " << text("site") << ", webhook "
        << text("webhookPath") << "\n";
  ValueList resources;
  for (const std::string name : {"cpu", "memory", "storage"}) {
    const auto* row = Find(*answer, "room.resources." + name);
    ValueMap named = row && row->as_map() ? *row->as_map() : ValueMap{};
    named["name"] = name;
    resources.emplace_back(std::move(named));
  }
  out << "\n";
  ShowList(
      globals, Value(std::move(resources)),
      {{"RESOURCE", "name"}, {"CAPACITY", "capacity"}, {"PROMISED", "promised"}, {"USED", "used"}});
  out << "\n";
  const auto* plans = Find(*answer, "room.plans");
  const auto* list = plans ? std::get_if<ValueList>(&plans->data) : nullptr;
  for (const Value& plan : list ? *list : ValueList{}) {
    const std::string room = At(plan, "roomFor");
    out << "room for " << (room.empty() ? "any number" : room) << " more of plan "
        << At(plan, "plan") << " (" << At(plan, "type") << ")\n";
  }
  if (const std::string waiting = text("room.waiting"); waiting != "0")
    out << waiting << " waiting for room\n";
  const auto* warnings = Find(*answer, "room.warnings");
  const auto* lines = warnings ? std::get_if<ValueList>(&warnings->data) : nullptr;
  for (const Value& each : lines ? *lines : ValueList{})
    out << Paint(globals, Tone::kWarn, "nearly full: " + OneLine(ToText(each))) << "\n";
  return 0;
}

int TemplateList(const Globals& globals) {
  auto list = Client(globals).Get("/api/v1/templates");
  if (!list) return Report(globals, list.error());
  ShowList(globals, *list, {{"TYPE", "type"}, {"CURRENT", "current"}, {"DIGEST", "digest"}});
  return 0;
}

// One screen: what is going on, what is owed, what needs a person.
int ShowStatus(const Globals& globals) {
  auto answer = Client(globals).Get("/api/v1/status");
  if (!answer) return Report(globals, answer.error());
  if (globals.format == "json" || globals.format == "yaml") {
    ShowObject(globals, *answer);
    return 0;
  }
  std::ostream& out = *globals.out;
  const auto line = [&out](const std::string& label, const std::string& text) {
    out << "  " << label << std::string(22 - label.size(), ' ') << text << "\n";
  };
  const auto count = [&answer](const char* path) { return At(*answer, path); };
  const bool reachable = At(*answer, "provider.reachable") == "true";
  const auto* person = Find(*answer, "needsPerson");
  const auto* list = person ? std::get_if<ValueList>(&person->data) : nullptr;
  const bool well = reachable && (!list || list->empty()) && count("services.failing") == "0";
  out << (well ? Paint(globals, Tone::kGood, "all is well")
               : Paint(globals, Tone::kWarn, "needs attention"))
      << "\n\n";
  line("services", count("services.all") + ": " + count("services.ready") + " ready, " +
                       count("services.starting") + " starting, " + count("services.paused") +
                       " paused, " + count("services.failing") + " failing");
  line("orders in flight", count("ordersInFlight"));
  line("owed write-backs", count("owedWriteBacks"));
  line("unmatched plans", count("unmatched"));
  line("billing provider",
       reachable ? "reachable" : "NOT reachable: " + At(*answer, "provider.error"));
  if (const std::string awaited = count("certificatesWaiting"); !awaited.empty() && awaited != "0")
    line("certificates awaited", awaited);
  line("gate", count("gateClosed") == "true" ? "CLOSED: nothing is stopped" : "open");
  const std::string last = At(*answer, "lastEventAt");
  line("last event", last.empty() ? "none since the start" : last);
  if (count("clockJumped") == "true")
    line("clock", "jumped by more than an hour; nothing is decided from it");
  if (list && !list->empty()) {
    out << "\n" << Paint(globals, Tone::kBold, "needs a person") << "\n";
    for (const Value& each : *list) out << "  " << OneLine(ToText(each)) << "\n";
  }
  const auto* orphans = Find(*answer, "orphans");
  const auto* found = orphans ? std::get_if<ValueList>(&orphans->data) : nullptr;
  if (found && !found->empty()) {
    out << "\n" << Paint(globals, Tone::kBold, "on the engine, known to no record") << "\n";
    for (const Value& each : *found) out << "  " << OneLine(ToText(each)) << "\n";
  }
  return 0;
}

}  // namespace kl::cli
