#include "sim/world/troubles.h"

#include "domain/reasons.h"

namespace kl::world {

void Troubles::Start(Duration span) {
  const Climate& climate = scene().climate;
  const auto sometime = [&](auto fn) {
    scene().In(Between(scene().random, days(5), span - days(5)), [this, fn] {
      if (!scene().calm) fn();
    });
  };
  for (int i = 0; i < climate.small_troubles; ++i) {
    sometime([this] { Small(static_cast<int>(scene().random.Below(15))); });
  }
  if (climate.restore) sometime([this] { PutBackYesterday(); });
  if (climate.other_site) {
    sometime([this] { SwitchProvider(&testing::ProviderFaults::other_site, hours(30)); });
  }
  if (climate.clock_jump) {
    sometime([this] {
      scene().Act("the wall clock jumps by ten years");
      scene().twins.loop.JumpWall(days(3652));
    });
  }
  if (climate.mass_cancellation) sometime([this] { CancelMany(); });
  sometime([this] {
    const ServiceName name("planted-orphan");
    const ServiceUid uid(scene().random.Uid());
    scene().Act("someone starts a container of an unknown instance");
    scene().twins.engine.PlantForeign(name, uid);
    p_.checks.OnOrphan(name, uid);
  });
}

const ServiceName* Troubles::AnyInstance() {
  const auto& instances = scene().twins.engine.instances();
  if (instances.empty()) return nullptr;
  auto it = instances.begin();
  std::advance(it, scene().random.Below(instances.size()));
  found_ = it->first;
  return &found_;
}

void Troubles::SwitchProvider(bool testing::ProviderFaults::* fault, Duration most) {
  if (scene().climate.webhooks == Webhooks::kOnly &&
      fault == &testing::ProviderFaults::other_site) {
    return;
  }
  scene().Act("the provider's manner changes");
  scene().twins.provider.faults.*fault = true;
  scene().In(Between(scene().random, minutes(1), most), [this, fault] {
    scene().Act("the provider's manner is as before");
    scene().twins.provider.faults.*fault = false;
  });
}

void Troubles::RaiseProvider(double testing::ProviderFaults::* fault, double chance,
                             Duration most) {
  const double before = scene().climate.provider.*fault;
  scene().Act("the provider's answers get worse");
  scene().twins.provider.faults.*fault = chance;
  scene().In(Between(scene().random, minutes(1), most), [this, fault, before] {
    if (!scene().calm) scene().twins.provider.faults.*fault = before;
  });
}

void Troubles::Small(int kind) {
  Twins& twins = scene().twins;
  using Faults = testing::ProviderFaults;
  switch (kind) {
    case 0: return SwitchProvider(&Faults::down, hours(12));
    case 1: return SwitchProvider(&Faults::wrong_key, hours(6));
    case 2: return SwitchProvider(&Faults::field_missing, hours(3));
    case 3: return RaiseProvider(&Faults::rate_limited, 0.5, hours(3));
    case 4: return RaiseProvider(&Faults::empty_list, 0.5, hours(24));
    case 5: return RaiseProvider(&Faults::unavailable, 0.5, hours(6));
    case 6:
    case 7:
      scene().Act("the machine reboots");
      twins.engine.Reboot();
      return kill();
    case 8: scene().Act("the engine's event stream is cut"); return twins.engine.Cut();
    case 9:
      scene().Act("the gateway is down");
      twins.gateway.Down();
      scene().In(Between(scene().random, seconds(1), hours(2)), [&twins] { twins.gateway.Up(); });
      return;
    case 10:
      scene().Act("the gateway restarts without its routes");
      twins.gateway.LoseRoutes();
      twins.gateway.Up();
      return;
    case 11:
      scene().Act("applications answer 500");
      twins.outside.sick_status = 500;
      scene().In(Between(scene().random, seconds(1), minutes(10)),
                 [&twins] { twins.outside.sick_status = 0; });
      return;
    case 12:
      if (const ServiceName* name = AnyInstance()) {
        scene().Act("the image of " + name->str() + " is missing");
        twins.engine.Break(*name, std::string(reason::kImageMissing), "no such image");
        scene().In(Between(scene().random, seconds(1), hours(2)),
                   [this, name = *name] { Mend(name); });
      }
      return;
    case 13: return WithholdImage();
    default:
      if (const ServiceName* name = AnyInstance()) {
        scene().Act("a member of " + name->str() + " crashes");
        twins.engine.Crash(*name);
      }
  }
}

// A customer changes the plan while the image of what it asks for cannot be had.
void Troubles::WithholdImage() {
  const ServiceName* name = AnyInstance();
  if (name == nullptr) return;
  Twins& twins = scene().twins;
  const auto key = ParseSubscriptionKey(twins.engine.instances().at(*name).spec.subscription);
  if (!key) return;
  scene().Act("no other image can be had for " + name->str());
  twins.engine.Withhold(*name);
  p_.checks.OnWithheld(*name);
  p_.customers.ChangePlan(key->id);
  scene().In(Between(scene().random, minutes(1), hours(2)), [this, name = *name] { Mend(name); });
}

void Troubles::Mend(const ServiceName& name) {
  p_.checks.OnMended(name);
  scene().twins.engine.Mend(name);
}

void Troubles::PutBackYesterday() {
  scene().Act("a copy of the store is taken");
  auto copy = std::make_shared<Twins::Copy>(scene().twins.TakeCopy());
  scene().In(Between(scene().random, hours(1), hours(48)), [this, copy] {
    if (scene().calm) return;
    scene().Act("yesterday's store is put back");
    kill();
    for (auto& [id, life] : scene().lives) {
      // What was removed since is made anew, and an edit made since is not known to be one.
      if (life.deleted) ++life.more_instances;
      if (life.edited) ++life.more_writes;
    }
    scene().twins.PutBack(std::move(*copy));
    p_.person.LearnFromStore();
    p_.checks.OnForgotten();
    p_.checks.GateOpened(scene().now());
  });
}

// Somebody at the provider cancels half of all by mistake. Either it is undone, or it was meant.
void Troubles::CancelMany() {
  scene().Act("half of all subscriptions are cancelled at once");
  auto cancelled = std::make_shared<std::vector<std::string>>();
  for (const std::string& id : scene().twins.provider.ids()) {
    const BillingState state = p_.customers.StateOf(id);
    if (state != BillingState::kActive && state != BillingState::kTrial) continue;
    if (Chance(scene().random, 0.5)) continue;
    cancelled->push_back(id);
    scene().In(Between(scene().random, Duration(0), minutes(10)),
               [this, id] { p_.customers.Cancel(id); });
  }
  const bool undone = Chance(scene().random, 0.5);
  scene().In(Between(scene().random, minutes(30), hours(4)), [this, cancelled, undone] {
    if (scene().calm) return;
    if (undone) {
      for (const std::string& id : *cancelled) p_.customers.Reactivate(id);
    } else {
      p_.person.ReleaseGate();
    }
  });
}

void Troubles::Cease() {
  Twins& twins = scene().twins;
  twins.provider.faults = {};
  twins.gate.fails = twins.gate.answer_lost = 0;
  twins.gateway.Up();
  twins.outside.sick_status = 0;
  std::vector<ServiceName> names;
  for (const auto& [name, instance] : twins.engine.instances()) names.push_back(name);
  for (const ServiceName& name : names) Mend(name);
  for (const auto& [name, site] : twins.sites.objects()) {
    if (site.status.gate_closed_since) p_.person.ReleaseGate();
  }
}

}  // namespace kl::world
