#include "app/subscription/instance_keeper.h"

#include "base/crash_point.h"
#include "domain/naming.h"

namespace kl::app {

void InstanceKeeper::SetFound(const std::vector<Found>& found) {
  found_.clear();
  for (const Found& instance : found) {
    if (!instance.subscription.empty()) found_.emplace(instance.subscription, instance);
  }
}

std::vector<Found> InstanceKeeper::Orphans() const {
  std::vector<Found> orphans;
  for (const auto& [key, instance] : found_) orphans.push_back(instance);
  return orphans;
}

void InstanceKeeper::Own(const Service& service) {
  const auto it = found_.find(service.spec.subscription);
  if (it != found_.end() && it->second.uid.str() == service.meta.uid) found_.erase(it);
}

Task<Status> InstanceKeeper::Save(Subscription& record) {
  if (record.meta.version == 0) {
    KL_CO_TRY(record, co_await deps_.records.subscriptions.PutSpec(record));
    co_return Status{};
  }
  KL_CO_TRY(record, co_await deps_.records.subscriptions.PutStatus(record));
  co_return Status{};
}

Task<Result<std::optional<Service>>> InstanceKeeper::Find(const Subscription& record) {
  if (record.status.service.empty()) co_return std::optional<Service>{};
  auto service = co_await deps_.records.services.Get(record.status.service);
  if (!service) {
    if (service.error().kind == ErrorKind::kNotFound) co_return std::optional<Service>{};
    co_return std::unexpected(service.error());
  }
  if (service->spec.subscription != ToString(record.spec.key)) co_return std::optional<Service>{};
  Own(*service);  // also where the pass changes nothing: its plan may be named no more
  co_return std::optional<Service>(std::move(*service));
}

Task<bool> InstanceKeeper::IsFree(ServiceName name, const std::string& key) {
  auto claim = co_await deps_.records.names.Get(name.str());
  if (claim) co_return claim->spec.subscription == key;
  auto service = co_await deps_.records.services.Get(name.str());
  co_return !service;
}

Task<Status> InstanceKeeper::ChooseName(Subscription& record, int attempt) {
  const std::string key = ToString(record.spec.key);
  record.status.service_uid = deps_.random.Uid();
  if (auto it = found_.find(key); it != found_.end() && attempt == 0) {
    record.status.service = it->second.name.str();
    record.status.service_uid = it->second.uid.str();
    deps_.timeline.Note(record.meta.name, "instance-adopted", record.status.service,
                        record.status.trace);
    co_return co_await Save(record);
  }
  ServiceName name;
  if (attempt == 0 && record.status.observed && record.status.observed->domain) {
    name = NameInHost(*record.status.observed->domain,
                      PublicHost(deps_.settings, deps_.settings.domain));
    if (!name.empty()) {
      const bool free = co_await IsFree(name, key);
      if (!free || !CheckServiceName(name.str())) name = {};
    }
  }
  if (name.empty()) name = ProposeName(deps_.random, attempt);
  record.status.service = name.str();
  co_return co_await Save(record);
}

Task<Result<bool>> InstanceKeeper::Claim(const Subscription& record) {
  NameClaim claim;
  claim.meta.name = record.status.service;
  claim.spec = {.subscription = ToString(record.spec.key),
                .service_uid = record.status.service_uid};
  auto stored = co_await deps_.records.names.PutSpec(claim);
  if (stored) co_return true;
  if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  // The refusal is the truth, the read may lag behind it: absent here means "ask again".
  auto present = co_await deps_.records.names.Get(record.status.service);
  if (!present) {
    if (present.error().kind == ErrorKind::kNotFound) {
      co_return Fail(ErrorKind::kConflict,
                     "name " + record.status.service + ": claim not readable yet");
    }
    co_return std::unexpected(present.error());
  }
  co_return present->spec.subscription == claim.spec.subscription;
}

Service InstanceKeeper::Fresh(const Subscription& record, const Derived& derived,
                              const TemplateDigest& digest) {
  Service service;
  service.meta.name = record.status.service;
  service.meta.uid = record.status.service_uid;
  service.spec.type = record.status.template_type;
  service.spec.template_digest = digest.str();
  service.spec.subscription = ToString(record.spec.key);
  service.spec.domain = record.status.service + "." + deps_.settings.domain;
  service.spec.customer_email = record.status.observed->customer_email;
  service.spec.customer_name = record.status.observed->customer_name;
  service.spec.trace = record.status.trace;
  ApplyDerived(std::nullopt, derived, service.spec);
  return service;
}

Task<Result<std::optional<Service>>> InstanceKeeper::Ensure(Subscription& record,
                                                            const Derived& derived) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (record.status.service.empty()) {
      KL_CO_RETURN_IF_ERROR(co_await ChooseName(record, attempt));
      CrashPoint("name-recorded");
    }
    KL_CO_TRY(std::optional<Service> present, co_await Find(record));
    if (present) {
      Own(*present);
      record.status.service_uid = present->meta.uid;
      record.status.service_created = true;
      co_return present;
    }
    if (record.status.service_created) {
      // Removed by an operator, or not readable? The write shows that the read was the truth.
      auto claim = co_await deps_.records.names.Get(record.status.service);
      if (claim && claim->status.released_at) co_return std::optional<Service>{};
      if (claim) claim = co_await deps_.records.names.PutSpec(std::move(*claim));
      if (!claim && claim.error().kind != ErrorKind::kNotFound) {
        co_return std::unexpected(claim.error());
      }
    }
    KL_CO_TRY(const bool ours, co_await Claim(record));
    if (!ours) {
      if (record.status.service_created) {
        co_return Fail(ErrorKind::kConflict,
                       "name " + record.status.service + " is another's by now");
      }
      record.status.service.clear();
      continue;
    }
    CrashPoint("name-claimed");
    auto current = deps_.templates.Current(record.status.template_type);
    if (!current) {
      co_return Fail(ErrorKind::kNotFound, "no template of type " + record.status.template_type,
                     "type");
    }
    auto stored =
        co_await deps_.records.services.PutSpec(Fresh(record, derived, current->digest()));
    if (stored) {
      CrashPoint("service-created");
      record.status.service_created = true;
      Own(*stored);
      deps_.timeline.Note(record.meta.name, "instance-created", stored->meta.name,
                          record.status.trace);
      co_return std::optional<Service>(std::move(*stored));
    }
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
    // Taken by a service made by hand, or ours and not visible yet: the claim says whose it is.
    auto taken = co_await deps_.records.services.Get(record.status.service);
    if (taken && taken->spec.subscription != ToString(record.spec.key) &&
        !record.status.service_created) {
      record.status.service.clear();
    } else if (!taken) {
      co_return Fail(ErrorKind::kConflict,
                     "service " + record.status.service + ": not readable yet");
    }
  }
  co_return Fail(ErrorKind::kConflict, "no free name found for " + record.meta.name);
}

}  // namespace kl::app
