// Answers of the Engine API -> values. kInternal when an answer is not what the API promises.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/engine_docker/types.h"
#include "base/result.h"

namespace kl::docker {

Result<std::vector<ContainerSummary>> DecodeContainers(std::string_view json);
Result<ContainerDetail> DecodeContainer(std::string_view json);
Result<ImageInfo> DecodeImage(std::string_view json);
// The Docker form and Podman's own.
Result<std::vector<NetworkInfo>> DecodeNetworks(std::string_view json);
Result<NetworkInfo> DecodeNetwork(std::string_view json);
Result<EngineEvent> DecodeEvent(std::string_view line);
// Member "Id" or "id" of an object.
Result<std::string> DecodeId(std::string_view json);
// Exit code of /exec/{id}/json; none while it runs.
Result<std::optional<int>> DecodeExec(std::string_view json);
// The first "error" in a stream of JSON progress lines, empty when there is none.
std::string ErrorInProgress(std::string_view lines);
// "message" of an error answer in one line of at most 300 characters, or the text itself.
std::string ErrorMessage(std::string_view body);
// Nanoseconds since the epoch of an RFC 3339 time; 0 for the zero time or what is not one.
std::int64_t ParseTime(std::string_view text);

struct RegistryLogin {
  std::string user;
  std::string password;
};
// The login for a registry's host in a docker config.json; none when it has none.
Result<std::optional<RegistryLogin>> DecodeLogin(std::string_view config, std::string_view host);

}  // namespace kl::docker
