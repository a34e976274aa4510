#include "adapters/engine_docker/engine_docker.h"

#include <algorithm>
#include <set>

#include "adapters/engine_docker/decode.h"
#include "adapters/engine_docker/frames.h"
#include "adapters/engine_docker/pod.h"
#include "base/log.h"
#include "domain/reasons.h"

namespace kl {

using namespace docker;

namespace {
constexpr std::size_t kRoutineProbes = 2;  // commands at the same time that nobody waits for
}

struct DockerEngine::Impl {
  Impl(net::IoLoop& l, EngineOptions o, Volumes& volumes, Random& random, Subnet subnets)
      : loop(l),
        options(std::move(o)),
        api(l, options.socket, options.operations_max),
        lister(l, api, options.owner),
        images(l, api, pool, {options.registry_auth_file, options.pause_image, options.pause_tar}),
        seeder(l, api, unpacking),
        files(options.files_dir),
        subnet_pool(subnets, options.subnet_bits, random),
        port_pool(options.port_first, options.port_last, random),
        routine_probes(l, kRoutineProbes),
        context{loop,
                options,
                api,
                lister,
                routine_probes,
                pool,
                images,
                seeder,
                files,
                subnet_pool,
                port_pool,
                volumes,
                random,
                [this](const ServiceName& name) { Changed(name); }},
        dirty_event(l),
        scope(l) {}

  void Changed(const ServiceName& name) {
    dirty.insert(name);
    dirty_event.Set();
  }
  std::shared_ptr<Pod> PodFor(const ServiceName& name, const ServiceUid& uid);
  void Start();
  Task<Status> Prepare();
  Task<Status> Learn();
  Task<Result<std::vector<ContainerSummary>>> ListOwned();
  Task<Result<ContainerSummary>> ContainerOf(ServiceName name, ServiceUid uid, std::string member);
  Task<Status> CheckName(ServiceName name, ServiceUid uid);
  Task<void> WatchEvents();
  Task<Status> ReadEvents();
  Task<void> Sweep();
  void Dispatch(std::string_view line);

  net::IoLoop& loop;
  EngineOptions options;
  EngineApi api;
  Lister lister;
  OffloadPool pool{2};
  OffloadPool unpacking{2};  // may take long
  Images images;
  Seeder seeder;
  InstanceFiles files;
  SubnetPool subnet_pool;
  PortPool port_pool;
  Throttle routine_probes;
  PodContext context;
  bool started = false;
  bool prepared = false;  // what is in use on the engine was read once
  struct Lesson {
    explicit Lesson(Loop& loop) : done(loop) {}
    Event done;
    std::optional<Status> result;
  };
  std::shared_ptr<Lesson> lesson;  // being read
  Task<void> LearnOnce(std::shared_ptr<Lesson> current);
  std::int64_t last_event = 0;
  std::set<ServiceName> dirty;
  bool all_dirty = false;
  Event dirty_event;
  std::map<ServiceUid, std::shared_ptr<Pod>> pods;
  TaskScope scope;
};

DockerEngine::DockerEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DockerEngine::~DockerEngine() = default;

Result<std::unique_ptr<DockerEngine>> DockerEngine::Make(net::IoLoop& loop, EngineOptions options,
                                                         Volumes& volumes, Random& random) {
  const auto subnets = ParseSubnet(options.subnet_pool);
  if (!subnets || options.subnet_bits < subnets->bits || options.subnet_bits > 30 ||
      options.subnet_bits - subnets->bits > 20) {
    return Fail(ErrorKind::kInvalid, "engine: not a pool of subnets: " + options.subnet_pool,
                "subnet_pool");
  }
  if (options.port_first == 0 || options.port_first > options.port_last) {
    return Fail(ErrorKind::kInvalid, "engine: not a range of ports", "port_first");
  }
  if (options.owner.empty()) {
    return Fail(ErrorKind::kInvalid, "engine: the installation has no id", "owner");
  }
  std::error_code code;
  options.files_dir = std::filesystem::absolute(options.files_dir, code).string();
  if (options.operations_max == 0) options.operations_max = 1;
  auto impl = std::make_unique<Impl>(loop, std::move(options), volumes, random, *subnets);
  KL_RETURN_IF_ERROR(impl->files.Prepare());
  return std::unique_ptr<DockerEngine>(new DockerEngine(std::move(impl)));
}

std::shared_ptr<Pod> DockerEngine::Impl::PodFor(const ServiceName& name, const ServiceUid& uid) {
  auto& pod = pods[uid];
  if (!pod) pod = std::make_shared<Pod>(context, name, uid);
  return pod;
}

void DockerEngine::Impl::Start() {
  if (std::exchange(started, true)) return;
  scope.Spawn(WatchEvents());
  scope.Spawn(Sweep());
}

// Waits until it is known which ports and subnets are in use; all that ask at once wait for the
// same.
Task<Status> DockerEngine::Impl::Prepare() {
  Start();
  if (prepared) co_return Status();
  if (!lesson) {
    lesson = std::make_shared<Lesson>(loop);
    scope.Spawn(LearnOnce(lesson));
  }
  const std::shared_ptr<Lesson> mine = lesson;
  while (!mine->result) co_await mine->done.Wait();
  co_return *mine->result;
}

Task<void> DockerEngine::Impl::LearnOnce(std::shared_ptr<Lesson> current) {
  Status learnt = co_await Learn();
  lesson.reset();
  current->result = std::move(learnt);
  current->done.Set();
}

Task<Status> DockerEngine::Impl::Learn() {
  auto containers = co_await ListOwned();
  if (!containers) co_return Fail(std::move(containers.error()));
  auto networks = co_await api.ListNetworks();
  if (!networks) co_return Fail(std::move(networks.error()));
  auto read = [records = files] { return records.Records(); };
  const auto records = co_await Offload(loop, pool, std::move(read));
  // Ports of instances whose containers are gone as well: a route may still lead there.
  for (const InstanceRecord& record : records) {
    for (const auto& [inside, outside] : record.ports) port_pool.MarkUsed(outside);
  }
  for (const auto& container : *containers) {
    for (const auto& [inside, outside] : ParsePorts(LabelOf(container.labels, label::kPorts))) {
      port_pool.MarkUsed(outside);
    }
  }
  for (const auto& network : *networks) {
    for (const auto& text : network.subnets) {
      if (const auto subnet = ParseSubnet(text)) subnet_pool.MarkUsed(*subnet);
    }
  }
  prepared = true;
  co_return Status();
}

Task<Result<std::vector<ContainerSummary>>> DockerEngine::Impl::ListOwned() {
  Labels any;
  co_return co_await lister.Find(std::move(any));
}

// kConflict when that name belongs to another uid.
Task<Status> DockerEngine::Impl::CheckName(ServiceName name, ServiceUid uid) {
  Labels wanted = {{std::string(label::kService), name.str()}};
  auto containers = co_await lister.Find(std::move(wanted));
  if (!containers) co_return Fail(std::move(containers.error()));
  for (const auto& container : *containers) {
    if (LabelOf(container.labels, label::kUid) == uid.str()) continue;
    co_return Fail(
        ErrorKind::kConflict,
        "instance " + name.str() + ": the name belongs to another instance on the engine",
        std::string(reason::kForeignInstance));
  }
  co_return Status();
}

namespace {

bool IsVolumeName(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string_view::npos;
}

Status CheckSpec(const AppSpec& spec) {
  if (spec.uid.str().size() < 8 || spec.name.empty()) {
    return Fail(ErrorKind::kInvalid, "instance: no name or uid");
  }
  std::set<std::string> names;
  for (const auto& member : spec.members) {
    if (member.image.empty()) {
      return Fail(ErrorKind::kInvalid, member.name + ": no image", "members." + member.name);
    }
    if (!IsVolumeName(member.name) || !names.insert(member.name).second) {
      return Fail(ErrorKind::kInvalid, "member: bad or repeated name: " + member.name, "members");
    }
    for (const auto& mount : member.mounts) {
      if (std::ranges::find(spec.volumes, mount.volume) == spec.volumes.end() ||
          !IsVolumeName(mount.volume) || !mount.path.starts_with('/')) {
        return Fail(ErrorKind::kInvalid, member.name + ": no such volume: " + mount.volume,
                    "members." + member.name + ".mounts");
      }
    }
  }
  if (spec.members.empty()) return Fail(ErrorKind::kInvalid, "instance: no members", "members");
  return {};
}

}  // namespace

Task<Status> DockerEngine::Apply(AppSpec spec) {
  KL_CO_RETURN_IF_ERROR(CheckSpec(spec));
  KL_CO_RETURN_IF_ERROR(co_await impl_->Prepare());
  const auto known = impl_->pods.find(spec.uid);
  if (known == impl_->pods.end() || known->second->name() != spec.name) {
    KL_CO_RETURN_IF_ERROR(co_await impl_->CheckName(spec.name, spec.uid));
    for (const auto& [uid, pod] : impl_->pods) {
      if (uid != spec.uid && pod->name() == spec.name && !pod->gone()) {
        co_return Fail(ErrorKind::kConflict,
                       "instance " + spec.name.str() + ": the name belongs to another instance",
                       std::string(reason::kForeignInstance));
      }
    }
  }
  impl_->PodFor(spec.name, spec.uid)->WishRun(std::move(spec));
  co_return Status();
}

Task<Status> DockerEngine::Stop(ServiceName name, ServiceUid uid) {
  KL_CO_RETURN_IF_ERROR(co_await impl_->Prepare());
  const std::shared_ptr<Pod> pod = impl_->PodFor(name, uid);
  co_return co_await pod->WishAndWait(Wish::kStop, std::chrono::seconds(10));
}

Task<Status> DockerEngine::Remove(ServiceName name, ServiceUid uid) {
  KL_CO_RETURN_IF_ERROR(co_await impl_->Prepare());
  const std::shared_ptr<Pod> pod = impl_->PodFor(name, uid);
  auto removed = co_await pod->WishAndWait(Wish::kRemove, std::chrono::seconds(0));
  if (!removed) co_return removed;
  const auto it = impl_->pods.find(uid);
  if (it != impl_->pods.end() && it->second == pod && pod->gone()) impl_->pods.erase(it);
  impl_->Changed(name);
  co_return Status();
}

Task<Result<Observed>> DockerEngine::Observe(ServiceName name, ServiceUid uid) {
  impl_->Start();
  if (const auto it = impl_->pods.find(uid); it != impl_->pods.end()) {
    const std::shared_ptr<Pod> pod = it->second;
    co_await pod->RefreshStorage();
    co_return pod->Report();
  }
  Labels wanted = {{std::string(label::kUid), uid.str()}};
  auto containers = co_await impl_->lister.Find(std::move(wanted));
  if (!containers) co_return Fail(std::move(containers.error()));
  auto work = [files = impl_->files, uid] { return files.ReadRecord(uid); };
  auto record = co_await Offload(impl_->loop, impl_->pool, std::move(work));
  Observed seen;
  bool running = false;
  for (const auto& container : *containers) {
    const std::string member(LabelOf(container.labels, label::kMember));
    running = running || container.state == "running";
    seen.spec_digest = LabelOf(container.labels, label::kSpecDigest);
    for (const auto& [in, out] : ParsePorts(LabelOf(container.labels, label::kPorts))) {
      seen.upstreams.emplace_back(in, "127.0.0.1:" + std::to_string(out));
    }
    if (!member.empty()) seen.members.push_back({.name = member, .status = container.state});
  }
  if (record) seen.spec_digest = record->spec_digest;
  if (containers->empty() && !record) co_return seen;
  seen.phase = running ? InstancePhase::kStarting : InstancePhase::kStopped;
  seen.reason = running ? std::string(reason::kStarting) : std::string();
  if (running) seen.message = name.str() + ": not supervised yet";
  co_return seen;
}

Task<Result<std::vector<Found>>> DockerEngine::Inventory() {
  auto containers = co_await impl_->ListOwned();
  if (!containers) co_return Fail(std::move(containers.error()));
  auto networks = co_await impl_->api.ListNetworks();
  if (!networks) co_return Fail(std::move(networks.error()));
  auto storages = co_await impl_->context.volumes.List();
  if (!storages) co_return Fail(std::move(storages.error()));
  auto work = [files = impl_->files] { return files.Records(); };
  auto records = co_await Offload(impl_->loop, impl_->pool, std::move(work));
  std::map<ServiceUid, Found> found;
  const auto add = [&](const ServiceUid& uid) -> Found& {
    Found& entry = found[uid];
    entry.uid = uid;
    return entry;
  };
  const auto add_labelled = [&](const Labels& labels) -> Found* {
    const std::string uid(LabelOf(labels, label::kUid));
    if (uid.empty() || LabelOf(labels, label::kOwner) != impl_->options.owner) return nullptr;
    Found& entry = add(ServiceUid(uid));
    entry.name = ServiceName(std::string(LabelOf(labels, label::kService)));
    entry.subscription = LabelOf(labels, label::kSubscription);
    return &entry;
  };
  for (const auto& container : *containers) {
    Found* entry = add_labelled(container.labels);
    if (entry != nullptr && container.state == "running") entry->running = true;
  }
  for (const auto& network : *networks) add_labelled(network.labels);
  for (const auto& uid : *storages) add(uid);
  for (const auto& record : records) {
    Found& entry = add(record.uid);
    if (entry.name.empty()) entry.name = ServiceName(record.service);
    if (entry.subscription.empty()) entry.subscription = record.subscription;
  }
  std::vector<Found> list;
  for (auto& [uid, entry] : found) list.push_back(std::move(entry));
  co_return list;
}

Task<std::vector<ServiceName>> DockerEngine::Next() {
  impl_->Start();
  while (impl_->dirty.empty() && !impl_->all_dirty) co_await impl_->dirty_event.Wait();
  if (std::exchange(impl_->all_dirty, false)) {
    impl_->dirty.clear();
    co_return std::vector<ServiceName>();
  }
  std::vector<ServiceName> names(impl_->dirty.begin(), impl_->dirty.end());
  impl_->dirty.clear();
  co_return names;
}

namespace {

class DockerLogReader : public LogReader {
 public:
  explicit DockerLogReader(std::unique_ptr<net::BodyReader> body) : body_(std::move(body)) {}
  Task<Result<std::string>> Read() override {
    for (;;) {
      auto piece = co_await body_->Read();
      if (!piece || piece->empty()) co_return piece;
      std::string text = decoder_.Feed(*piece);
      if (!text.empty()) co_return text;
    }
  }

 private:
  std::unique_ptr<net::BodyReader> body_;
  FrameDecoder decoder_;
};

}  // namespace

Task<Result<ContainerSummary>> DockerEngine::Impl::ContainerOf(ServiceName name, ServiceUid uid,
                                                               std::string member) {
  Labels wanted = {{std::string(label::kUid), uid.str()}, {std::string(label::kMember), member}};
  auto containers = co_await lister.Find(std::move(wanted));
  if (!containers) co_return Fail(std::move(containers.error()));
  if (containers->empty() || member.empty()) {
    co_return Fail(ErrorKind::kNotFound,
                   "instance " + name.str() + ": no container of member '" + member + "'",
                   "member");
  }
  co_return std::move(containers->front());
}

Task<Result<std::unique_ptr<LogReader>>> DockerEngine::Logs(ServiceName name, ServiceUid uid,
                                                            LogQuery query) {
  auto container = co_await impl_->ContainerOf(name, uid, query.member);
  if (!container) co_return Fail(std::move(container.error()));
  auto body = co_await impl_->api.Logs(container->id, query.tail, query.follow);
  if (!body) co_return Fail(std::move(body.error()));
  std::unique_ptr<LogReader> reader = std::make_unique<DockerLogReader>(std::move(*body));
  co_return reader;
}

Task<Result<CommandOutcome>> DockerEngine::Run(ServiceName name, ServiceUid uid,
                                               InstanceCommand command) {
  auto container = co_await impl_->ContainerOf(name, uid, command.member);
  if (!container) co_return Fail(std::move(container.error()));
  if (container->state != "running") {
    co_return Fail(ErrorKind::kConflict,
                   "instance " + name.str() + ": " + command.member + " does not run", "member");
  }
  std::vector<std::string> env;
  for (const auto& [key, value] : command.environment) env.push_back(key + "=" + value.Reveal());
  auto ended = co_await impl_->api.Exec(container->id, std::move(command.arguments), command.limit,
                                        std::move(env));
  if (!ended) co_return Fail(std::move(ended.error()));
  constexpr std::size_t kOutputMax = 4096;
  CommandOutcome outcome{.exit_code = ended->exit_code, .output = std::move(ended->output)};
  outcome.output.erase(0, outcome.output.size() - std::min(outcome.output.size(), kOutputMax));
  co_return outcome;
}

void DockerEngine::Impl::Dispatch(std::string_view line) {
  const auto event = DecodeEvent(line);
  if (!event) return;
  last_event = std::max(last_event, event->seconds);
  const auto it = pods.find(ServiceUid(std::string(LabelOf(event->labels, label::kUid))));
  if (it != pods.end()) it->second->OnEvent(*event);
}

Task<Status> DockerEngine::Impl::ReadEvents() {
  // Overlapping by a second: an event seen twice does no harm.
  const std::int64_t since = last_event > 0 ? last_event - 1 : 0;
  std::string mine = std::string(label::kOwner) + "=" + options.owner;
  auto body = co_await api.Events(std::move(mine), since);
  if (!body) co_return Fail(std::move(body.error()));
  std::string buffer;
  for (;;) {
    auto piece = co_await (*body)->Read();
    if (!piece) co_return Fail(std::move(piece.error()));
    if (piece->empty()) co_return Status();
    buffer += *piece;
    for (auto end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
      if (end > 0) Dispatch(std::string_view(buffer).substr(0, end));
      buffer.erase(0, end + 1);
    }
  }
}

Task<void> DockerEngine::Impl::WatchEvents() {
  Duration pause{100};
  for (;;) {
    const MonoTime begun = loop.Monotonic();
    Status status = co_await ReadEvents();
    if (!status) Log(LogLevel::kDebug, "engine events ended", {{"error", status.error()}});
    // What happened while nobody listened is found by looking.
    for (const auto& [uid, pod] : pods) pod->Wake();
    all_dirty = true;
    dirty_event.Set();
    if (loop.Monotonic() - begun > std::chrono::seconds(10)) pause = Duration{100};
    co_await Sleep(loop, pause);
    pause = std::min<Duration>(pause * 2, std::chrono::seconds(5));
  }
}

Task<void> DockerEngine::Impl::Sweep() {
  for (;;) {
    co_await Sleep(loop, options.sweep);
    auto containers = co_await ListOwned();
    if (!containers) continue;
    std::map<std::string_view, std::vector<const ContainerSummary*>> by_uid;
    for (const auto& container : *containers) {
      by_uid[LabelOf(container.labels, label::kUid)].push_back(&container);
    }
    for (const auto& [uid, pod] : pods) pod->OnSweep(by_uid[uid.str()]);
  }
}

}  // namespace kl
