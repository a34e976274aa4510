// Images on the engine: looked up once, pulled when missing, once for all instances that wait.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/engine_docker/api.h"
#include "base/offload.h"

namespace kl::docker {

struct ImageOptions {
  std::string auth_file;    // registry logins; empty: none
  std::string bundled;      // reference of the image that comes with the program
  std::string bundled_tar;  // its archive; empty: it is pulled like any other
};

class Images {
 public:
  Images(net::IoLoop& loop, EngineApi& api, OffloadPool& pool, ImageOptions options)
      : loop_(loop), api_(api), pool_(pool), options_(std::move(options)), scope_(loop) {}

  // The image, pulled if need be. kNotFound: no registry has it; kUnavailable: no engine; anything
  // else: the pull failed, with the registry's words. A pull goes on when its waiters are gone.
  Task<Result<ImageInfo>> Ensure(std::string reference);
  // The engine said it has no such image: look again.
  void Forget(const std::string& reference) { known_.erase(reference); }

 private:
  struct Flight {
    explicit Flight(Loop& loop) : done(loop) {}
    Event done;
    std::optional<Result<ImageInfo>> result;
  };

  Task<void> Fly(std::string reference, std::shared_ptr<Flight> flight);
  Task<Result<ImageInfo>> Fetch(std::string reference);
  Task<Status> Load();
  Task<Result<std::string>> AuthFor(std::string registry);

  net::IoLoop& loop_;
  EngineApi& api_;
  OffloadPool& pool_;
  ImageOptions options_;
  std::map<std::string, ImageInfo, std::less<>> known_;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_;
  TaskScope scope_;
};

}  // namespace kl::docker
