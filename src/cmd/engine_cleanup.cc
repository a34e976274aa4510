#include "cmd/engine_cleanup.h"

#include <filesystem>

#include "adapters/engine_docker/api.h"
#include "adapters/engine_docker/labels.h"
#include "cmd/find_engine.h"
#include "net/run_task.h"

namespace kl::cmd {
namespace {

Task<Result<Removed>> RemoveAll(docker::EngineApi& api, std::string owner) {
  Removed removed;
  std::vector<std::string> labels = {std::string(docker::label::kOwner) + "=" + owner};
  KL_CO_TRY(auto containers, co_await api.ListContainers(std::move(labels)));
  // Members first: the pause cannot go before those that share its network.
  for (const bool pause : {false, true}) {
    for (const docker::ContainerSummary& each : containers) {
      if (docker::LabelOf(each.labels, docker::label::kMember).empty() != pause) continue;
      KL_CO_RETURN_IF_ERROR(co_await api.RemoveContainer(each.id));
      ++removed.containers;
    }
  }
  KL_CO_TRY(auto networks, co_await api.ListNetworks());
  for (const docker::NetworkInfo& each : networks) {
    if (docker::LabelOf(each.labels, docker::label::kOwner) != owner) continue;
    KL_CO_RETURN_IF_ERROR(co_await api.RemoveNetwork(each.name));
    ++removed.networks;
  }
  co_return removed;
}

}  // namespace

Result<Removed> RemoveFromEngine(net::IoLoop& loop, const Config& config) {
  const std::string id_file = config.data_dir + "/installation-id";
  if (!std::filesystem::exists(id_file)) return Removed{};
  KL_TRY(std::string owner, ReadFile(id_file));
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  KL_TRY(const std::string socket, FindEngine(config));
  docker::EngineApi api(loop, socket, 1);
  return net::RunTaskToEnd(loop, RemoveAll(api, std::move(owner)));
}

}  // namespace kl::cmd
