// A real engine for the tests of this folder, and short ways to drive it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "adapters/engine_docker/api.h"
#include "adapters/engine_docker/engine_docker.h"
#include "adapters/volumes_directory/volumes_directory.h"
#include "net/io_loop.h"
#include "net/run_task.h"

namespace kl::docker {

inline constexpr const char* kPauseImage = "localhost/kuberlogic/pause:1";
inline constexpr const char* kTinyImage = "localhost/kuberlogic/tiny:1";

// Socket of the engine all tests share, with the images loaded; started at the first call. Ends
// the program with the reason when there is none to be had: a test that cannot run has failed.
const std::string& EngineSocket();

// One installation on that engine: its own owner, directories and ports.
struct RealInstallation {
  void Open();   // fails the test when that is impossible
  void Close();  // removes what the test left, fails if that is impossible

  EngineOptions Options() const;
  // As after an end of the program: nothing in memory, everything on the engine.
  void Restart();
  static AppSpec Spec(const std::string& name);  // one tiny member on port 8080, no volume
  template <class T>
  T Run(Task<T> task) {
    return net::RunTaskToEnd(loop_, std::move(task));
  }

  net::IoLoop loop_;
  std::string dir_;
  std::string owner_;
  std::unique_ptr<Volumes> volumes_;
  std::unique_ptr<EngineApi> api_;
  std::unique_ptr<DockerEngine> engine_;
};

class RealEngineTest : public testing::Test, protected RealInstallation {
 protected:
  using RealInstallation::Run;  // not Test's own

  void SetUp() override { Open(); }
  void TearDown() override { Close(); }

  Status Apply(const AppSpec& spec);
  Status Stop(const AppSpec& spec);
  Status Remove(const AppSpec& spec);
  Observed Observe(const AppSpec& spec);
  // Waits until it is so; fails with what was observed last after `limit`.
  Observed WaitUntil(const AppSpec& spec, const std::function<bool(const Observed&)>& good,
                     Duration limit = std::chrono::seconds(30));
  Observed WaitRunning(const AppSpec& spec);

  std::vector<ContainerSummary> Containers(const AppSpec& spec);
  ContainerDetail Inspect(const std::string& id);
  std::string IdOf(const AppSpec& spec, const std::string& member);  // empty member: the pause
  // GET on the published port of container port 8080; "" when nothing answers. Until it does for
  // WaitGet.
  std::string Get(const AppSpec& spec, const std::string& target);
  std::string WaitGet(const AppSpec& spec, const std::string& target);
};

}  // namespace kl::docker
