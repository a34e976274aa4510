#include "adapters/engine_docker/labels.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "ports/engine.h"

namespace kl::docker {
namespace {

// 0 when `text` is no port.
std::uint16_t ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : 0;
}

}  // namespace

std::string PortsText(const PortMap& ports) {
  std::string text;
  for (const auto& [inside, outside] : ports) {
    if (!text.empty()) text += ',';
    text += std::to_string(inside) + "=" + std::to_string(outside);
  }
  return text;
}

PortMap ParsePorts(std::string_view text) {
  PortMap ports;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const auto inside = ParsePort(item.substr(0, equals));
    const auto outside = ParsePort(item.substr(equals + 1));
    if (inside != 0 && outside != 0) ports.emplace(inside, outside);
  }
  return ports;
}

std::string_view LabelOf(const Labels& labels, std::string_view name) {
  const auto it = labels.find(name);
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

std::string PodName(const ServiceName& name, const ServiceUid& uid) {
  return "kl-" + name.str() + "-" + uid.str().substr(0, 8);
}

std::string MemberContainerName(const AppSpec& spec, const Member& member) {
  return PodName(spec.name, spec.uid) + "-" + member.name;
}

Labels InstanceLabels(const std::string& owner, const AppSpec& spec) {
  Labels labels;
  labels.emplace(label::kOwner, owner);
  labels.emplace(label::kService, spec.name.str());
  labels.emplace(label::kUid, spec.uid.str());
  labels.emplace(label::kSubscription, spec.subscription);
  labels.emplace(label::kSpecDigest, Digest(spec));
  return labels;
}

std::vector<std::uint16_t> PublishedPorts(const AppSpec& spec) {
  std::set<std::uint16_t> ports;
  for (const auto& route : spec.routes) ports.insert(route.port);
  for (const auto& member : spec.members) {
    if (member.probe && member.probe->exec.empty()) ports.insert(member.probe->http_port);
  }
  ports.erase(0);
  return {ports.begin(), ports.end()};
}

Sysctls NetworkSysctls(const AppSpec& spec) {
  Sysctls out = spec.sysctls;
  std::erase_if(out, [](const auto& entry) { return !entry.first.starts_with("net."); });
  return out;
}

Sysctls IpcSysctls(const AppSpec& spec) {
  Sysctls out = spec.sysctls;
  std::erase_if(out, [](const auto& entry) { return entry.first.starts_with("net."); });
  return out;
}

std::string PauseDigest(const AppSpec& spec) {
  std::string text = spec.name.str();
  for (const auto port : PublishedPorts(spec)) text += "," + std::to_string(port);
  for (const auto& [name, value] : NetworkSysctls(spec)) text += "," + name + "=" + value;
  return Sha256Hex(text);
}

}  // namespace kl::docker
