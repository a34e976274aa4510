#include "sim/world/customers.h"

#include "domain/host.h"

namespace kl::world {
namespace {

void SetPlan(BillingSubscription& subscription, const std::string& plan) {
  subscription.items = {{.price_id = plan, .is_plan = true}};
}

}  // namespace

void Customers::Start(Duration span) {
  for (int i = 0; i < scene_.options.subscriptions; ++i) {
    // Ids that differ only in case are different customers.
    const std::string id = (i % 2 ? "sub" : "Sub") + std::to_string(i / 2);
    scene_.In(Between(scene_.random, Duration(0), span * 2 / 3), [this, id] { Buy(id); });
  }
}

std::string Customers::OtherPlan() {
  if (Chance(scene_.random, 0.02)) return std::string(kExoticPlan);
  return std::string(kTariffs[scene_.random.Below(std::size(kTariffs))].plan);
}

BillingState Customers::StateOf(const std::string& id) const {
  if (scene_.twins.provider.deleted(id)) return BillingState::kDeleted;
  const BillingSubscription* truth = scene_.twins.provider.Truth(id);
  return truth ? truth->state : BillingState::kUnknown;
}

void Customers::Buy(const std::string& id) {
  if (scene_.calm) return;
  BillingSubscription bought;
  bought.key.id = id;
  bought.customer_id = "customer-of-" + id;
  bought.customer_email = id + "@example.com";
  const auto kind = scene_.random.Below(10);
  bought.state = kind < 6   ? BillingState::kActive
                 : kind < 9 ? BillingState::kTrial
                            : BillingState::kFuture;
  bought.raw_status = std::string(BillingStateName(bought.state));
  SetPlan(bought, OtherPlan());
  // Some bring the domain of another customer along, or one from outside.
  if (Chance(scene_.random, 0.05)) bought.domain = "https://elsewhere.example.com";
  const auto ids = scene_.twins.provider.ids();
  if (!ids.empty() && Chance(scene_.random, 0.05)) {
    bought.domain = scene_.twins.provider.Truth(ids[scene_.random.Below(ids.size())])->domain;
  }
  scene_.Act(id + " buys " + bought.items.front().price_id + " (" + bought.raw_status + ")");
  scene_.twins.provider.Create(std::move(bought));
  if (scene_.climate.features) SetFeatures(id);
  if (Chance(scene_.random, 0.1)) {  // a second thought within a second
    scene_.In(Between(scene_.random, Duration(1), seconds(2)), [this, id] { ChangePlan(id); });
  }
  Live(id);
}

void Customers::Live(const std::string& id) {
  scene_.In(Exponential(scene_.random, days(120)), [this, id] {
    if (scene_.calm) return;
    ActOnce(id);
    Live(id);
  });
}

void Customers::Become(const std::string& id, BillingState state, const std::string& event) {
  scene_.Act(id + " becomes " + std::string(BillingStateName(state)));
  scene_.twins.provider.Change(id, event, [state](BillingSubscription& subscription) {
    subscription.state = state;
    subscription.raw_status = std::string(BillingStateName(state));
  });
}

void Customers::ActOnce(const std::string& id) {
  const auto dice = scene_.random.Below(100);
  switch (StateOf(id)) {
    case BillingState::kFuture: Become(id, BillingState::kActive, "subscription_started"); break;
    case BillingState::kTrial:
      if (dice < 75) {
        Become(id, BillingState::kActive, "subscription_activated");
      } else {
        Cancel(id);
      }
      break;
    case BillingState::kActive: ActRunning(id); break;
    case BillingState::kEnding:
      if (dice < 60) {
        Cancel(id);
      } else {
        Become(id, BillingState::kActive, "subscription_cancellation_undone");
      }
      break;
    case BillingState::kPaused:
      if (dice < 80) {
        Become(id, BillingState::kActive, "subscription_resumed");
      } else {
        Cancel(id);
      }
      break;
    case BillingState::kCancelled:
      if (dice < 50) {
        Reactivate(id);
      } else if (dice < 65) {
        scene_.Act(id + " is deleted");
        scene_.twins.provider.Delete(id);
      }
      break;
    case BillingState::kUnknown: Become(id, BillingState::kActive, "subscription_changed"); break;
    case BillingState::kTransferred:
    case BillingState::kDeleted: break;
  }
}

void Customers::ActRunning(const std::string& id) {
  const auto dice = scene_.random.Below(100);
  if (dice < 35) {
    ChangePlan(id);
    if (Chance(scene_.random, 0.1)) ChangePlan(id);  // two in one moment
  } else if (dice < 47) {
    Become(id, BillingState::kPaused, "subscription_paused");
  } else if (dice < 57) {
    Cancel(id);
  } else if (dice < 65) {
    Become(id, BillingState::kEnding, "subscription_cancellation_scheduled");
  } else if (dice < 73) {
    EditField(id);
  } else if (dice < 85) {
    ScheduleChange(id);
  } else if (dice < 87) {
    Become(id, BillingState::kUnknown, "subscription_changed");
  } else if (dice < 88) {
    Become(id, BillingState::kTransferred, "subscription_moved_out");
  } else if (scene_.climate.features) {
    SetFeatures(id);
  } else {
    scene_.Act(id + " changes nothing that matters");
    scene_.twins.provider.Change(id, "customer_changed", [](BillingSubscription&) {});
  }
}

void Customers::ChangePlan(const std::string& id) {
  if (StateOf(id) == BillingState::kDeleted) return;
  const std::string plan = OtherPlan();
  scene_.Act(id + " changes to " + plan);
  scene_.twins.provider.Change(id, "subscription_changed",
                               [&plan](BillingSubscription& changed) { SetPlan(changed, plan); });
}

void Customers::Cancel(const std::string& id) {
  if (StateOf(id) == BillingState::kDeleted) return;
  Become(id, BillingState::kCancelled, "subscription_cancelled");
}

void Customers::Reactivate(const std::string& id) {
  if (StateOf(id) != BillingState::kCancelled) return;
  Become(id, BillingState::kActive, "subscription_reactivated");
}

void Customers::EditField(const std::string& id) {
  const auto ids = scene_.twins.provider.ids();
  std::optional<std::string> value = "https://own.example.org";
  const auto dice = scene_.random.Below(3);
  if (dice == 0) value.reset();
  if (dice == 1) {
    value = scene_.twins.provider.Truth(ids[scene_.random.Below(ids.size())])->domain;
  }
  scene_.Act(id + " has its domain field edited to " + value.value_or("(empty)"));
  scene_.LifeOf(id).edited = true;
  scene_.twins.provider.Change(id, "subscription_changed",
                               [&value](BillingSubscription& changed) { changed.domain = value; });
}

void Customers::ScheduleChange(const std::string& id) {
  const std::string plan = OtherPlan();
  scene_.Act(id + " schedules a change to " + plan);
  scene_.LifeOf(id).scheduled = true;
  scene_.twins.provider.Schedule(id,
                                 [plan](BillingSubscription& changed) { SetPlan(changed, plan); });
  scene_.In(Between(scene_.random, minutes(10), days(40)), [this, id] {
    if (scene_.calm || StateOf(id) == BillingState::kDeleted) return;
    scene_.Act(id + " meets its scheduled change");
    scene_.LifeOf(id).scheduled = false;
    scene_.twins.provider.ApplyScheduled(id);
  });
}

void Customers::SetFeatures(const std::string& id) {
  const auto seats = std::to_string(1 + scene_.random.Below(20));
  const auto gib = std::to_string(1 + scene_.random.Below(8)) + "Gi";
  scene_.Act(id + " gets " + seats + " seats, " + gib);
  std::vector<Entitlement> features;
  features.push_back({.feature = "seats", .value = seats});
  features.push_back({.feature = "volume_size", .value = gib});
  scene_.twins.provider.SetEntitlements(id, std::move(features));
}

}  // namespace kl::world
