// The twin keeps the engine's contract.
#include "ports/testing/engine_contract.h"

#include "ports/testing/fake_engine.h"
#include "ports/testing/sim_loop.h"

namespace kl::testing {
namespace {

class FakeEngineBackend {
 public:
  template <class T>
  T Run(Task<T> task) {
    return loop_.Run(std::move(task));
  }
  Loop& loop() { return loop_; }
  Engine& engine() { return engine_; }
  EngineWatch& watch() { return engine_; }
  Duration patience() const { return std::chrono::minutes(1); }
  void Reopen() { engine_.ProgramDied(); }

  AppSpec Spec(std::string name, std::string uid) const {
    AppSpec spec{.name = ServiceName(std::move(name)), .uid = ServiceUid(std::move(uid))};
    spec.host = spec.name.str() + ".example.com";
    spec.members = {Member{.name = "web", .image = "web:1"}};
    spec.routes = {{"/", 80, "web", "/"}};
    return spec;
  }
  AppSpec Other(AppSpec spec) const {
    spec.members[0].image = "web:2";
    return spec;
  }
  AppSpec Unpullable(AppSpec spec) {
    engine_.Withhold(spec.name);
    spec.members[0].image = "web:3";
    return spec;
  }

 private:
  SimLoop loop_;
  CallGate gate_{loop_};
  FakeEngine engine_{gate_};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fake, EngineContract, FakeEngineBackend);

}  // namespace
}  // namespace kl::testing
