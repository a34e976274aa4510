#include "adapters/engine_docker/decode.h"

#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/hash.h"

namespace kl::docker {
namespace json = boost::json;
namespace {

Result<json::value> Parse(std::string_view text) {
  boost::system::error_code code;
  json::value value = json::parse(json::string_view(text.data(), text.size()), code);
  if (code) return Fail(ErrorKind::kInternal, "engine: answer is not JSON: " + code.message());
  return value;
}

const json::object* Object(const json::value* value) {
  return value == nullptr ? nullptr : value->if_object();
}
const json::value* Get(const json::object* object, std::string_view name) {
  return object == nullptr ? nullptr
                           : object->if_contains(json::string_view(name.data(), name.size()));
}
std::string Text(const json::object* object, std::string_view name) {
  const json::value* value = Get(object, name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}
std::int64_t Number(const json::object* object, std::string_view name) {
  const json::value* value = Get(object, name);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code code;
  const auto number = value->to_number<std::int64_t>(code);
  return code ? 0 : number;
}
bool Flag(const json::object* object, std::string_view name) {
  const json::value* value = Get(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Labels LabelsIn(const json::object* object, std::string_view name) {
  Labels labels;
  if (const json::object* from = Object(Get(object, name))) {
    for (const auto& [key, value] : *from) {
      if (value.is_string()) labels.emplace(key, value.get_string());
    }
  }
  return labels;
}

const json::array* Array(const json::value* value) {
  return value == nullptr ? nullptr : value->if_array();
}

std::unexpected<Error> Unexpected(const std::string& what) {
  return Fail(ErrorKind::kInternal, "engine: unexpected answer: " + what);
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.size() > 300) text.resize(300);
  return text;
}

NetworkInfo NetworkOf(const json::object* item) {
  NetworkInfo network{.name = Text(item, "Name"), .labels = LabelsIn(item, "Labels")};
  if (network.name.empty()) network.name = Text(item, "name");
  if (network.labels.empty()) network.labels = LabelsIn(item, "labels");
  const json::array* subnets = Array(Get(Object(Get(item, "IPAM")), "Config"));
  if (subnets == nullptr) subnets = Array(Get(item, "subnets"));
  if (subnets == nullptr) return network;
  for (const auto& subnet : *subnets) {
    std::string text = Text(subnet.if_object(), "Subnet");
    if (text.empty()) text = Text(subnet.if_object(), "subnet");
    if (!text.empty()) network.subnets.push_back(std::move(text));
  }
  return network;
}

}  // namespace

Result<std::vector<ContainerSummary>> DecodeContainers(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  const json::array* list = value.if_array();
  if (list == nullptr) return Unexpected("list of containers");
  std::vector<ContainerSummary> containers;
  for (const auto& item : *list) {
    const json::object* object = item.if_object();
    ContainerSummary container{.id = Text(object, "Id"),
                               .state = Text(object, "State"),
                               .labels = LabelsIn(object, "Labels")};
    const json::array* names = Array(Get(object, "Names"));
    if (names != nullptr && !names->empty() && names->front().is_string()) {
      container.name = std::string(names->front().get_string());
      if (container.name.starts_with('/')) container.name.erase(0, 1);
    }
    if (container.id.empty()) return Unexpected("container without id");
    containers.push_back(std::move(container));
  }
  return containers;
}

Result<ContainerDetail> DecodeContainer(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  const json::object* object = value.if_object();
  const json::object* state = Object(Get(object, "State"));
  if (state == nullptr) return Unexpected("container without state");
  const json::object* host = Object(Get(object, "HostConfig"));
  ContainerDetail detail;
  detail.id = Text(object, "Id");
  detail.state = Text(state, "Status");
  detail.oom_killed = Flag(state, "OOMKilled");
  detail.exit_code = static_cast<int>(Number(state, "ExitCode"));
  detail.pid = static_cast<int>(Number(state, "Pid"));
  detail.started_ns = ParseTime(Text(state, "StartedAt"));
  detail.finished_ns = ParseTime(Text(state, "FinishedAt"));
  detail.network_mode = Text(host, "NetworkMode");
  detail.memory_bytes = Number(host, "Memory");
  return detail;
}

Result<ImageInfo> DecodeImage(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  const json::object* object = value.if_object();
  ImageInfo image{.id = Text(object, "Id")};
  if (image.id.empty()) return Unexpected("image without id");
  if (const json::object* volumes = Object(Get(Object(Get(object, "Config")), "Volumes"))) {
    for (const auto& [path, unused] : *volumes) image.volumes.emplace_back(path);
  }
  return image;
}

Result<std::vector<NetworkInfo>> DecodeNetworks(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  const json::array* list = value.if_array();
  if (list == nullptr) return Unexpected("list of networks");
  std::vector<NetworkInfo> networks;
  for (const auto& item : *list) networks.push_back(NetworkOf(item.if_object()));
  return networks;
}

Result<NetworkInfo> DecodeNetwork(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  NetworkInfo network = NetworkOf(value.if_object());
  if (network.name.empty()) return Unexpected("network without name");
  return network;
}

Result<EngineEvent> DecodeEvent(std::string_view line) {
  KL_TRY(const json::value value, Parse(line));
  const json::object* object = value.if_object();
  const json::object* actor = Object(Get(object, "Actor"));
  EngineEvent event{.action = Text(object, "Action"),
                    .id = Text(actor, "ID"),
                    .labels = LabelsIn(actor, "Attributes"),
                    .seconds = Number(object, "time")};
  if (event.action.empty()) return Unexpected("event without action");
  return event;
}

Result<std::string> DecodeId(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  std::string id = Text(value.if_object(), "Id");
  if (id.empty()) id = Text(value.if_object(), "id");
  if (id.empty()) return Unexpected("object without id");
  return id;
}

Result<std::optional<int>> DecodeExec(std::string_view text) {
  KL_TRY(const json::value value, Parse(text));
  const json::object* object = value.if_object();
  if (Flag(object, "Running")) return std::optional<int>();
  return std::optional<int>(static_cast<int>(Number(object, "ExitCode")));
}

std::string ErrorInProgress(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.find("\"error\"") == std::string_view::npos) continue;
    const auto value = Parse(line);
    if (!value) continue;
    if (std::string error = Text(value->if_object(), "error"); !error.empty()) {
      return OneLine(std::move(error));
    }
  }
  return {};
}

std::string ErrorMessage(std::string_view body) {
  const auto value = Parse(body);
  std::string message = value ? Text(value->if_object(), "message") : std::string(body);
  if (message.empty()) message = std::string(body);
  return OneLine(std::move(message));
}

std::int64_t ParseTime(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%d-%d-%dT%d:%d:%d%n", &year, &month, &day, &hour, &minute, &second,
                  &used) != 6 ||
      year < 1970) {
    return 0;
  }
  using namespace std::chrono;
  const sys_days date = std::chrono::year(year) / month / day;
  std::int64_t seconds = date.time_since_epoch().count() * 86400LL + hour * 3600 + minute * 60;
  seconds += second;
  std::string_view rest = std::string_view(copy).substr(used);
  std::int64_t nanos = 0;
  if (rest.starts_with('.')) {
    std::string digits(rest.substr(1, rest.find_first_not_of("0123456789", 1) - 1));
    rest.remove_prefix(1 + digits.size());
    digits.resize(9, '0');
    std::from_chars(digits.data(), digits.data() + 9, nanos);
  }
  int zone_hours = 0, zone_minutes = 0;
  const std::string zone(rest);
  if (zone.size() == 6 && std::sscanf(zone.c_str() + 1, "%d:%d", &zone_hours, &zone_minutes) == 2) {
    seconds -= (zone[0] == '-' ? -1 : 1) * (zone_hours * 3600 + zone_minutes * 60);
  }
  return seconds * 1'000'000'000 + nanos;
}

Result<std::optional<RegistryLogin>> DecodeLogin(std::string_view config, std::string_view host) {
  KL_TRY(const json::value value, Parse(config));
  const json::object* auths = Object(Get(value.if_object(), "auths"));
  const json::object* entry = Object(Get(auths, host));
  // Docker's own name for its registry in this file.
  if (entry == nullptr && host == "docker.io") {
    entry = Object(Get(auths, "https://index.docker.io/v1/"));
  }
  if (entry == nullptr) return std::optional<RegistryLogin>();
  const auto both = Base64Decode(Text(entry, "auth"));
  const auto colon = both ? both->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return Fail(ErrorKind::kInvalid,
                "registry login: no user and password for " + std::string(host) + ": log in again");
  }
  return std::optional(RegistryLogin{both->substr(0, colon), both->substr(colon + 1)});
}

}  // namespace kl::docker
