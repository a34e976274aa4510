// Names and labels of what belongs to an instance on the engine. Labels are the record: whatever
// runs is found and taken over by them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/app_spec.h"

namespace kl::docker {

using Labels = std::map<std::string, std::string, std::less<>>;

namespace label {
inline constexpr std::string_view kOwner = "kuberlogic.com/owner";
inline constexpr std::string_view kService = "kuberlogic.com/service";
inline constexpr std::string_view kUid = "kuberlogic.com/uid";
inline constexpr std::string_view kSubscription = "kuberlogic.com/subscription";
inline constexpr std::string_view kMember = "kuberlogic.com/member";  // empty: the pause container
inline constexpr std::string_view kSpecDigest = "kuberlogic.com/spec-digest";
inline constexpr std::string_view kMemberDigest = "kuberlogic.com/member-digest";
inline constexpr std::string_view kPorts = "kuberlogic.com/port";  // "8080=20001,9000=20002"
}  // namespace label

// Container port and the loopback port it is published on.
using PortMap = std::map<std::uint16_t, std::uint16_t>;
std::string PortsText(const PortMap& ports);
PortMap ParsePorts(std::string_view text);  // what is not understood is left out

// Value of a label, empty when absent.
std::string_view LabelOf(const Labels& labels, std::string_view name);

// "kl-<service>-<first 8 of uid>": the pause container and the network.
std::string PodName(const ServiceName& name, const ServiceUid& uid);
std::string MemberContainerName(const AppSpec& spec, const Member& member);

// Labels all of an instance's objects carry.
Labels InstanceLabels(const std::string& owner, const AppSpec& spec);

// Container ports to publish: those of routes and of HTTP probes.
std::vector<std::uint16_t> PublishedPorts(const AppSpec& spec);
// Digest of what the pause container is made from. Its image is left out: a new release of this
// program restarts nobody.
// The part of AppSpec::sysctls that belongs to the network namespace, which is the pause's, or the
// part that belongs to the IPC namespace each member has.
using Sysctls = std::map<std::string, std::string>;
Sysctls NetworkSysctls(const AppSpec& spec);
Sysctls IpcSysctls(const AppSpec& spec);
std::string PauseDigest(const AppSpec& spec);

}  // namespace kl::docker
