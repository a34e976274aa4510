#include "adapters/engine_docker/seeder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "adapters/engine_docker/encode.h"
#include "base/subprocess.h"

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

// Hidden beside the volumes: the same file system, so that the last step is a rename.
constexpr std::string_view kUnfinished = "/.kuberlogic-new";

std::string UnfinishedPath(const SeedRequest& request) {
  return request.storage + std::string(kUnfinished) + "-" + request.volume;
}

Status FromErrno(const std::string& path) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  return Fail(full ? ErrorKind::kExhausted : ErrorKind::kInternal,
              "volume: " + path + ": " + std::strerror(error));
}

Status Finish(const SeedRequest& request, const std::string& made) {
  const std::string path = request.storage + "/" + request.volume;
  if (rename(made.c_str(), path.c_str()) != 0) return FromErrno(path);
  std::error_code code;
  fs::remove_all(UnfinishedPath(request), code);
  return {};
}

Status ClearUnfinished(const SeedRequest& request) {
  std::error_code code;
  fs::remove_all(UnfinishedPath(request), code);
  fs::create_directories(UnfinishedPath(request), code);
  if (!code) return {};
  const bool full = code == std::errc::no_space_on_device || code.value() == EDQUOT;
  return Fail(full ? ErrorKind::kExhausted : ErrorKind::kInternal,
              "volume: " + UnfinishedPath(request) + ": " + code.message());
}

}  // namespace

Task<Status> Seeder::Seed(SeedRequest request) {
  const auto key = std::pair(request.image_id, request.path);
  const auto known = shapes_.find(key);
  if (known == shapes_.end() || known->second.has_content) {
    auto shape = co_await Copy(request);
    if (!shape) co_return Fail(std::move(shape.error()));
    shapes_.insert_or_assign(key, *shape);
    co_return Status();
  }
  const Shape shape = known->second;
  auto work = [request, shape] { return MakeEmpty(request, shape); };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Status Seeder::MakeEmpty(const SeedRequest& request, Shape shape) {
  KL_RETURN_IF_ERROR(ClearUnfinished(request));
  const std::string made = UnfinishedPath(request) + "/empty";
  if (mkdir(made.c_str(), 0700) != 0 || chown(made.c_str(), shape.uid, shape.gid) != 0 ||
      chmod(made.c_str(), shape.mode) != 0) {
    return FromErrno(made);
  }
  return Finish(request, made);
}

Task<Result<Seeder::Shape>> Seeder::Copy(const SeedRequest& request) {
  // One left by an earlier life is in the way, and its image may be another.
  auto reader = co_await api_.CreateContainer(request.reader_name,
                                              EncodeReader(request.image, request.labels));
  if (!reader && reader.error().kind != ErrorKind::kNotFound) {
    KL_CO_RETURN_IF_ERROR(co_await api_.RemoveContainer(request.reader_name));
    reader = co_await api_.CreateContainer(request.reader_name,
                                           EncodeReader(request.image, request.labels));
  }
  if (!reader) co_return Fail(std::move(reader.error()));
  const std::string archive = request.scratch + "/" + request.volume + ".tar";
  auto body = co_await api_.Archive(*reader, request.path);
  Status spooled;
  const bool absent = !body && body.error().kind == ErrorKind::kNotFound;
  if (body) {
    const std::shared_ptr<net::BodyReader> reading = std::move(*body);
    spooled = co_await Spool(*reading, request.scratch, archive);
  } else if (!absent) {
    spooled = Fail(std::move(body.error()));
  }
  KL_CO_RETURN_IF_ERROR(co_await api_.RemoveContainer(*reader));
  if (!spooled) co_return Fail(std::move(spooled.error()));
  auto work = [request, archive, absent]() -> Result<Shape> {
    if (!absent) return Unpack(request, archive);
    KL_RETURN_IF_ERROR(MakeEmpty(request, Shape{}));
    return Shape{};
  };
  co_return co_await Offload(loop_, pool_, std::move(work));
}

Task<Status> Seeder::Spool(net::BodyReader& body, std::string scratch, std::string archive) {
  std::error_code code;
  fs::create_directories(scratch, code);
  auto file = std::make_shared<std::ofstream>(archive, std::ios::binary | std::ios::trunc);
  for (;;) {
    auto piece = co_await body.Read();
    if (!piece) co_return Fail(std::move(piece.error()));
    if (piece->empty()) break;
    auto work = [file, text = std::move(*piece)] {
      return static_cast<bool>(file->write(text.data(), static_cast<std::streamsize>(text.size())));
    };
    const bool good = co_await Offload(loop_, pool_, std::move(work));
    if (!good) co_return FromErrno(archive);
  }
  file->close();
  co_return Status();
}

Result<Seeder::Shape> Seeder::Unpack(const SeedRequest& request, const std::string& archive) {
  KL_RETURN_IF_ERROR(ClearUnfinished(request));
  const std::string into = UnfinishedPath(request);
  auto tar = RunProcess({"tar", "--extract", "--file", archive, "--directory", into,
                         "--numeric-owner", "--same-owner", "--preserve-permissions"},
                        std::chrono::hours(1));
  std::error_code code;
  fs::remove(archive, code);
  if (!tar) return Fail(std::move(tar.error()));
  if (tar->exit_code != 0) {
    const bool full = tar->output.find("No space left") != std::string::npos ||
                      tar->output.find("quota exceeded") != std::string::npos;
    fs::remove_all(into, code);
    return Fail(full ? ErrorKind::kExhausted : ErrorKind::kInternal,
                "volume: " + request.volume + ": the image's content cannot be unpacked" +
                    (full ? ": storage is full" : ""));
  }
  // One entry, named as the last part of the path; a volume's root cannot be a file or a link.
  struct stat status{};
  const std::string made = into + "/" + fs::path(request.path).filename().string();
  if (lstat(made.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    KL_RETURN_IF_ERROR(MakeEmpty(request, Shape{}));
    return Shape{};
  }
  const Shape shape{.has_content = !fs::is_empty(made, code),
                    .uid = status.st_uid,
                    .gid = status.st_gid,
                    .mode = status.st_mode & 07777};
  KL_RETURN_IF_ERROR(Finish(request, made));
  return shape;
}

}  // namespace kl::docker
