// Limits and reservations a service sets for itself.
#include <array>

#include "template/app_draft.h"
#include "template/duration.h"

namespace kl::tmpl {
namespace {

constexpr std::int64_t kMemoryMin = 6 << 20;  // engines refuse less

// Thousandths of a CPU; nullopt after reporting.
std::optional<std::int64_t> Cpus(const Cursor& at) {
  auto text = at.NonEmptyText();
  if (!text) return std::nullopt;
  auto millis = ParseCpus(*text);
  if (millis && *millis > 0) return millis;
  at.Error("a number of CPUs such as 0.5 or 250m is wanted here, not " + at.Shown());
  return std::nullopt;
}

// At least `low`; nullopt after reporting.
std::optional<std::int64_t> Bytes(const Cursor& at, std::int64_t low) {
  auto text = at.NonEmptyText();
  if (!text) return std::nullopt;
  auto bytes = ParseBytes(*text);
  if (bytes && *bytes >= low) return bytes;
  at.Error(bytes ? "at least " + std::to_string(low) + " bytes are wanted here, not " + at.Shown()
                 : "a size such as 256m or 1g is wanted here, not " + at.Shown());
  return std::nullopt;
}

// The same limit may be written in two places, as long as they agree.
void Set(const Cursor& at, std::optional<Marked<std::int64_t>>& limit,
         std::optional<std::int64_t> value) {
  if (!value) return;
  if (limit && limit->value != *value)
    return at.Error("two different limits: line " + std::to_string(limit->mark.line) +
                    " sets another; keep one of them");
  limit = {*value, at.mark()};
}

void ReadLimitMemory(const Cursor& at, ServiceDraft& service) {
  Set(at, service.memory_bytes, Bytes(at, kMemoryMin));
}
void ReadReservedCpus(const Cursor& at, ServiceDraft& service) {
  service.member.cpu_reserved_millis = Cpus(at).value_or(0);
}
void ReadReservedMemory(const Cursor& at, ServiceDraft& service) {
  service.member.memory_reserved_bytes = Bytes(at, 0).value_or(0);
}

using Rule = KeyRule<ServiceDraft>;
constexpr std::string_view kOneSet =
    "every service runs once; it is restarted and replaced by KuberLogic";

constexpr std::array kLimitRules = {
    Rule{"cpus", ReadCpus},
    Rule{"memory", ReadLimitMemory},
    NoteKey<ServiceDraft>("pids", "every container has a limit of processes already"),
};
constexpr std::array kReservationRules = {
    Rule{"cpus", ReadReservedCpus},
    RefuseKey<ServiceDraft>("devices", "an instance is isolated from its machine; remove it"),
    RefuseKey<ServiceDraft>("generic_resources", "remove it"),
    Rule{"memory", ReadReservedMemory},
};

void ReadLimits(const Cursor& at, ServiceDraft& service) {
  ReadKeys<ServiceDraft>(at, kLimitRules, service);
}
void ReadReservations(const Cursor& at, ServiceDraft& service) {
  ReadKeys<ServiceDraft>(at, kReservationRules, service);
}
constexpr std::array kResourceRules = {
    Rule{"limits", ReadLimits},
    Rule{"reservations", ReadReservations},
};

void ReadResources(const Cursor& at, ServiceDraft& service) {
  ReadKeys<ServiceDraft>(at, kResourceRules, service);
}

// Scaling out is buying a greater plan; a second copy on the same data helps nobody.
void ReadReplicas(const Cursor& at, ServiceDraft&) {
  auto text = at.Text();
  if (!text) return;
  if (*text != "1")
    at.Error(
        "one instance is one set of containers: remove `replicas`, or give the service more "
        "cpu");
  else if (at.session().notes)
    at.Note("'replicas' has no effect: every service runs once");
}

void ReadMode(const Cursor& at, ServiceDraft&) {
  auto text = at.Text();
  if (text && *text != "replicated")
    at.Error("only the mode `replicated` is known: remove the key");
}

constexpr std::array kDeployRules = {
    NoteKey<ServiceDraft>("endpoint_mode", kOneSet),
    NoteKey<ServiceDraft>("labels", "use the service's own `labels`"),
    Rule{"mode", ReadMode},
    NoteKey<ServiceDraft>("placement", kOneSet),
    Rule{"replicas", ReadReplicas},
    Rule{"resources", ReadResources},
    NoteKey<ServiceDraft>("restart_policy", kOneSet),
    NoteKey<ServiceDraft>("rollback_config", kOneSet),
    NoteKey<ServiceDraft>("update_config", kOneSet),
};

}  // namespace

void ReadDeploy(const Cursor& at, ServiceDraft& service) {
  ReadKeys<ServiceDraft>(at, kDeployRules, service);
}
void ReadCpus(const Cursor& at, ServiceDraft& service) { Set(at, service.cpu_millis, Cpus(at)); }
void ReadMemLimit(const Cursor& at, ServiceDraft& service) {
  Set(at, service.memory_bytes, Bytes(at, kMemoryMin));
}
void ReadShmSize(const Cursor& at, ServiceDraft& service) {
  if (auto bytes = Bytes(at, 4096)) service.member.shm_bytes = *bytes;
}

}  // namespace kl::tmpl
