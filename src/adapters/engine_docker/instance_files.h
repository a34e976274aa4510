// What an instance has on this machine besides its storage: its record and the files mounted into
// its members. All functions block; call them on an OffloadPool's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/engine_docker/labels.h"
#include "base/result.h"

namespace kl::docker {

// Survives the loss of all containers (a reboot on some engines): the name for an inventory, and
// ports that stay the same. Never holds a secret.
struct InstanceRecord {
  ServiceUid uid;
  std::string service;
  std::string subscription;
  std::string spec_digest;
  PortMap ports;
  bool has_storage = false;  // was created once: its absence later is a loss, not a beginning
  bool operator==(const InstanceRecord&) const = default;
};

// root/<uid>/: `record`, `hosts`, `files/<member>/<number>`. The root is entered by its owner only;
// below it the files have the modes the members are to see.
class InstanceFiles {
 public:
  explicit InstanceFiles(std::string root) : root_(std::move(root)) {}
  // kUnavailable when the root cannot be made.
  Status Prepare() const;

  // Written only where the content differs. The hosts file keeps its inode, so that running members
  // see a change.
  Status Write(const AppSpec& spec) const;
  Status WriteRecord(const InstanceRecord& record) const;
  std::optional<InstanceRecord> ReadRecord(const ServiceUid& uid) const;
  std::vector<InstanceRecord> Records() const;
  // Absent: no error.
  Status Remove(const ServiceUid& uid) const;

  std::string HostsPath(const ServiceUid& uid) const { return root_ + "/" + uid.str() + "/hosts"; }
  std::string FilePath(const AppSpec& spec, const Member& member, std::size_t index) const;
  // For work in progress; removed with the instance.
  std::string ScratchPath(const ServiceUid& uid) const {
    return root_ + "/" + uid.str() + "/scratch";
  }

 private:
  std::string root_;
};

// Members, the service's own name and localhost are loopback; extra hosts as given.
std::string HostsText(const AppSpec& spec);

}  // namespace kl::docker
