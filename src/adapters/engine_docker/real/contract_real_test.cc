// The engine keeps the engines' contract, on a real Podman or Docker.
#include "adapters/engine_docker/real/fixture.h"
#include "ports/testing/engine_contract.h"

namespace kl::testing {
namespace {

class RealBackend {
 public:
  RealBackend() { installation_.Open(); }
  ~RealBackend() { installation_.Close(); }

  template <class T>
  T Run(Task<T> task) {
    return installation_.Run(std::move(task));
  }
  Loop& loop() { return installation_.loop_; }
  Engine& engine() { return *installation_.engine_; }
  EngineWatch& watch() { return *installation_.engine_; }
  Duration patience() const { return std::chrono::seconds(30); }
  void Reopen() { installation_.Restart(); }

  AppSpec Spec(std::string name, std::string uid) const {
    AppSpec spec = docker::RealInstallation::Spec(name);
    spec.uid = ServiceUid(std::move(uid));
    return spec;
  }
  AppSpec Other(AppSpec spec) const {
    spec.members[0].env.push_back({.name = "CHANGED", .value = SecretString("yes")});
    return spec;
  }
  AppSpec Unpullable(AppSpec spec) const {
    spec.members[0].image = "localhost/kuberlogic/nothing:1";
    return spec;
  }

 private:
  docker::RealInstallation installation_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Real, EngineContract, RealBackend);

}  // namespace
}  // namespace kl::testing
