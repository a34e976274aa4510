// The part of the Docker Engine API that is used here, as Tasks.
//
// Errors: kUnavailable only when the engine cannot be reached or does not answer in time; kNotFound
// (404), kConflict (409), kInvalid (400), kExhausted (its disk is full); every other refusal is
// kInternal with the engine's message. What a refusal means is decided by reading again: Podman
// answers 500 where Docker answers 409.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/engine_docker/throttle.h"
#include "adapters/engine_docker/types.h"
#include "net/http.h"

namespace kl::docker {

class EngineApi {
 public:
  EngineApi(net::IoLoop& loop, const std::string& socket, std::size_t operations_max);

  // Asks which engine and which version it is, once. Every other call does it first.
  Task<Status> Connect();
  // Ask again at the next call: the engine was restarted and may be another.
  void Forget() { connected_ = false; }
  bool podman() const { return podman_; }

  // All containers, in any state, that carry all these labels ("name=value" or "name").
  Task<Result<std::vector<ContainerSummary>>> ListContainers(std::vector<std::string> labels);
  Task<Result<ContainerDetail>> InspectContainer(std::string id);
  // Returns the id. kNotFound: no such image. kConflict or kInternal: perhaps the name is taken.
  Task<Result<std::string>> CreateContainer(std::string name, std::string body);
  Task<Status> StartContainer(std::string id);  // running already: no error
  // Its stop signal, after `grace` the kill signal. Not running: no error.
  Task<Status> StopContainer(std::string id, Duration grace);
  Task<Status> UnpauseContainer(std::string id);
  Task<Status> RemoveContainer(std::string id);  // with kill; absent: no error
  // Runs a command inside and waits for its end. `env`: NAME=value beside the container's own.
  // kConflict: it does not run. kUnavailable at the time-out.
  Task<Result<ExecResult>> Exec(std::string id, std::vector<std::string> argv, Duration limit,
                                std::vector<std::string> env = {});
  // The tar archive of `path` inside, piece by piece. kNotFound: no such path.
  Task<Result<std::unique_ptr<net::BodyReader>>> Archive(std::string id, std::string path);
  // Framed output, see frames.h. `tail` < 0: all.
  Task<Result<std::unique_ptr<net::BodyReader>>> Logs(std::string id, int tail, bool follow);
  // Container events as JSON lines from `since` (seconds; 0: from now) on, for ever.
  Task<Result<std::unique_ptr<net::BodyReader>>> Events(std::string label, std::int64_t since);

  Task<Result<ImageInfo>> InspectImage(std::string reference);  // kNotFound: not there
  // `auth`: value of X-Registry-Auth, may be empty. kInternal with the registry's words.
  Task<Status> PullImage(std::string reference, std::string auth);
  Task<Status> LoadImage(std::string tar);

  // Kept apart from every other network. kInternal when the subnet is in use.
  Task<Status> CreateNetwork(std::string name, std::string subnet, Labels labels);
  Task<Result<NetworkInfo>> InspectNetwork(std::string name);  // kNotFound: not there
  Task<Status> RemoveNetwork(std::string name);                // absent: no error
  Task<Result<std::vector<NetworkInfo>>> ListNetworks();

 private:
  struct Call {
    std::string method;
    std::string path;  // after the version
    std::string body;
    std::string content_type = "application/json";
    std::string auth;
    bool libpod = false;
    bool waits = false;  // may take long while the engine is at leisure: outside the throttle
    Duration limit = std::chrono::seconds(60);
  };
  net::Request ToRequest(Call call) const;
  Task<Result<net::Response>> Send(Call call);
  Task<Result<std::unique_ptr<net::BodyReader>>> Stream(Call call);
  // Send, and an error unless the status is below 300, or is `also`.
  Task<Result<std::string>> Expect(Call call, int also = 0);

  net::IoLoop& loop_;
  std::unique_ptr<net::HttpClient> client_;  // answers at once
  std::unique_ptr<net::HttpClient> waiter_;  // streams, pulls, stops
  Throttle changes_;
  bool connected_ = false;
  bool podman_ = false;
  std::string version_ = "/v1.41";
};

// "docker.io/library/nginx:1" -> repository and tag or digest; "latest" when it has neither.
struct ImageReference {
  std::string registry;    // host of the registry, "docker.io" when none is named
  std::string repository;  // as written, without tag
  std::string tag;         // "1" or "sha256:..."
};
ImageReference ParseImageReference(std::string_view text);

}  // namespace kl::docker
