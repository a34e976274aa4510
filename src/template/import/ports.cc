// `ports`: the one a browser visits makes the route; what others publish for a person at the
// machine is only declared.
#include <algorithm>

#include "template/import/draft.h"

namespace kl::importer {
namespace {

std::string Name(int port) { return std::to_string(port); }

class Ports {
 public:
  explicit Ports(Draft& draft) : draft_(draft) {}

  void Run() {
    for (const tmpl::Entry& service : Services(draft_)->entries) {
      const tmpl::Entry* ports = FindEntry(*service.value, "ports");
      if (!ports || ports->value->is_null() || !ports->value->is_sequence()) continue;
      const bool web =
          std::ranges::find(draft_.web_services, service.key) != draft_.web_services.end();
      if (web)
        Web(service, *ports);
      else
        Hide(service, *ports);
    }
    Route();
    draft_.Apply(std::move(edits_), "ports");
  }

 private:
  std::string PathOf(const tmpl::Entry& service) const {
    return "services." + service.key + ".ports";
  }

  // Removes what no browser visits, and asks when more than one port is left.
  void Web(const tmpl::Entry& service, const tmpl::Entry& ports) {
    const auto kept = WebPorts(draft_, *service.value);
    auto is_kept = [&](const PortUse& port) {
      return port.target == 0 || std::ranges::find(kept, port.item, &PortUse::item) != kept.end();
    };
    for (const PortUse& port : PortsOf(draft_, *service.value)) {
      if (is_kept(port)) continue;
      edits_.push_back(draft_.source.RemoveItem(*ports.value, *port.item));
      const std::string why = port.target == 443 && port.tcp ? "TLS ends before the instance"
                                                             : "only HTTP is routed to an instance";
      draft_.Change(port.item->begin.line, PathOf(service),
                    "port " + Name(port.target) + (port.tcp ? "" : "/udp") + " dropped: " + why);
    }
    if (kept.size() < 2) return;
    std::string list;
    for (const PortUse& port : kept) (list += list.empty() ? "" : ", ") += Name(port.target);
    draft_.Decide(ports.mark.line, PathOf(service),
                  "which port customers visit: " + list + "; the first one counts, " +
                      Name(kept.front().target) + " as it stands: put the right one first");
  }

  // A database published for a client on the machine.
  void Hide(const tmpl::Entry& service, const tmpl::Entry& ports) {
    const SourceText& source = draft_.source;
    std::vector<std::string> targets;
    for (const PortUse& port : PortsOf(draft_, *service.value)) {
      if (port.target == 0) return;  // a range: the dialect's own message says what to do
      if (port.tcp) targets.push_back(Name(port.target));
    }
    std::set<std::string> known;
    if (const tmpl::Node* expose = service.value->Find("expose"))
      for (const tmpl::Node* item : expose->items) known.insert(item->scalar);
    std::erase_if(targets, [&](const std::string& port) { return known.contains(port); });
    draft_.Change(
        ports.mark.line, PathOf(service),
        "`expose` instead: customers do not visit it, and the services of an instance reach "
        "each other anyway");
    if (targets.empty() || !known.empty()) {
      edits_.push_back(source.RemoveEntry(*service.value, ports));
      return;
    }
    std::string list;
    for (const std::string& port : targets)
      (list += list.empty() ? "" : ", ") += "\"" + port + "\"";
    const std::size_t begin = source.OffsetOf(ports.mark);
    const bool flow = source.IsFlow(*service.value);
    const std::size_t end = flow ? source.InlineEnd(*ports.value)
                                 : source.LineBegin(source.LastLineOf(ports.mark, false) + 1);
    edits_.push_back({begin, end, "expose: [" + list + "]" + (flow ? "" : "\n")});
  }

  void Route() {
    const auto& web = draft_.web_services;
    if (web.empty())
      draft_.Decide(
          FindEntry(draft_.source.root(), "services")->mark.line, "services",
          "which service customers visit: none publishes a port a browser could use; give "
          "that one `ports`" +
              Hint());
    if (web.size() < 2) return;
    std::string list;
    for (const std::string& name : web) (list += list.empty() ? "" : ", ") += name;
    for (const std::string& name : web) {
      const tmpl::Entry* service = FindEntry(*Services(draft_), name);
      const tmpl::Entry* ports = FindEntry(*service->value, "ports");
      draft_.Decide(
          ports->mark.line, "services." + name + ".ports",
          "which service customers visit: " + list +
              "; leave `ports` to one, and replace it by `expose` in the others or give them an "
              "x-kuberlogic-access-http-path such as /" +
              name);
    }
  }

  // A reverse proxy in front of the application told its port by a label.
  std::string Hint() const {
    for (const tmpl::Entry& service : Services(draft_)->entries) {
      const tmpl::Node* labels = service.value->Find("labels");
      if (!labels) continue;
      for (const tmpl::Node* item : labels->items)
        if (const std::size_t at = item->scalar.find("loadbalancer.server.port=");
            at != std::string::npos)
          return "; a label says " + service.key + " listens on " + item->scalar.substr(at + 25);
    }
    return "";
  }

  Draft& draft_;
  std::vector<Edit> edits_;
};

}  // namespace

void RewritePorts(Draft& draft) { Ports(draft).Run(); }

}  // namespace kl::importer
