#include "ports/testing/fake_engine.h"

#include <algorithm>
#include <charconv>

#include "domain/reasons.h"

namespace kl::testing {
namespace {

constexpr std::string_view kAddress = "127.0.0.1:";
constexpr std::uint16_t kFirstPort = 20000;
constexpr std::uint16_t kLastPort = 65000;

// Hands out its pieces one by one.
class Lines : public LogReader {
 public:
  explicit Lines(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Task<Result<std::string>> Read() override {
    if (next_ == pieces_.size()) co_return std::string();
    co_return pieces_[next_++];
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

}  // namespace

FakeEngine::FakeEngine(CallGate& gate, FakeEngineOptions options)
    : gate_(gate), options_(options), event_(gate.loop()) {}

FakeEngine::Instance* FakeEngine::Find(const ServiceName& name, const ServiceUid& uid) {
  const auto it = instances_.find(name);
  return it == instances_.end() || it->second.spec.uid != uid ? nullptr : &it->second;
}

void FakeEngine::Tell(const ServiceName& name) {
  changed_.insert(name);
  event_.Set();
}

// Every start gets new ports: an upstream remembered from before leads nowhere.
void FakeEngine::Start(Instance& instance, Duration delay) {
  ports_.erase(instance.port);
  instance.phase = InstancePhase::kStarting;
  instance.supervised = true;
  instance.attempt = ++attempts_;
  const auto broken = broken_.find(instance.spec.name);
  if (broken != broken_.end()) {
    std::tie(instance.reason, instance.message) = broken->second;
    return;
  }
  instance.reason = reason::kStarting;
  instance.message.clear();
  auto& loop = gate_.loop();
  loop.CallAt(loop.Monotonic() + delay, [this, name = instance.spec.name,
                                         attempt = instance.attempt] { Started(name, attempt); });
}

void FakeEngine::Started(const ServiceName& name, std::uint64_t attempt) {
  const auto it = instances_.find(name);
  if (it == instances_.end() || it->second.attempt != attempt || !it->second.supervised) return;
  Instance& instance = it->second;
  instance.phase = InstancePhase::kRunning;
  instance.reason.clear();
  do {
    next_port_ = next_port_ >= kLastPort ? kFirstPort : next_port_ + 1;
  } while (ports_.contains(next_port_));
  instance.port = next_port_;
  ports_.emplace(instance.port, name);
  ++starts_;
  Tell(name);
}

Task<Status> FakeEngine::Apply(AppSpec spec) {
  KL_PASS(gate_, Before, "engine.apply");
  const auto it = instances_.find(spec.name);
  if (it != instances_.end() && it->second.spec.uid != spec.uid) {
    co_return Fail(ErrorKind::kConflict,
                   "instance '" + spec.name.str() + "' belongs to someone else");
  }
  if (it == instances_.end() && options_.capacity > 0 && instances_.size() >= options_.capacity) {
    co_return Fail(ErrorKind::kExhausted, "engine: no room for another instance");
  }
  std::string digest = Digest(spec);
  Instance& instance = instances_[spec.name];
  if (it == instances_.end()) created_[spec.subscription].insert(spec.uid);
  const bool equal = instance.digest == digest && instance.phase != InstancePhase::kStopped;
  const bool runs = instance.phase == InstancePhase::kRunning;
  if (equal && instance.supervised) {
    // Nothing to do.
  } else if (runs && instance.next && digest == Digest(instance.spec)) {
    ForgetNext(instance);
  } else if (runs && withheld_.contains(spec.name)) {
    instance.digest = std::move(digest);
    instance.next = std::move(spec);
    Tell(instance.spec.name);
  } else {
    instance.digest = std::move(digest);
    Replace(instance, std::move(spec));
  }
  KL_PASS(gate_, After, "engine.apply");
  co_return Status();
}

void FakeEngine::Replace(Instance& instance, AppSpec spec) {
  instance.taken_down += instance.phase == InstancePhase::kRunning;
  instance.spec = std::move(spec);
  instance.next.reset();
  const auto spread = static_cast<std::uint64_t>((options_.start_max - options_.start_min).count());
  const auto extra = Duration(static_cast<std::int64_t>(gate_.random().Below(spread + 1)));
  Start(instance, options_.start_min + extra);
}

void FakeEngine::ForgetNext(Instance& instance) {
  if (!instance.next) return;
  instance.next.reset();
  instance.digest = Digest(instance.spec);
}

Task<Status> FakeEngine::Stop(ServiceName name, ServiceUid uid) {
  KL_PASS(gate_, Before, "engine.stop");
  if (Instance* instance = Find(name, uid);
      instance != nullptr && instance->phase != InstancePhase::kStopped) {
    ports_.erase(instance->port);
    instance->taken_down += instance->phase == InstancePhase::kRunning;
    ForgetNext(*instance);
    instance->phase = InstancePhase::kStopped;
    instance->reason.clear();
    instance->attempt = ++attempts_;
    ++stops_;
    Tell(name);
  }
  KL_PASS(gate_, After, "engine.stop");
  co_return Status();
}

Observed FakeEngine::Describe(const Instance& instance) const {
  Observed observed;
  observed.phase = instance.phase;
  observed.reason = instance.reason;
  observed.message = instance.message;
  observed.spec_digest = instance.digest;
  const bool running = instance.phase == InstancePhase::kRunning;
  const char* status = running ? "healthy" : "starting";
  if (instance.phase == InstancePhase::kStopped) status = "exited";
  for (const auto& member : instance.spec.members) {
    observed.members.push_back(
        {.name = member.name, .status = status, .restarts = instance.restarts});
  }
  // Nobody listens before all members run; what a real engine gives out early is of no use either.
  for (std::size_t i = 0; running && i < instance.spec.routes.size(); ++i) {
    observed.upstreams.emplace_back(instance.spec.routes[i].port,
                                    std::string(kAddress) + std::to_string(instance.port));
  }
  if (running && instance.next) {
    observed.phase = InstancePhase::kStarting;
    observed.reason = reason::kImageMissing;
    observed.message = instance.next->members.front().image + ": no such image";
  }
  return observed;
}

Task<Result<Observed>> FakeEngine::Observe(ServiceName name, ServiceUid uid) {
  KL_PASS(gate_, Before, "engine.observe");
  const Instance* instance = Find(name, uid);
  const Observed observed = instance == nullptr ? Observed() : Describe(*instance);
  KL_PASS(gate_, After, "engine.observe");
  co_return observed;
}

Task<Status> FakeEngine::Remove(ServiceName name, ServiceUid uid) {
  KL_PASS(gate_, Before, "engine.remove");
  if (const Instance* instance = Find(name, uid)) {
    ports_.erase(instance->port);
    instances_.erase(name);
    Tell(name);
  }
  KL_PASS(gate_, After, "engine.remove");
  co_return Status();
}

Task<Result<std::vector<Found>>> FakeEngine::Inventory() {
  KL_PASS(gate_, Before, "engine.inventory");
  std::vector<Found> found;
  for (const auto& [name, instance] : instances_) {
    found.push_back({.name = name,
                     .uid = instance.spec.uid,
                     .subscription = instance.spec.subscription,
                     .running = instance.phase == InstancePhase::kRunning});
  }
  KL_PASS(gate_, After, "engine.inventory");
  co_return found;
}

Task<std::vector<ServiceName>> FakeEngine::Next() {
  co_await gate_.Before("engine.next");
  while (changed_.empty() && !cut_) co_await event_.Wait();
  const auto changed = std::exchange(changed_, {});
  if (std::exchange(cut_, false)) co_return std::vector<ServiceName>();
  co_return std::vector<ServiceName>(changed.begin(), changed.end());
}

Task<Result<std::unique_ptr<LogReader>>> FakeEngine::Logs(ServiceName name, ServiceUid uid,
                                                          LogQuery query) {
  KL_PASS(gate_, Before, "engine.logs");
  const Instance* instance = Find(name, uid);
  if (instance == nullptr) {
    co_return Fail(ErrorKind::kNotFound, "instance '" + name.str() + "' not found");
  }
  const auto& members = instance->spec.members;
  if (std::ranges::find(members, query.member, &Member::name) == members.end()) {
    co_return Fail(ErrorKind::kNotFound,
                   "instance '" + name.str() + "' has no member '" + query.member + "'");
  }
  std::vector<std::string> lines = {query.member + ": started\n", query.member + ": ready\n"};
  if (query.tail >= 0 && query.tail < std::ssize(lines)) {
    lines.erase(lines.begin(), lines.end() - query.tail);
  }
  std::unique_ptr<LogReader> reader = std::make_unique<Lines>(std::move(lines));
  co_return reader;
}

void FakeEngine::Crash(const ServiceName& name) {
  const auto it = instances_.find(name);
  if (it == instances_.end() || it->second.phase != InstancePhase::kRunning) return;
  Instance& instance = it->second;
  ++instance.restarts;
  Start(instance, options_.restart_delay * (1 << std::min(instance.restarts - 1, 6)));
  if (!broken_.contains(name)) instance.reason = reason::kCrashLooping;
  Tell(name);
}

void FakeEngine::Reboot() {
  ports_.clear();
  for (auto& [name, instance] : instances_) {
    ForgetNext(instance);
    instance.phase = InstancePhase::kStopped;
    instance.reason.clear();
    instance.attempt = ++attempts_;
    Tell(name);
  }
}

void FakeEngine::ProgramDied() {
  for (auto& [name, instance] : instances_) {
    ForgetNext(instance);
    if (instance.phase == InstancePhase::kStarting) instance.supervised = false;
  }
}

void FakeEngine::Cut() {
  cut_ = true;
  event_.Set();
}

void FakeEngine::Break(const ServiceName& name, std::string reason, std::string message) {
  broken_.insert_or_assign(name, std::make_pair(std::move(reason), std::move(message)));
  const auto it = instances_.find(name);
  if (it == instances_.end() || it->second.phase == InstancePhase::kStopped) return;
  Start(it->second, Duration(0));
  Tell(name);
}

void FakeEngine::Mend(const ServiceName& name) {
  const bool withheld = withheld_.erase(name) > 0;
  const bool broken = broken_.erase(name) > 0;
  const auto it = instances_.find(name);
  if (it == instances_.end() || it->second.phase == InstancePhase::kStopped) return;
  if (withheld && it->second.next) {
    Replace(it->second, *std::exchange(it->second.next, std::nullopt));
  } else if (broken) {
    Start(it->second, options_.restart_delay);
  } else {
    return;
  }
  Tell(name);
}

void FakeEngine::PlantForeign(const ServiceName& name, const ServiceUid& uid) {
  Instance& instance = instances_[name];
  instance.spec.name = name;
  instance.spec.uid = uid;
  Start(instance, Duration(0));
}

const FakeEngine::Instance* FakeEngine::Listening(const std::string& upstream) const {
  if (!upstream.starts_with(kAddress)) return nullptr;
  std::uint16_t port = 0;
  const char* end = upstream.data() + upstream.size();
  if (std::from_chars(upstream.data() + kAddress.size(), end, port).ptr != end) return nullptr;
  const auto it = ports_.find(port);
  return it == ports_.end() ? nullptr : &instances_.at(it->second);
}

std::int64_t FakeEngine::running() const {
  return std::ranges::count_if(
      instances_, [](const auto& entry) { return entry.second.phase == InstancePhase::kRunning; });
}

int FakeEngine::creations(const std::string& subscription) const {
  const auto it = created_.find(subscription);
  return it == created_.end() ? 0 : static_cast<int>(it->second.size());
}

}  // namespace kl::testing
