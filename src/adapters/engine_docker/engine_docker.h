// Engine, EngineWatch, EngineConsole and InstanceExec over the Docker Engine API on a unix socket:
// Docker, or Podman's compatible service (4.3 and later). Runs on the engine's machine, as root:
// storage and files reach the containers as bind mounts.
//
// An instance is a pause container that holds the network namespace and the published ports, and
// one container per member that joins it. Restart policy is "no": this program supervises, and
// takes over what it finds running, by labels, without touching it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "net/io_loop.h"
#include "ports/engine.h"
#include "ports/exec.h"
#include "ports/volumes.h"

namespace kl {

struct EngineOptions {
  std::string socket;       // path of the engine's socket
  std::string owner;        // label value; installations that share an engine differ in it
  std::string files_dir;    // configuration files of the instances; created, entered by root only
  std::string pause_image;  // reference
  std::string pause_tar;    // archive loaded when the engine lacks pause_image; empty: pulled
  // Networks of instances are cut from this: /28s of 10.213.0.0/16.
  std::string subnet_pool = "10.213.0.0/16";
  int subnet_bits = 28;
  // Loopback ports on which instances are published.
  std::uint16_t port_first = 20000;
  std::uint16_t port_last = 29999;
  std::string registry_auth_file;                   // as `docker login` writes it; empty: none
  std::int64_t pids_max = 1024;                     // per container
  std::size_t operations_max = 8;                   // changes asked of the engine at the same time
  std::int64_t undeclared_storage_bytes = 1 << 30;  // an image's VOLUME the template does not name
  Duration sweep = std::chrono::seconds(30);        // how often everything is compared
};

class DockerEngine : public Engine, public EngineWatch, public EngineConsole, public InstanceExec {
 public:
  // Contacts nothing yet. kInvalid when an option makes no sense, kUnavailable when files_dir
  // cannot be created. `volumes`, `random` and `loop` outlive the engine.
  static Result<std::unique_ptr<DockerEngine>> Make(net::IoLoop& loop, EngineOptions options,
                                                    Volumes& volumes,
                                                    Random& random = SystemRandom());
  ~DockerEngine() override;

  // kUnavailable while the engine does not answer: it cannot be known then whether the name is
  // taken.
  Task<Status> Apply(AppSpec spec) override;
  Task<Status> Stop(ServiceName name, ServiceUid uid) override;
  // Of an instance that is not supervised (no Apply or Stop since the start of this program) the
  // phase is at most kStarting: nobody has asked yet whether it is healthy.
  Task<Result<Observed>> Observe(ServiceName name, ServiceUid uid) override;
  Task<Status> Remove(ServiceName name, ServiceUid uid) override;
  Task<Result<std::vector<Found>>> Inventory() override;

  Task<std::vector<ServiceName>> Next() override;

  // kNotFound when the member has no container. A follower's stream ends when its container does.
  Task<Result<std::unique_ptr<LogReader>>> Logs(ServiceName name, ServiceUid uid,
                                                LogQuery query) override;

  Task<Result<CommandOutcome>> Run(ServiceName name, ServiceUid uid,
                                   InstanceCommand command) override;

 private:
  struct Impl;
  explicit DockerEngine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kl
