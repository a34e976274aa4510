// A new volume gets what the image has at the place where it is mounted, as users of containers
// expect: content, owner and mode.
#pragma once

#include <map>
#include <string>

#include "adapters/engine_docker/api.h"
#include "base/offload.h"

namespace kl::docker {

struct SeedRequest {
  std::string image;        // reference, present on the engine
  std::string image_id;     // the shape of (id, path) is remembered
  std::string path;         // in the image
  std::string storage;      // directory of the instance's storage
  std::string volume;       // storage/volume is made; it does not exist
  std::string scratch;      // directory for the archive on its way, created when missing
  std::string reader_name;  // of the container that is created to read the image
  Labels labels;
};

class Seeder {
 public:
  Seeder(net::IoLoop& loop, EngineApi& api, OffloadPool& pool)
      : loop_(loop), api_(api), pool_(pool) {}

  // Appears under its name only when complete. kExhausted when the storage has no room for it.
  Task<Status> Seed(SeedRequest request);

 private:
  // What a directory without content looks like; most images have no more at a volume's place.
  struct Shape {
    bool has_content = false;
    unsigned uid = 0;
    unsigned gid = 0;
    unsigned mode = 0755;
  };

  Task<Result<Shape>> Copy(const SeedRequest& request);
  Task<Status> Spool(net::BodyReader& body, std::string scratch, std::string archive);
  static Result<Shape> Unpack(const SeedRequest& request, const std::string& archive);
  static Status MakeEmpty(const SeedRequest& request, Shape shape);

  net::IoLoop& loop_;
  EngineApi& api_;
  OffloadPool& pool_;
  std::map<std::pair<std::string, std::string>, Shape> shapes_;
};

}  // namespace kl::docker
