// `ports` and `expose`: which ports of its own a service answers at. What a port is published as is
// a name of the past: the instance has a domain instead.
#include <array>
#include <charconv>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// The first port under `ports` is the one customers reach.
void Add(const Cursor& at, std::uint16_t port, bool exposed, ServiceDraft& service) {
  if (exposed && !service.exposed) service.exposed = {port, at.mark()};
  for (const auto& known : service.ports)
    if (known.value == port) return;
  service.ports.push_back({port, at.mark()});
}

bool CheckProtocol(const Cursor& at, std::string_view protocol) {
  if (protocol == "tcp") return true;
  at.Error("only TCP is routed to an instance: remove this port");
  return false;
}

// [[host:]published:]target[/protocol]
void ReadShort(const Cursor& at, bool exposed, ServiceDraft& service) {
  auto given = at.NonEmptyText();
  if (!given) return;
  std::string_view text = *given;
  if (std::size_t slash = text.rfind('/'); slash != text.npos) {
    if (!CheckProtocol(at, text.substr(slash + 1))) return;
    text = text.substr(0, slash);
  }
  std::string_view target = text.substr(text.rfind(':') + 1);
  if (target.find('-') != target.npos)
    return at.Error("a range of ports: name each port in a line of its own");
  auto port = ParsePort(target);
  if (!port) return at.Error("a port from 1 to 65535 is wanted here, not " + at.Shown());
  Add(at, *port, exposed, service);
}

// A port in its long form, while it is read.
struct LongPort {
  std::optional<std::uint16_t> target;
  bool ok = true;
};

void ReadTarget(const Cursor& at, LongPort& port) {
  auto number = at.Integer(1, 65535);
  if (number) port.target = static_cast<std::uint16_t>(*number);
  port.ok = port.ok && number;
}
void ReadProtocol(const Cursor& at, LongPort& port) {
  auto text = at.Text();
  port.ok = port.ok && text && CheckProtocol(at, *text);
}

constexpr std::string_view kDomain = "an instance is reached by its domain";
constexpr std::array kLongRules = {
    NoteKey<LongPort>("app_protocol", kDomain),  NoteKey<LongPort>("host_ip", kDomain),
    NoteKey<LongPort>("mode", kDomain),          NoteKey<LongPort>("name", kDomain),
    KeyRule<LongPort>{"protocol", ReadProtocol}, NoteKey<LongPort>("published", kDomain),
    KeyRule<LongPort>{"target", ReadTarget},
};

}  // namespace

// What a service inherits it listens at, too, but its own first port is the one exposed.
void ReadPorts(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null() || !at.ExpectList("a list of ports")) return;
  auto inherited = std::exchange(service.exposed, std::nullopt);
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    if (!item.node().is_mapping()) {
      ReadShort(item, true, service);
      continue;
    }
    LongPort port;
    ReadKeys<LongPort>(item, kLongRules, port);
    if (port.target && port.ok)
      Add(item, *port.target, true, service);
    else if (port.ok)
      item.Error("the port has no `target`");
  }
  if (!service.exposed) service.exposed = inherited;
}

void ReadExpose(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null() || !at.ExpectList("a list of ports")) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) ReadShort(Cursor(at, i), false, service);
}

}  // namespace kl::tmpl
