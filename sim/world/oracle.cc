// What the end of a world must look like: a second, tiny account of the product's promises.
#include "domain/derive.h"
#include "domain/host.h"
#include "sim/world/checks.h"

namespace kl::world {
namespace {

const Tariff* TariffOf(const BillingSubscription& truth) {
  for (const Tariff& tariff : kTariffs) {
    for (const BillingItem& item : truth.items) {
      if (item.price_id == tariff.plan) return &tariff;
    }
  }
  return nullptr;
}

}  // namespace

const testing::FakeEngine::Instance* Checks::InstanceOf(const std::string& id) const {
  for (const auto& [name, instance] : scene_.twins.engine.instances()) {
    if (IdOf(instance.spec.subscription) == id) return &instance;
  }
  return nullptr;
}

void Checks::AtTheEnd() {
  AfterStep();
  CheckNames();
  if (const auto left = scene_.twins.hints.size(); left > 0) {
    scene_.Fail("4", std::to_string(left) + " hints are still waiting after the calm");
  }
  for (const std::string& id : scene_.twins.provider.ids()) CheckSubscription(id);
  for (const auto& [name, uid] : orphans_) {
    const auto it = scene_.twins.engine.instances().find(name);
    if (it == scene_.twins.engine.instances().end() || it->second.spec.uid != uid) {
      scene_.Fail("10", "an orphan is gone: " + name.str());
    }
  }
}

void Checks::CheckSubscription(const std::string& id) {
  const BillingSubscription& truth = *scene_.twins.provider.Truth(id);
  const bool deleted = scene_.twins.provider.deleted(id);
  const Life& life = scene_.LifeOf(id);
  const Subscription* record = scene_.Record(id);
  if (record == nullptr || !record->status.observed) {
    if (!deleted) scene_.Fail("4", id + " was never decided on");
    return;
  }
  const Subscription::Status& status = record->status;
  const BillingState decided = deleted ? BillingState::kDeleted : truth.state;
  if (status.observed->state != decided || !(status.observed->items == truth.items)) {
    scene_.Fail("4", id + " was decided on as " + status.observed->raw_status + " and is " +
                         truth.raw_status);
    return;
  }
  if (life.deleted) {
    CheckRemoved(id, *record);
  } else if (life.stopped) {
    CheckStopped(id, *record);
  } else if (!deleted && TariffOf(truth) != nullptr &&
             (truth.state == BillingState::kActive || truth.state == BillingState::kTrial ||
              truth.state == BillingState::kEnding)) {
    CheckRunning(id, *record);
  }
}

void Checks::CheckRunning(const std::string& id, const Subscription& record) {
  const auto service = scene_.twins.services.objects().find(record.status.service);
  if (service == scene_.twins.services.objects().end()) {
    scene_.Fail("2", id + " should run and has no service");
    return;
  }
  CheckSizes(id, service->second);
  const auto* instance = InstanceOf(id);
  if (scene_.LifeOf(id).paused) {
    if (instance && instance->phase != InstancePhase::kStopped) {
      scene_.Fail("2", id + " runs though the operator paused it");
    }
    return;
  }
  if (instance == nullptr || instance->phase != InstancePhase::kRunning) {
    scene_.Fail("2", id + " should run: " + service->second.status.phase);
    return;
  }
  const auto answer = scene_.twins.outside.Look(service->second.spec.domain, "/");
  if (!answer || answer->status != 200) {
    scene_.Fail("2", id + " does not answer at " + service->second.spec.domain);
    return;
  }
  CheckDomain(id, record, service->second);
}

void Checks::CheckSizes(const std::string& id, const Service& service) {
  const Tariff& tariff = *TariffOf(*scene_.twins.provider.Truth(id));
  const auto& limits = service.spec.limits;
  const bool cpu = limits.cpu && limits.cpu->millis() == tariff.cpu_millis;
  const bool memory = limits.memory && limits.memory->value() == tariff.memory_bytes;
  if (!cpu || !memory || service.spec.plan != tariff.plan) {
    scene_.Fail("2", id + " pays for " + std::string(tariff.plan) + " and has " +
                         service.spec.plan + ", cpu " + (limits.cpu ? limits.cpu->text() : "-"));
  }
  const auto* instance = InstanceOf(id);
  if (instance && instance->phase == InstancePhase::kRunning &&
      instance->spec.members.front().cpu_millis != tariff.cpu_millis) {
    scene_.Fail("2", id + " runs with another plan's cpu");
  }
}

void Checks::CheckDomain(const std::string& id, const Subscription& record,
                         const Service& service) {
  const BillingSubscription& truth = *scene_.twins.provider.Truth(id);
  if (truth.domain && BareHost(*truth.domain) == service.spec.domain) return;
  const Life& life = scene_.LifeOf(id);
  // A person's edit stands; a write would delete what is scheduled.
  if (life.edited || life.scheduled) return;
  scene_.Fail("3", id + " answers at " + service.spec.domain + " and was told " +
                       truth.domain.value_or("nothing") + " (" +
                       std::string(PublicationStateName(record.status.publication.state)) + " " +
                       record.status.publication.reason + ")");
}

void Checks::CheckStopped(const std::string& id, const Subscription& record) {
  const auto* instance = InstanceOf(id);
  if (instance == nullptr) return;
  if (instance->phase != InstancePhase::kStopped) {
    scene_.Fail("2", id + " runs though it is " + record.status.observed->raw_status);
  }
  const auto answer = scene_.twins.outside.Look(instance->spec.host, "/");
  if (!answer || answer->status != 503) {
    scene_.Fail("2", id + " shows no page that says it is stopped");
  }
}

void Checks::CheckRemoved(const std::string& id, const Subscription& record) {
  if (InstanceOf(id) != nullptr) {
    scene_.Fail("6", id + " was deleted by the operator and is still on the engine");
  }
  if (scene_.twins.services.objects().contains(record.status.service)) {
    scene_.Fail("6", id + " was deleted by the operator and still has a service");
  }
  if (scene_.twins.secrets.entries().contains(ServiceUid(record.status.service_uid))) {
    scene_.Fail("6", id + " was deleted by the operator and its secrets are kept");
  }
  for (const auto& [host, route] : scene_.twins.gateway.live()) {
    if (host.starts_with(record.status.service + ".")) {
      scene_.Fail("6", id + " was deleted by the operator and is still routed");
    }
  }
}

}  // namespace kl::world
