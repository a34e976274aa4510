#include "sim/world/shims.h"

namespace kl::world {

void EngineShim::Tell(const ServiceName& name, const ServiceUid& uid, bool removed) {
  const auto it = inner_.instances().find(name);
  if (it == inner_.instances().end() || it->second.spec.uid != uid) return;
  if (!removed && it->second.phase == InstancePhase::kStopped) return;
  if (on_end) on_end(it->second, removed);
}

Task<Status> EngineShim::Apply(AppSpec spec) {
  if (plant_ != Plant::kStopBeforePull) return inner_.Apply(std::move(spec));
  return [](testing::FakeEngine& inner, AppSpec spec) -> Task<Status> {
    const auto it = inner.instances().find(spec.name);
    const bool other = it != inner.instances().end() && it->second.digest != Digest(spec);
    if (other) {
      Status stopped = co_await inner.Stop(spec.name, spec.uid);
      if (!stopped) co_return stopped;
    }
    co_return co_await inner.Apply(std::move(spec));
  }(inner_, std::move(spec));
}

Task<Status> EngineShim::Stop(ServiceName name, ServiceUid uid) {
  Tell(name, uid, false);
  return inner_.Stop(std::move(name), std::move(uid));
}

Task<Status> EngineShim::Remove(ServiceName name, ServiceUid uid) {
  Tell(name, uid, true);
  return inner_.Remove(std::move(name), std::move(uid));
}

Task<Result<Provider::ReadAnswer>> ProviderShim::Read(std::vector<std::string> ids,
                                                      CallPriority priority) {
  if (plant_ == Plant::kNone) return inner_.Read(std::move(ids), priority);
  return [](ProviderShim& self, std::vector<std::string> ids,
            CallPriority priority) -> Task<Result<ReadAnswer>> {
    auto answer = co_await self.inner_.Read(std::move(ids), priority);
    if (!answer) co_return answer;
    for (const auto& each : answer->found) self.seen_.insert_or_assign(each.key.id, each);
    co_return answer;
  }(*this, std::move(ids), priority);
}

Task<Result<Provider::ReadAnswer>> ProviderShim::Confirm(std::string id) {
  auto answer = co_await inner_.Confirm(id);
  if (plant_ != Plant::kAbsenceIsDeletion || !answer || !answer->found.empty()) co_return answer;
  const auto seen = seen_.find(id);
  BillingSubscription gone;
  if (seen != seen_.end()) gone = seen->second;
  gone.key.provider = Name();
  gone.key.site = SiteName();
  gone.key.id = id;
  gone.state = BillingState::kDeleted;
  gone.raw_status = "deleted";
  answer->absent.clear();
  answer->found.push_back(std::move(gone));
  co_return answer;
}

Task<Result<Provider::Written>> ProviderShim::PublishDomain(std::string id, std::string value,
                                                            std::string idempotency) {
  if (on_publish) on_publish(id);
  auto written = co_await inner_.PublishDomain(id, std::move(value), std::move(idempotency));
  if (plant_ != Plant::kVersionWithoutContent || !written) co_return written;
  const auto seen = seen_.find(id);
  if (seen == seen_.end()) co_return written;
  BillingSubscription after = seen->second;
  after.version = written->after.version;
  after.domain = written->after.domain;
  written->after = std::move(after);
  co_return written;
}

// Planted with kVersionWithoutContent: whoever compares versions only sees nothing new in what has
// a version seen already.
Task<Result<ProviderFeed::SweepPage>> ProviderShim::Sweep(std::string cursor) {
  auto page = co_await inner_.Sweep(std::move(cursor));
  if (plant_ != Plant::kVersionWithoutContent || !page) co_return page;
  std::erase_if(page->subscriptions, [this](const BillingSubscription& each) {
    const auto record = twins_.subscriptions.objects().find(NameOf(each.key).str());
    if (record == twins_.subscriptions.objects().end()) return false;
    const auto& observed = record->second.status.observed;
    return observed && observed->version >= each.version;
  });
  co_return page;
}

Task<Status> HastyHints::Add(std::vector<Hint> hints) {
  scope_.Spawn(AddLater(std::move(hints)));
  co_return Status();
}

Task<void> HastyHints::AddLater(std::vector<Hint> hints) {
  co_await Sleep(loop_, std::chrono::seconds(5));
  for (int attempt = 0; attempt < 100; ++attempt) {
    Status added = co_await inner_.Add(hints);
    if (added) co_return;
  }
}

}  // namespace kl::world
