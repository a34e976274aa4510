#include "sim/world/world.h"

#include "domain/host.h"

namespace kl::world {
namespace {

constexpr std::uint64_t kCheckEvery = 16;     // steps, when nobody watches
constexpr std::uint64_t kStepsMax = 100'000;  // of a subscription in a year: it finds no rest
constexpr Duration kCalm = days(60);

// Long intervals: what they cover is the same, and years pass quickly.
app::Settings SettingsOf(const Climate& climate, int subscriptions) {
  app::Settings settings;
  // The largest plan fits, and a small part of all does.
  if (climate.tight) settings.capacity.memory_bytes = (2048 + 100LL * subscriptions) << 20;
  settings.poll_with_webhook = settings.poll_without_webhook =
      climate.webhooks == Webhooks::kNone ? Duration(hours(12)) : Duration(days(2));
  settings.sweep_every = days(14);
  settings.resync_every = days(20);
  return settings;
}

}  // namespace

World::World(WorldOptions options)
    : options_(options),
      random_(options.seed * 0x2545f4914f6cdd1dull + 1),
      program_random_(random_.Next()),
      climate_(DrawClimate(random_, options.plant)),
      settings_(SettingsOf(climate_, options.subscriptions)),
      scene_(options_, random_, climate_),
      checks_(scene_),
      sender_(scene_),
      customers_(scene_),
      operator_(scene_, checks_),
      troubles_({scene_, customers_, operator_, checks_}),
      kills_left_(climate_.kills) {
  Twins& twins = scene_.twins;
  twins.gate.hook = [this](std::string_view call, testing::CallGate::Moment moment) {
    return OnCall(call, moment);
  };
  twins.provider.on_event = [this](const ParsedEvent& event) { OnEvent(event); };
  twins.provider.has_answered = [this](const std::string& value) { return Announced(value); };
  troubles_.kill = [this] { dead_ = true; };
}

// Whether the host in a written value has ever answered from outside.
bool World::Announced(const std::string& value) const {
  return scene_.twins.outside.first_answers().contains(BareHost(value));
}

bool World::OnCall(std::string_view call, testing::CallGate::Moment moment) {
  if (dead_) return false;
  scene_.chronicle.Call(scene_.now(), call, moment == testing::CallGate::Moment::kAfter);
  if (calls_to_live_ > 0 && --calls_to_live_ == 0) dead_ = true;
  return !dead_;
}

void World::OnEvent(const ParsedEvent& event) {
  const std::string& id = event.hints.front().id;
  scene_.Act(event.id + " " + event.type + " of " + id);
  checks_.OnEvent(id);
  sender_.Send(event);
  const double expected = options_.subscriptions * options_.years * 3.0;
  if (kills_left_ > 0 && !scene_.calm && Chance(random_, climate_.kills / expected)) {
    --kills_left_;
    calls_to_live_ = 1 + static_cast<int>(random_.Below(150));
  }
}

// Customers do not wait until we have written.
void World::OnPublish(const std::string& id) {
  if (scene_.calm || !Chance(random_, 0.15)) return;
  if (customers_.StateOf(id) == BillingState::kActive) customers_.ChangePlan(id);
}

void World::Boot() {
  if (scene_.program) return;
  scene_.Act("the program starts");
  scene_.program = std::make_unique<Program>(Program::Surroundings{
      scene_.twins, program_random_, scene_.application, settings_, options_.plant});
  scene_.program->engine.on_end = [this](const testing::FakeEngine::Instance& instance,
                                         bool removed) { checks_.OnEnd(instance, removed); };
  scene_.program->gateway.on_route = [this](const std::string& host, const Route* next) {
    checks_.OnRoute(host, next);
  };
  scene_.program->provider.on_publish = [this](const std::string& id) { OnPublish(id); };
  scene_.program->Start(climate_.webhooks != Webhooks::kOnly);
}

void World::Die() {
  ++kills_;
  scene_.Act("the program is killed");
  scene_.program.reset();
  sender_.CheckAcknowledged();
  scene_.twins.engine.ProgramDied();
  scene_.twins.gateway.ProgramDied();
  dead_ = false;
  calls_to_live_ = 0;
  const Duration gone = Chance(random_, 0.8) ? Between(random_, Duration(100), minutes(2))
                                             : Between(random_, minutes(2), days(2));
  scene_.In(gone, [this] { Boot(); });
}

void World::RunUntil(MonoTime end) {
  Twins& twins = scene_.twins;
  const auto most = kStepsMax * static_cast<std::uint64_t>(options_.subscriptions) *
                    static_cast<std::uint64_t>(options_.years);
  bool over = false;
  twins.loop.CallAt(end, [&over] { over = true; });
  while (!over && !scene_.failure) {
    twins.loop.Step();
    if (dead_) Die();
    if (options_.trace || twins.loop.steps() % kCheckEvery == 0) checks_.AfterStep();
    if (twins.loop.steps() > most) scene_.Fail("2", "the world does not come to rest");
  }
}

// More memory is put into the machine.
void World::Grow() {
  scene_.Act("the machine grows");
  settings_.capacity = app::Settings{}.capacity;
  if (!scene_.program) return;
  scene_.program.reset();
  sender_.CheckAcknowledged();
  scene_.twins.engine.ProgramDied();
  scene_.twins.gateway.ProgramDied();
}

void World::CalmDown() {
  scene_.Act("faults cease");
  scene_.calm = true;
  calls_to_live_ = 0;
  dead_ = false;
  if (climate_.tight) Grow();
  Boot();
  troubles_.Cease();
}

WorldResult World::Run() {
  const Duration span = days(365) * options_.years;
  customers_.Start(span);
  operator_.Start(span);
  troubles_.Start(span);
  Boot();
  RunUntil(MonoTime(span));
  if (!scene_.failure) CalmDown();
  RunUntil(MonoTime(span + kCalm));
  if (!scene_.failure) checks_.AtTheEnd();
  scene_.program.reset();
  WorldResult result;
  result.digest = scene_.chronicle.digest();
  result.steps = scene_.twins.loop.steps();
  result.calls = scene_.chronicle.calls();
  result.kills = kills_;
  result.events = static_cast<int>(scene_.twins.provider.events().size());
  for (const auto& [subscription, uids] : scene_.twins.engine.created()) {
    result.instances += static_cast<int>(uids.size());
  }
  result.failure = std::move(scene_.failure);
  return result;
}

}  // namespace kl::world
