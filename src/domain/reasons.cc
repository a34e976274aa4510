#include "domain/reasons.h"

#include <array>

namespace kl::reason {
namespace {

// Sorted by word. A remedy names what a person can do; where it is empty, nothing need be done.
constexpr auto kAll = std::to_array<Reason>({
    {kAddressesUnknown, "No public address of this machine is known, so no certificate is ordered.",
     "Set `public_addresses` to the addresses its domains lead to."},
    {kCertificateAuthorityUnavailable,
     "The certificate authority cannot be reached, or does not serve this installation.",
     "Read its answer in the message; check `acme_directory`, `acme_ca_root` and the network. It "
     "is "
     "asked again by itself."},
    {kCertificateLimit, "A certificate waits for room within the authority's limits.", ""},
    {kCertificateOrdered, "A certificate is being ordered.", ""},
    {kCertificateRefused, "The certificate authority refused a certificate for this host.",
     "Read its answer in the message: port 80 of the host must lead here from outside. It is "
     "ordered again by itself, at growing intervals."},
    {kClockJumped, "The machine's clock moved by more than the time that passed.",
     "Set the clock right (for example with systemd-timesyncd); nothing is stopped on a clock that "
     "jumped."},
    {kCrashLooping, "A container ends again and again soon after it was started.",
     "Read its last lines with `kuberlogic service logs`; it is started again by itself, at "
     "growing intervals."},
    {kDeleting, "An operator asked for the removal of this instance, and it is under way.", ""},
    {kDnsUnavailable, "Nobody could be asked where the domain leads.",
     "Check the network and `dns_resolver`; it is asked again by itself."},
    {kDomainElsewhere, "The domain does not lead to this machine, so no certificate is ordered.",
     "Point the domain's A and AAAA records to this machine; if they do, correct "
     "`public_addresses`."},
    {kDomainFieldChanged,
     "Someone else changed the domain field at the billing provider after it was written.",
     "Leave it, or write it again with `kuberlogic subscription sync --republish`."},
    {kDomainFieldMissing, "The billing provider has no such custom field for the domain.",
     "Create the custom field of subscriptions at the provider (by default `cf_domain`); the write "
     "is "
     "tried again by itself."},
    {kDomainOwed, "The domain is still to be written to the subscription.", ""},
    {kDomainTaken, "Another instance of this installation already has that domain.",
     "Give one of the two instances another domain."},
    {kDomainWriteRefused, "The billing provider refused to write the domain.",
     "Read the provider's answer in the message and mend it there; the write is tried again by "
     "itself."},
    {kDomainWritten, "The subscription at the billing provider carries the domain.", ""},
    {kEndpointNotProbed, "The instance runs, and its domain has not been asked from outside yet.",
     ""},
    {kEngineUnavailable, "The container engine cannot be reached.",
     "Start the engine, or check the `engine` setting and the rights on its socket; work goes on "
     "by "
     "itself."},
    {kForeignInstance, "An instance of that name exists on the engine and belongs to someone else.",
     "Look at it with the engine's own tools; remove or rename it by hand if nobody needs it."},
    {kGateClosed,
     "More instances than usual would have stopped within an hour, so none are stopped now.",
     "Find out whether the cancellations are real; if they are, run `kuberlogic billing release`."},
    {kGatewayUnavailable, "The gateway that routes domains cannot be reached.",
     "Start the gateway, or check its administration address; routes are put again by themselves."},
    {kImageMissing, "The registry has no image of that name and tag.",
     "Correct the image in the template, or push it to the registry."},
    {kImagePullFailed, "The image could not be downloaded.",
     "Check the registry's address, credentials and reachability; it is tried again by itself."},
    {kMatchedPlan, "A template serves the plan of this subscription.", ""},
    {kNameTaken, "The wanted name belongs, or belonged within 400 days, to another customer.",
     "Choose another name."},
    {kNoRoom, "The machine has no room for it beside what others were promised.",
     "Nothing is lost: it starts by itself, in the order of arrival, when an instance goes or the "
     "machine grows. `kuberlogic info` shows what is promised."},
    {kNotAnswering, "All containers run, but the domain gives no good answer from outside.",
     "Open the domain, check its DNS record, and the template's port and health endpoint."},
    {kNotFoundAtProvider,
     "The billing provider does not know this subscription; that alone stops nothing.",
     "Check that site and key are those of this subscription."},
    {kNotStartedYet, "The subscription starts later.", ""},
    {kOtherSite, "The record belongs to another site of the provider than the configured one.",
     "Configure the site it came from, or leave it: such records are never changed."},
    {kOutOfMemory, "A container needed more memory than its limit and was ended.",
     "Give the plan more memory, or tell the application to use less."},
    {kParameterInvalid, "A value from plan, provider or operator does not fit the template.",
     "Correct the value named in the message where it is set."},
    {kPortClash, "Two containers of the instance listen on the same port.",
     "Change one of the ports: the containers of an instance share one network."},
    {kPortTaken, "A port of the machine that is needed is used by another program.",
     "Stop that program, or configure another port."},
    {kProviderDenied, "The billing provider refuses the API key, or its rights.",
     "Give a key that may read and write subscriptions."},
    {kProviderRateLimited, "The billing provider asked to slow down.", ""},
    {kProviderUnavailable, "The billing provider cannot be reached or answers with errors.",
     "Check the provider's status page and the network; it is tried again by itself."},
    {kReadLagging, "The provider's answers are older than an event it has sent already.", ""},
    {kReady, "Everything runs and answers.", ""},
    {kScheduledChanges,
     "The subscription has scheduled changes, which writing the domain would delete.",
     "Wait for them or remove them at the provider, or run `kuberlogic subscription publish "
     "--force`."},
    {kStarting, "The instance is being started.", ""},
    {kStorageCannotShrink, "A smaller storage was asked for than the instance has.",
     "Keep the size: storage only grows."},
    {kStorageFull, "The instance's storage is full.",
     "Give the plan more storage, or remove files of the instance."},
    {kStorageNotEnforced, "The storage limit is known but not enforced on this machine.",
     "Run as root with `data_dir` on btrfs to have it enforced."},
    {kSuspended, "The instance is stopped; its data, domain and secrets are kept.",
     "It starts again when the reason named in the message ends."},
    {kTemplateInvalid, "The template does not render with the values of this instance.",
     "Correct the template at the place named in the message; `kuberlogic template check` helps."},
    {kTemplateUnknown, "There is no template of that name.",
     "Install the template, or correct the instance's type."},
    {kTransferred, "The subscription was transferred at the provider and is managed elsewhere.",
     ""},
    {kUnhealthy, "A container runs, but its health check fails.",
     "Read its last lines with `kuberlogic service logs`."},
    {kUnknownStatus, "The provider gave a status that is not known here; nothing was changed.",
     "Update KuberLogic, or report the status word."},
    {kUnmatched, "No template names the plan of this subscription.",
     "Add the plan to a template's `x-kuberlogic-plans`, or list it in `billing_ignore`."},
    {kWaitingForDependency, "A container waits for another one to be ready.", ""},
    {kWriteLimit, "The domain was written three times today, which is the limit.",
     "Find out what keeps changing the domain; the next write is made tomorrow."},
});

}  // namespace

std::span<const Reason> All() { return kAll; }

}  // namespace kl::reason
