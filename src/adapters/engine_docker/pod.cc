#include "adapters/engine_docker/pod.h"

#include <algorithm>
#include <array>

#include "adapters/engine_docker/netns.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl::docker {
namespace {

constexpr Duration kRetryMin{1000};
constexpr Duration kRetryMax{60000};
constexpr Duration kQuietMax = std::chrono::minutes(10);

}  // namespace

std::unexpected<Error> Because(std::string_view reason, Error error) {
  // Nothing below can be said of the instance while the engine is out of reach.
  if (error.kind == ErrorKind::kUnavailable) reason = reason::kEngineUnavailable;
  if (error.field.empty()) error.field = std::string(reason);
  return std::unexpected(std::move(error));
}

const Member* FindMember(const AppSpec& spec, std::string_view name) {
  const auto it = std::ranges::find(spec.members, name, &Member::name);
  return it == spec.members.end() ? nullptr : &*it;
}

Pod::Pod(PodContext& context, ServiceName name, ServiceUid uid)
    : context_(context),
      name_(std::move(name)),
      uid_(std::move(uid)),
      wake_(context.loop),
      settled_(context.loop),
      turn_(context.loop),
      scope_(context.loop) {
  scope_.Spawn(Supervise());
}

Labels Pod::ContainerLabels(const AppSpec& spec) const {
  return InstanceLabels(context_.options.owner, spec);
}

void Pod::NewWish(Wish wish) {
  wish_ = wish;
  ++generation_;
  failures_ = 0;
  listed_ = false;
  wake_.Set();
  turn_.Set();
}

void Pod::WishRun(AppSpec spec) {
  std::string digest = Digest(spec);
  if (wish_ == Wish::kRun && spec_ && digest_ == digest) return;
  digest_ = std::move(digest);
  gone_ = false;
  grace_ = spec.stop_grace;
  spec_ = std::make_shared<const AppSpec>(std::move(spec));
  for (auto& [name, run] : members_) run.given_up = false;
  NewWish(Wish::kRun);
}

Task<Status> Pod::WishAndWait(Wish wish, Duration grace) {
  if (wish_ != wish) {
    if (!spec_) grace_ = grace;
    NewWish(wish);
  }
  wake_.Set();
  const std::uint64_t generation = generation_;
  do {
    co_await settled_.Wait();
    if (generation_ != generation) {
      co_return Fail(ErrorKind::kConflict, "instance " + name_.str() + ": another wish came");
    }
  } while (finished_ != generation);
  co_return last_;
}

Task<void> Pod::Supervise() {
  // The wish comes right after the making.
  if (generation_ == 0) co_await wake_.Wait();
  for (;;) {
    const std::uint64_t generation = generation_;
    busy_ = true;
    Status status = co_await PassOrNewWish();
    busy_ = false;
    if (generation != generation_) continue;
    if (!status) {
      ++failures_;
      listed_ = false;
      const Error& error = status.error();
      trouble_ = Trouble{reason::kStarting, error.message};
      for (const auto& known : reason::All()) {
        if (known.word == error.field) trouble_->reason = known.word;
      }
      Log(LogLevel::kWarn, "instance step failed",
          {{"service", name_.str()}, {"reason", trouble_->reason}, {"error", error}});
    } else {
      failures_ = 0;
      trouble_.reset();
    }
    finished_ = generation;
    const Duration pause = NextLook(status);
    last_ = std::move(status);
    settled_.Set();
    Publish();
    co_await wake_.WaitFor(pause);
  }
}

Task<void> Pod::RunPass(std::optional<Status>& out) {
  Status status = co_await Pass();
  out.emplace(std::move(status));
  turn_.Set();
}

// A new wish waits for the end of the present step, but not for a pull.
Task<Status> Pod::PassOrNewWish() {
  const std::uint64_t generation = generation_;
  std::optional<Status> result;
  working_ = generation;
  interruptible_ = false;
  TaskScope scope(context_.loop);
  scope.Spawn(RunPass(result));
  while (!result) {
    co_await turn_.Wait();
    if (interruptible_ && generation != generation_) break;
  }
  interruptible_ = false;
  if (!result) co_return Fail(ErrorKind::kConflict, "instance " + name_.str() + ": a new wish");
  co_return std::move(*result);
}

Pod::Step Pod::Pass() {
  current_ = spec_;
  co_await ReadRecord();
  switch (wish_) {
    case Wish::kRun: co_return co_await Converge(*current_);
    case Wish::kStop: co_return co_await StopAll();
    case Wish::kRemove: co_return co_await RemoveAll();
  }
  co_return Status();
}

Duration Pod::NextLook(const Status& status) {
  if (!status) {
    const Duration step = std::min(kRetryMax, kRetryMin * (1 << std::min(failures_ - 1, 6)));
    return step * static_cast<int>(80 + context_.random.Below(41)) / 100;
  }
  Duration pause = kQuietMax;
  if (wish_ != Wish::kRun) return pause;
  const MonoTime now = context_.loop.Monotonic();
  for (const auto& [name, run] : members_) {
    if (run.id.empty() || run.completed || run.given_up) continue;
    if (run.Running() && run.health == Health::kUnknown && !run.probe) {
      pause = std::min(pause, std::max(run.running_since + kSettling - now, Duration(1)));
    }
    if (!run.Running() && run.not_before > now) pause = std::min(pause, run.not_before - now);
  }
  return pause;
}

void Pod::OnEvent(const EngineEvent& event) {
  static constexpr std::array<std::string_view, 6> kChangeNothing = {"create", "init",    "mount",
                                                                     "attach", "cleanup", "sync"};
  const auto forget = [&](MemberRun& run) {
    if (run.id == event.id) run.inspected = false;
  };
  if (event.action.starts_with("exec") || event.action.starts_with("health")) return;
  if (std::ranges::find(kChangeNothing, event.action) != kChangeNothing.end()) return;
  const auto known_start = [&](const MemberRun& run) {
    return run.id == event.id && run.inspected && run.Running() &&
           event.seconds * 1'000'000'000 <= run.detail.started_ns;
  };
  if (event.action == "start" && wish_ == Wish::kRun) {
    // Our own step; while a pass is busy with it the start is not read yet.
    if (busy_ || known_start(pause_)) return;
    for (const auto& [name, run] : members_) {
      if (known_start(run)) return;
    }
  }
  forget(pause_);
  for (auto& [name, run] : members_) forget(run);
  Wake();
}

void Pod::OnSweep(const std::vector<const ContainerSummary*>& containers) {
  if (busy_ || generation_ == 0) return;
  std::map<std::string_view, std::string_view> states;
  for (const auto* container : containers) states.emplace(container->id, container->state);
  std::size_t known = 0;
  bool differs = false;
  const auto compare = [&](MemberRun& run) {
    if (run.id.empty()) return;
    ++known;
    const auto it = states.find(run.id);
    if (it == states.end() || it->second != run.state) differs = true;
    // A namespace that died says nothing: it has to be looked at.
    if (run.Running() && run.inspected && &run != &pause_ && !SharesNetwork(run)) {
      run.inspected = pause_.inspected = false;
      differs = true;
    }
  };
  compare(pause_);
  for (auto& [name, run] : members_) compare(run);
  if (differs || known != containers.size()) Wake();
}

Task<void> Pod::RefreshStorage() {
  if (!storage_) co_return;
  auto info = co_await context_.volumes.Inspect(uid_);
  if (info && storage_) storage_ = std::move(*info);
}

void Pod::Publish() {
  const Observed seen = Report();
  std::string text =
      std::to_string(static_cast<int>(seen.phase)) + seen.reason + seen.message + seen.spec_digest;
  for (const auto& member : seen.members) text += member.name + member.status + member.error;
  for (const auto& [port, address] : seen.upstreams) text += std::to_string(port) + address;
  if (text == published_) return;
  published_ = std::move(text);
  context_.changed(name_);
}

Pod::Step Pod::All(std::vector<Step> steps) {
  if (steps.empty()) co_return Status();
  auto results = co_await WhenAll(context_.loop, std::move(steps));
  for (auto& result : results) {
    if (!result) co_return std::move(result);
  }
  co_return Status();
}

}  // namespace kl::docker
