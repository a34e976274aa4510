// The login at a registry as the file that the engine's adapter reads.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace kl::cmd {

struct RegistryLogin {
  std::string url;  // "registry.example.com", or with scheme and path; Docker's own: "docker.io"
  std::string username;
  SecretString password;
};

// Writes `path` as `docker login` does, mode 0600, replacing what was there. kUnavailable when it
// cannot be written.
Status WriteRegistryAuth(const std::string& path, const RegistryLogin& login);

}  // namespace kl::cmd
