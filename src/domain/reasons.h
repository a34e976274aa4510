// The closed set of condition types and reasons. docs/operating/reasons.md explains each one; a
// test compares.
#pragma once

#include <span>
#include <string_view>

namespace kl::condition {
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kConfigurationError = "ConfigurationError";
inline constexpr std::string_view kProvisioningError = "ProvisioningError";
inline constexpr std::string_view kPaused = "Paused";
inline constexpr std::string_view kPublished = "DomainPublished";
inline constexpr std::string_view kMatched = "Matched";
inline constexpr std::string_view kObserved = "Observed";  // the provider could be read
inline constexpr std::string_view kStorage = "StorageEnforced";
inline constexpr std::string_view kRoom = "RoomForPlan";            // for greater limits
inline constexpr std::string_view kGate = "GateOpen";               // of a site
inline constexpr std::string_view kProvider = "ProviderReachable";  // of a site
}  // namespace kl::condition

namespace kl::reason {
struct Reason {
  std::string_view word;
  std::string_view meaning;  // one sentence for a person
  std::string_view remedy;   // what to do, empty when nothing
};
// All reasons, sorted by word.
std::span<const Reason> All();

inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kStarting = "Starting";
inline constexpr std::string_view kWaitingForDependency = "WaitingForDependency";
inline constexpr std::string_view kImageMissing = "ImageMissing";
inline constexpr std::string_view kImagePullFailed = "ImagePullFailed";
inline constexpr std::string_view kCrashLooping = "CrashLooping";
inline constexpr std::string_view kOutOfMemory = "OutOfMemory";
inline constexpr std::string_view kUnhealthy = "Unhealthy";
inline constexpr std::string_view kPortClash = "PortClash";
inline constexpr std::string_view kPortTaken = "PortTaken";
inline constexpr std::string_view kStorageFull = "StorageFull";
inline constexpr std::string_view kStorageNotEnforced = "StorageNotEnforced";
inline constexpr std::string_view kStorageCannotShrink = "StorageCannotShrink";
inline constexpr std::string_view kEngineUnavailable = "EngineUnavailable";
inline constexpr std::string_view kGatewayUnavailable = "GatewayUnavailable";
inline constexpr std::string_view kNoRoom = "NoRoom";
inline constexpr std::string_view kNotAnswering = "NotAnswering";
inline constexpr std::string_view kEndpointNotProbed = "EndpointNotProbed";
inline constexpr std::string_view kTemplateInvalid = "TemplateInvalid";
inline constexpr std::string_view kTemplateUnknown = "TemplateUnknown";
inline constexpr std::string_view kParameterInvalid = "ParameterInvalid";
inline constexpr std::string_view kDomainTaken = "DomainTaken";
inline constexpr std::string_view kNameTaken = "NameTaken";
inline constexpr std::string_view kForeignInstance = "ForeignInstance";
inline constexpr std::string_view kSuspended = "Suspended";
inline constexpr std::string_view kDeleting = "Deleting";
inline constexpr std::string_view kUnmatched = "Unmatched";
inline constexpr std::string_view kMatchedPlan = "MatchedPlan";
inline constexpr std::string_view kNotStartedYet = "NotStartedYet";  // future
inline constexpr std::string_view kUnknownStatus = "UnknownStatus";
inline constexpr std::string_view kTransferred = "Transferred";
inline constexpr std::string_view kNotFoundAtProvider = "NotFoundAtProvider";
inline constexpr std::string_view kOtherSite = "OtherSite";
inline constexpr std::string_view kProviderUnavailable = "ProviderUnavailable";
inline constexpr std::string_view kProviderRateLimited = "ProviderRateLimited";
inline constexpr std::string_view kProviderDenied = "ProviderDenied";
inline constexpr std::string_view kReadLagging = "ReadLagging";
inline constexpr std::string_view kGateClosed = "GateClosed";
inline constexpr std::string_view kDomainOwed = "DomainOwed";
inline constexpr std::string_view kDomainWritten = "DomainWritten";
inline constexpr std::string_view kDomainFieldChanged = "DomainFieldChanged";
inline constexpr std::string_view kDomainFieldMissing = "DomainFieldMissing";
inline constexpr std::string_view kDomainWriteRefused = "DomainWriteRefused";
inline constexpr std::string_view kScheduledChanges = "ScheduledChanges";
inline constexpr std::string_view kWriteLimit = "WriteLimit";
inline constexpr std::string_view kClockJumped = "ClockJumped";
// Why a host has no public certificate yet.
inline constexpr std::string_view kAddressesUnknown = "AddressesUnknown";
inline constexpr std::string_view kCertificateAuthorityUnavailable =
    "CertificateAuthorityUnavailable";
inline constexpr std::string_view kCertificateLimit = "CertificateLimit";
inline constexpr std::string_view kCertificateOrdered = "CertificateOrdered";
inline constexpr std::string_view kCertificateRefused = "CertificateRefused";
inline constexpr std::string_view kDnsUnavailable = "DnsUnavailable";
inline constexpr std::string_view kDomainElsewhere = "DomainElsewhere";
}  // namespace kl::reason
