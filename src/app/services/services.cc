#include "app/services/services.h"

#include "domain/naming.h"

namespace kl::app {
namespace {

void Override(Service::Spec& spec, const std::string& field) {
  auto& list = spec.overridden;
  if (std::find(list.begin(), list.end(), field) == list.end()) list.push_back(field);
}

void SetPaused(Service::Spec& spec, bool paused, WallTime now) {
  std::erase_if(spec.suspensions,
                [](const Suspension& each) { return each.reason == SuspensionReason::kOperator; });
  if (paused) spec.suspensions.push_back({.reason = SuspensionReason::kOperator, .since = now});
}

// Applies what the patch names; an operator's value of a derived field stands until the plan's
// value changes.
void Apply(const ServicePatch& patch, Service::Spec& spec, WallTime now) {
  const auto limit = [&spec](const std::optional<Quantity>& value, std::optional<Quantity>& field,
                             const char* name) {
    if (!value || field == value) return;
    field = value;
    Override(spec, name);
  };
  limit(patch.cpu, spec.limits.cpu, "limits.cpu");
  limit(patch.memory, spec.limits.memory, "limits.memory");
  limit(patch.storage, spec.limits.storage, "limits.storage");
  if (patch.version) {
    const auto version = patch.version->empty() ? std::nullopt : patch.version;
    if (spec.version != version) {
      spec.version = version;
      Override(spec, "version");
    }
  }
  if (patch.insecure) spec.insecure = *patch.insecure;
  if (patch.use_letsencrypt) spec.use_letsencrypt = *patch.use_letsencrypt;
  if (patch.replicas) spec.replicas = *patch.replicas;
  if (patch.backup_schedule) spec.backup_schedule = *patch.backup_schedule;
  if (patch.domain && !patch.domain->empty()) spec.domain = *patch.domain;
  if (patch.advanced) {
    for (const auto& [key, value] : *patch.advanced) {
      if (value.is_null())
        spec.advanced.erase(key);
      else
        spec.advanced[key] = value;
      Override(spec, "advanced." + key);
    }
  }
  if (patch.paused) SetPaused(spec, *patch.paused, now);
}

}  // namespace

Status Services::CheckSpec(const Service& service, const tmpl::Template& type) const {
  KL_RETURN_IF_ERROR(CheckHost(service.spec.domain));
  if (service.spec.replicas && (*service.spec.replicas < 0 || *service.spec.replicas > 1)) {
    return Fail(ErrorKind::kInvalid, "replicas must be 0 or 1: an instance is one pod", "replicas");
  }
  tmpl::RenderInput input{.name = ServiceName(service.meta.name),
                          .uid = ServiceUid(std::string(32, '0')),
                          .host = service.spec.domain,
                          .insecure = service.spec.insecure,
                          .plan = service.spec.plan,
                          .customer_email = service.spec.customer_email,
                          .customer_name = service.spec.customer_name,
                          .version = service.spec.version,
                          .limits = service.spec.limits,
                          .parameters = service.spec.advanced};
  SeededRandom scratch(1);
  auto rendered = type.Render(input, {}, scratch);
  if (!rendered) return std::unexpected(rendered.error());
  return {};
}

// A value that nothing reads is a misspelled name more often than not.
Status Services::CheckParameters(const ValueMap& given, const tmpl::Template& type) {
  for (const auto& [name, value] : given) {
    if (value.is_null() || type.KnowsParameter(name)) continue;
    std::string known;
    for (const auto& [each, parameter] : type.info().parameters) {
      known += (known.empty() ? "" : ", ") + each;
    }
    return Fail(ErrorKind::kInvalid,
                "advanced." + name + ": the template has no such parameter, it has " +
                    (known.empty() ? "none" : known),
                "advanced." + name);
  }
  return {};
}

// A claim without its service: an Add that was killed in between. The same wish may finish it.
bool Services::IsUnfinished(const NameClaim& claim, const Service& wish) {
  if (claim.status.released_at) return false;
  if (!wish.spec.subscription.empty()) return claim.spec.subscription == wish.spec.subscription;
  return claim.spec.subscription == "manual/" + claim.spec.service_uid;
}

Task<Status> Services::CheckNew(const Service& wish) {
  KL_CO_RETURN_IF_ERROR(CheckServiceName(wish.meta.name));
  auto present = co_await deps_.records.services.Get(wish.meta.name);
  if (present)
    co_return Fail(ErrorKind::kConflict, "service " + wish.meta.name + " exists already", "id");
  auto claim = co_await deps_.records.names.Get(wish.meta.name);
  if (claim && !IsUnfinished(*claim, wish) &&
      !(claim->status.released_at &&
        deps_.loop.Now() - *claim->status.released_at > kNameQuarantine)) {
    co_return Fail(
        ErrorKind::kConflict,
        "name " + wish.meta.name + " was used by another instance less than 400 days ago", "id");
  }
  co_return Status{};
}

// The subscription's record is the lock (instance_keeper.h): it names this service before anything
// else is made, so that an order that is being served and a service made by hand are never two.
Task<Status> Services::Bind(Service& wish) {
  const auto key = ParseSubscriptionKey(wish.spec.subscription);
  if (!key) {
    co_return Fail(ErrorKind::kInvalid,
                   "subscription: '" + wish.spec.subscription + "' is not provider/site/id",
                   "subscription");
  }
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    auto present = co_await deps_.records.subscriptions.Get(NameOf(*key).str());
    if (!present && present.error().kind != ErrorKind::kNotFound) {
      co_return std::unexpected(present.error());
    }
    Subscription record;
    if (present) {
      record = std::move(*present);
    } else {
      record.meta.name = NameOf(*key).str();
      record.spec.key = *key;
    }
    KL_CO_TRY(const bool bound, co_await HasInstance(record));
    if (bound && record.status.service != wish.meta.name) {
      co_return Fail(
          ErrorKind::kConflict,
          "subscription " + wish.spec.subscription + " has service " + record.status.service,
          "subscription");
    }
    if (bound) {
      wish.meta.uid = record.status.service_uid;
      co_return Status{};
    }
    record.status.service = wish.meta.name;
    record.status.service_uid = wish.meta.uid;
    record.status.service_created = false;
    record.status.derived.reset();
    Result<Subscription> stored = co_await Store(std::move(record));
    if (stored) co_return Status{};
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict,
                 "subscription " + wish.spec.subscription + ": changed again and again, try again",
                 "subscription");
}

Task<Result<Subscription>> Services::Store(Subscription record) {
  if (record.meta.version == 0) {
    co_return co_await deps_.records.subscriptions.PutSpec(std::move(record));
  }
  co_return co_await deps_.records.subscriptions.PutStatus(std::move(record));
}

// Named is enough, made it need not be yet. One whose name was released, or is another's by now,
// was removed by an operator.
Task<Result<bool>> Services::HasInstance(const Subscription& record) {
  if (record.status.service.empty()) co_return false;
  auto claim = co_await deps_.records.names.Get(record.status.service);
  if (!claim && claim.error().kind != ErrorKind::kNotFound) {
    co_return std::unexpected(claim.error());
  }
  co_return !claim ||
      (!claim->status.released_at && claim->spec.subscription == ToString(record.spec.key));
}

Task<Result<Service>> Services::Add(Service wish, Actor actor) {
  KL_CO_RETURN_IF_ERROR(co_await CheckNew(wish));
  auto type = deps_.templates.Current(wish.spec.type);
  if (!type)
    co_return Fail(ErrorKind::kInvalid, "type: no template is named '" + wish.spec.type + "'",
                   "type");
  if (wish.spec.domain.empty()) wish.spec.domain = wish.meta.name + "." + deps_.settings.domain;
  KL_CO_RETURN_IF_ERROR(CheckParameters(wish.spec.advanced, *type));
  KL_CO_RETURN_IF_ERROR(CheckSpec(wish, *type));
  wish.meta.uid = deps_.random.Uid();
  wish.spec.template_digest = type->digest().str();
  wish.spec.trace = actor.trace;

  NameClaim claim;
  auto known = co_await deps_.records.names.Get(wish.meta.name);
  if (known) claim = std::move(*known);
  if (known && IsUnfinished(claim, wish)) wish.meta.uid = claim.spec.service_uid;
  if (!wish.spec.subscription.empty()) KL_CO_RETURN_IF_ERROR(co_await Bind(wish));
  claim.meta.name = wish.meta.name;
  claim.spec = {.subscription = wish.spec.subscription.empty() ? "manual/" + wish.meta.uid
                                                               : wish.spec.subscription,
                .service_uid = wish.meta.uid};
  auto claimed = co_await deps_.records.names.PutSpec(std::move(claim));
  if (!claimed) co_return std::unexpected(claimed.error());
  if (claimed->status.released_at) {
    claimed->status.released_at.reset();
    auto renewed = co_await deps_.records.names.PutStatus(std::move(*claimed));
    if (!renewed) co_return std::unexpected(renewed.error());
  }
  KL_CO_RETURN_IF_ERROR(co_await Audit("service add", wish.meta.name, actor, wish.spec.type));
  co_return co_await deps_.records.services.PutSpec(std::move(wish));
}

Task<Result<Service>> Services::Edit(std::string name, ServicePatch patch, Actor actor) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Service service, co_await deps_.records.services.Get(name));
    if (patch.type && *patch.type != service.spec.type) {
      co_return Fail(ErrorKind::kInvalid, "type of " + name + " cannot change", "type");
    }
    if (patch.subscription && *patch.subscription != service.spec.subscription) {
      co_return Fail(ErrorKind::kInvalid, "subscription of " + name + " cannot change",
                     "subscription");
    }
    const auto& present = service.spec.limits.storage;
    if (patch.storage && present && *patch.storage < *present) {
      co_return Fail(ErrorKind::kInvalid,
                     "limits.storage of " + name + " cannot shrink from " + present->text() +
                         " to " + patch.storage->text(),
                     "limits.storage");
    }
    const Service::Spec before = service.spec;
    Apply(patch, service.spec, deps_.loop.Now());
    auto type = deps_.templates.Current(service.spec.type);
    if (patch.template_digest) {
      if (*patch.template_digest == "current" && type) {
        service.spec.template_digest = type->digest().str();
      } else {
        service.spec.template_digest = *patch.template_digest;
      }
    }
    KL_CO_TRY(auto version,
              co_await deps_.templates.Find(service.spec.type, service.spec.template_digest));
    if (patch.advanced) KL_CO_RETURN_IF_ERROR(CheckParameters(*patch.advanced, *version));
    KL_CO_RETURN_IF_ERROR(CheckSpec(service, *version));
    if (service.spec == before) co_return service;
    service.spec.trace = actor.trace;
    auto stored = co_await deps_.records.services.PutSpec(std::move(service));
    if (stored) {
      KL_CO_RETURN_IF_ERROR(co_await Audit("service edit", name, actor, ""));
      co_return stored;
    }
    if (stored.error().kind != ErrorKind::kConflict) co_return stored;
  }
  co_return Fail(ErrorKind::kConflict,
                 "service " + name + ": changed again and again, try once more");
}

Task<Status> Services::Delete(std::string name, Actor actor) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Service service, co_await deps_.records.services.Get(name));
    if (service.spec.deleting) co_return Status{};
    KL_CO_RETURN_IF_ERROR(co_await Audit("service delete", name, actor, service.spec.subscription));
    service.spec.deleting = true;
    auto stored = co_await deps_.records.services.PutSpec(std::move(service));
    if (stored) co_return Status{};
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict,
                 "service " + name + ": changed again and again, try once more");
}

Task<Status> Services::Audit(std::string verb, std::string subject, Actor actor, std::string body) {
  std::vector<HistoryRecord> records;
  records.push_back({.stream = "audit",
                     .subject = std::move(subject),
                     .kind = std::move(verb),
                     .at = deps_.loop.Now(),
                     .trace = actor.trace,
                     .body = actor.name + " " + body});
  co_return co_await deps_.history.Append(std::move(records));
}

}  // namespace kl::app
