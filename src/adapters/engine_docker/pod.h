// Supervision of one instance: one coroutine that compares what is wished with what the engine has,
// takes the steps that are missing, and waits for the next reason to look again. Every step may
// have been taken already, by us before a kill or by somebody else: the engine is read, not
// remembered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/engine_docker/allocator.h"
#include "adapters/engine_docker/encode.h"
#include "adapters/engine_docker/engine_docker.h"
#include "adapters/engine_docker/images.h"
#include "adapters/engine_docker/instance_files.h"
#include "adapters/engine_docker/lister.h"
#include "adapters/engine_docker/member_run.h"
#include "adapters/engine_docker/seeder.h"

namespace kl::docker {

// What all pods share; owned by the engine and outlives them.
struct PodContext {
  net::IoLoop& loop;
  const EngineOptions& options;
  EngineApi& api;
  Lister& lister;
  Throttle& routine_probes;
  OffloadPool& pool;
  Images& images;
  Seeder& seeder;
  InstanceFiles& files;
  SubnetPool& subnets;
  PortPool& ports;
  Volumes& volumes;
  Random& random;
  std::function<void(const ServiceName&)> changed;  // something to observe anew
};

enum class Wish { kRun, kStop, kRemove };

class Pod {
 public:
  Pod(PodContext& context, ServiceName name, ServiceUid uid);
  Pod(const Pod&) = delete;

  const ServiceName& name() const { return name_; }

  // From now on it shall run like this. Returns at once.
  void WishRun(AppSpec spec);
  // From now on it shall be stopped, or removed; waits until that is so. The first failure is
  // returned, and the attempt goes on. kConflict when another wish comes in between.
  Task<Status> WishAndWait(Wish wish, Duration grace);
  // Look again at once.
  void Wake() {
    listed_ = false;
    wake_.Set();
  }
  // Reads how full the storage is; no effect while there is none.
  Task<void> RefreshStorage();
  void OnEvent(const EngineEvent& event);
  // Compares with a list of all containers and looks again where it differs.
  void OnSweep(const std::vector<const ContainerSummary*>& containers);

  bool gone() const { return gone_; }
  Observed Report() const;

 private:
  struct Trouble {
    std::string_view reason;
    std::string message;
  };
  using Step = Task<Status>;

  Task<void> Supervise();
  Step Pass();
  Task<void> RunPass(std::optional<Status>& out);
  Task<Status> PassOrNewWish();
  void NewWish(Wish wish);
  Duration NextLook(const Status& status);
  void Publish();

  // pod_look.cc: reading the engine.
  Step Look(const AppSpec* spec);
  void Sort(std::vector<ContainerSummary> containers, const AppSpec* spec);
  Step Inspect(MemberRun& run);
  Step InspectAll();
  Step Judge(const AppSpec& spec);
  Task<void> AskKernel(MemberRun& run);
  Task<std::string_view> ReasonInLogs(std::string id);
  bool SharesNetwork(const MemberRun& run) const;

  // pod_converge.cc: the steps towards running.
  Step Converge(const AppSpec& spec);
  Step EnsureImages(const AppSpec& spec);
  Step PrepareStorage(const AppSpec& spec);
  Step SeedVolume(const AppSpec& spec, const Member& member, const VolumeMount& mount);
  Step WriteFiles();
  Step WriteRecord(const AppSpec& spec);
  Task<void> ReadRecord();
  Step RemoveStale(const AppSpec& spec);
  Step CreatePause(const AppSpec& spec);
  Step EnsureNetwork(const AppSpec& spec);
  Result<PortMap> TakePorts(const AppSpec& spec);
  Step StartPause(const AppSpec& spec);
  Step CreateMembers(const AppSpec& spec);
  Step CreateMember(const AppSpec& spec, const Member& member);
  std::vector<Bind> BindsOf(const AppSpec& spec, const Member& member) const;
  Step HaltCutOff(const AppSpec& spec);
  Step StartDue(const AppSpec& spec);
  Step StartMember(const AppSpec& spec, const Member& member);
  void UpdateProbes(const AppSpec& spec);
  void WatchHealth(const AppSpec& spec, const Member& member, MemberRun& run);
  bool NeedsPause(const AppSpec& spec) const;
  bool IsStale(const AppSpec& spec, const Member& member) const;
  bool IsDue(const Member& member) const;

  // pod_end.cc: the steps towards nothing.
  Step Halt(MemberRun& run, bool forget);
  Step HaltMembers(const AppSpec* spec, std::set<std::string> names);
  Step StopAll();
  Step RemoveAll();
  Step RemoveContainers();

  Labels ContainerLabels(const AppSpec& spec) const;
  // Everything at once; the first error.
  Step All(std::vector<Step> steps);

  PodContext& context_;
  const ServiceName name_;
  const ServiceUid uid_;

  Wish wish_ = Wish::kRun;
  std::shared_ptr<const AppSpec> spec_;     // of the last WishRun
  std::shared_ptr<const AppSpec> current_;  // the one this pass works on
  Duration grace_{10000};
  std::uint64_t generation_ = 0;  // of the wish
  std::uint64_t finished_ = 0;    // generation of the last pass that ended
  std::uint64_t working_ = 0;     // generation the present pass works on
  std::uint64_t written_ = 0;     // generation whose storage and files are as they shall be
  Status last_;
  bool busy_ = false;
  bool gone_ = false;
  bool interruptible_ = false;  // the pass waits for what may take long and can be dropped there
  // The containers are as they were listed and as our own steps left them: nothing was heard of
  // since that says otherwise. A list costs the engine time for every container it has, ours or
  // not.
  bool listed_ = false;
  bool looked_ = false;  // ends found at the first look happened without us: no crashes

  MemberRun pause_;
  std::map<std::string, MemberRun> members_;
  std::vector<std::string> extras_;  // containers of this instance that nothing asks for
  std::map<std::string, ImageInfo> images_;
  std::optional<VolumeInfo> storage_;
  PortMap ports_;
  std::string refused_pause_;  // its id: it cannot be started as it is
  std::string digest_;         // of spec_, or of the record while there is no spec
  InstanceRecord record_;      // as written last
  bool record_read_ = false;
  std::optional<Trouble> trouble_;
  int failures_ = 0;
  std::string published_;

  Event wake_;
  Event settled_;
  Event turn_;       // the pass ended, or the wish changed
  TaskScope scope_;  // last: its frames use everything above
};

// Marks what a failure is to be called: a word of domain/reasons.h, unless one is set already.
std::unexpected<Error> Because(std::string_view reason, Error error);
const Member* FindMember(const AppSpec& spec, std::string_view name);

}  // namespace kl::docker
