// What asks for passes: hints, services that changed, debts that were overlooked.
#include "app/subscription/subscription_loop.h"
#include "domain/run_rule.h"

namespace kl::app {

Task<void> SubscriptionLoop::PumpHints() {
  for (;;) {
    auto page = co_await deps_.hints.Pending(hints_after_, 1000);
    if (!page) {
      Log(LogLevel::kError, "hints cannot be read", {{"error", page.error()}});
      co_await Sleep(deps_.loop, std::chrono::seconds(1));
      continue;
    }
    for (PendingHint& hint : *page) {
      hints_after_ = hint.ticket;
      if (hint.hint.kind == HintKind::kSubscription) {
        const std::string id = hint.hint.id;
        auto& hints = pending_[id].hints;
        // Its ticket covers what was taken of this key before.
        std::erase_if(hints, [&hint](const PendingHint& each) {
          return each.hint.provider == hint.hint.provider && each.hint.site == hint.hint.site;
        });
        hints.push_back(std::move(hint));
        queue_.Add(id);
      } else {
        scope_.Spawn(Expand(std::move(hint)));
      }
    }
    if (!page->empty()) continue;
    hints_taken_ = true;
    co_await deps_.hints.Wait();
  }
}

// A hint about a customer is one about each of its subscriptions; one about everything is one about
// every record. It is done when those are durable.
Task<void> SubscriptionLoop::Expand(PendingHint hint) {
  for (int failures = 1;; ++failures) {
    auto ids = co_await IdsOf(hint.hint);
    if (ids) {
      std::vector<Hint> hints;
      for (const std::string& id : *ids) {
        Hint each = hint.hint;
        each.kind = HintKind::kSubscription;
        each.id = id;
        each.version = 0;
        hints.push_back(std::move(each));
      }
      Status added{};
      if (!hints.empty()) added = co_await deps_.hints.Add(std::move(hints));
      if (added) added = co_await deps_.hints.Done(hint.ticket);
      if (added) co_return;
    }
    co_await Sleep(deps_.loop, BackoffDelay({}, failures, deps_.random));
  }
}

Task<Result<std::vector<std::string>>> SubscriptionLoop::IdsOf(const Hint& hint) {
  if (hint.kind == HintKind::kCustomer) {
    auto ids = co_await deps_.feed.OfCustomer(hint.id);
    reader_.Report(ids ? Status{} : Status(std::unexpected(ids.error())));
    co_return ids;
  }
  std::vector<std::string> ids;
  std::string after;
  do {
    KL_CO_TRY(auto page, co_await deps_.records.subscriptions.List(after, 500));
    for (const Subscription& record : page.items) {
      if (record.spec.key.site == hint.site && record.spec.key.provider == hint.provider) {
        ids.push_back(record.spec.key.id);
      }
    }
    after = page.next;
  } while (!after.empty());
  co_return ids;
}

// What the service loop reports (the instance has answered) matters to the publication.
Task<void> SubscriptionLoop::PumpServices() {
  std::unique_ptr<Watch<Service>> watch = deps_.services.Open();
  for (;;) {
    auto changes = co_await watch->Next();
    if (!changes) {
      Log(LogLevel::kError, "services cannot be watched", {{"error", changes.error()}});
      co_await Sleep(deps_.loop, std::chrono::seconds(1));
      continue;
    }
    if (changes->all) {
      std::string after;
      do {
        auto page = co_await deps_.records.services.List(after, 500);
        if (!page) break;
        for (const Service& service : page->items) {
          QueueOwn(service);
        }
        after = page->next;
      } while (!after.empty());
    }
    for (const std::string& name : changes->names) {
      auto service = co_await deps_.records.services.Get(name);
      if (!service) continue;
      QueueOwn(*service);
    }
  }
}

// A read behind a watch may be older than what it told of. What then looks finished and is not, an
// instance that answers and was never announced above all, is looked at again now and then.
Task<void> SubscriptionLoop::PumpOwed() {
  for (;;) {
    co_await Sleep(deps_.loop, deps_.settings.resync_every);
    std::string after;
    do {
      auto page = co_await deps_.records.subscriptions.List(after, 500);
      if (!page) break;
      for (const Subscription& record : page->items) {
        const Subscription::Status& status = record.status;
        const PublicationState state = status.publication.state;
        const bool owed = state == PublicationState::kNone || state == PublicationState::kOwed;
        if (owed && status.service_created && status.observed &&
            DecideRun(status.observed->state) == RunVerdict::kRun &&
            record.spec.key.site == deps_.provider.SiteName() &&
            record.spec.key.provider == deps_.provider.Name()) {
          queue_.Add(record.spec.key.id);
        }
      }
      after = page->next;
    } while (!after.empty());
  }
}

// A record of another site than the configured one is left alone.
void SubscriptionLoop::QueueOwn(const Service& service) {
  const auto key = ParseSubscriptionKey(service.spec.subscription);
  if (key && key->provider == deps_.provider.Name() && key->site == deps_.provider.SiteName()) {
    queue_.Add(key->id);
  }
}

}  // namespace kl::app
