// Lists of containers. The engine looks at all it has for each list, so what many ask for at once,
// as after a restart, is answered by few lists of everything.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/engine_docker/api.h"
#include "adapters/engine_docker/labels.h"

namespace kl::docker {

class Lister {
 public:
  // Both outlive it. `owner` is the installation's id.
  Lister(Loop& loop, EngineApi& api, std::string owner)
      : loop_(loop), api_(api), owner_(std::move(owner)), scope_(loop) {}

  // The installation's containers that have these labels, as they were at some moment after the
  // call. Errors are the engine's.
  Task<Result<std::vector<ContainerSummary>>> Find(Labels wanted);

 private:
  using Containers = std::vector<ContainerSummary>;
  struct Flight {
    explicit Flight(Loop& loop) : done(loop) {}
    Event done;
    std::optional<Result<std::shared_ptr<const Containers>>> result;
  };

  Task<Result<std::shared_ptr<const Containers>>> All();
  Task<void> Fly();

  Loop& loop_;
  EngineApi& api_;
  const std::string owner_;
  int asking_ = 0;
  bool flying_ = false;
  std::shared_ptr<Flight> next_;  // begins when the present one has landed
  TaskScope scope_;
};

}  // namespace kl::docker
