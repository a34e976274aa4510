// Values -> bodies of the Engine API.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/engine_docker/labels.h"
#include "domain/app_spec.h"

namespace kl::docker {

// A bind mount; `source` is a path on the engine's machine.
struct Bind {
  std::string source;
  std::string target;
  bool read_only = false;
};

struct PauseContainer {
  std::string image;
  std::string network;
  std::string hostname;
  PortMap ports;
  Labels labels;
  Sysctls sysctls;
};
std::string EncodePause(const PauseContainer& pause);

struct MemberContainer {
  std::string pause_id;
  std::vector<Bind> binds;
  std::int64_t pids_max = 0;
  Labels labels;
  Sysctls sysctls;
};
std::string EncodeMember(const Member& member, const MemberContainer& container);

// A container never started, from which an image's files are read.
std::string EncodeReader(const std::string& image, const Labels& labels);

std::string EncodeExec(const std::vector<std::string>& argv,
                       const std::vector<std::string>& env = {});
// Docker's and Podman's form; Podman's compatible endpoint knows no isolation.
std::string EncodeNetwork(const std::string& name, const std::string& subnet, const Labels& labels,
                          bool podman);
// {"label":["a=b"],"type":["container"]}
std::string EncodeFilter(const std::vector<std::string>& labels, const std::string& type = {});
// X-Registry-Auth: URL-safe base64 of the login.
std::string EncodeAuth(const std::string& user, const std::string& password,
                       const std::string& registry);

// Capabilities of a member: a small default set, plus and minus what it asks for; sorted.
std::vector<std::string> Capabilities(const Member& member);

}  // namespace kl::docker
