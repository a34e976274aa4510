#include "adapters/engine_docker/images.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "adapters/engine_docker/decode.h"
#include "adapters/engine_docker/encode.h"
#include "base/log.h"

namespace kl::docker {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Fail(ErrorKind::kInvalid, "cannot read: " + path);
  return std::move(content).str();
}

// Registries say in words that they do not have an image.
bool SaysMissing(std::string_view message) {
  static constexpr std::array<std::string_view, 5> kWords = {
      "manifest unknown", "name unknown", "not found", "does not exist", "No such image"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return message.find(word) != std::string_view::npos; });
}

}  // namespace

Task<Result<ImageInfo>> Images::Ensure(std::string reference) {
  if (auto it = known_.find(reference); it != known_.end()) co_return it->second;
  auto it = flights_.find(reference);
  if (it == flights_.end()) {
    it = flights_.emplace(reference, std::make_shared<Flight>(loop_)).first;
    scope_.Spawn(Fly(reference, it->second));
  }
  const std::shared_ptr<Flight> flight = it->second;
  while (!flight->result) co_await flight->done.Wait();
  co_return *flight->result;
}

Task<void> Images::Fly(std::string reference, std::shared_ptr<Flight> flight) {
  Result<ImageInfo> result = co_await Fetch(reference);
  if (result) known_.insert_or_assign(reference, *result);
  flights_.erase(reference);
  flight->result.emplace(std::move(result));
  flight->done.Set();
}

Task<Result<ImageInfo>> Images::Fetch(std::string reference) {
  auto found = co_await api_.InspectImage(reference);
  if (found || found.error().kind != ErrorKind::kNotFound) co_return found;
  const ImageReference parts = ParseImageReference(reference);
  Status fetched;
  if (reference == options_.bundled && !options_.bundled_tar.empty()) {
    fetched = co_await Load();
  } else if (parts.registry == "localhost") {
    // The name images have that were built or loaded here: there is no registry to ask.
    co_return Fail(ErrorKind::kNotFound,
                   "image: not on the engine: " + reference + ": load it, or name its registry");
  } else {
    Log(LogLevel::kInfo, "pulling image", {{"image", reference}});
    auto auth = co_await AuthFor(parts.registry);
    if (!auth) co_return Fail(std::move(auth.error()));
    fetched = co_await api_.PullImage(reference, std::move(*auth));
  }
  if (!fetched) {
    Error error = std::move(fetched.error());
    if (error.kind == ErrorKind::kInternal && SaysMissing(error.message)) {
      error.kind = ErrorKind::kNotFound;
    }
    co_return Fail(std::move(error));
  }
  co_return co_await api_.InspectImage(reference);
}

Task<Status> Images::Load() {
  auto work = [path = options_.bundled_tar] { return ReadFile(path); };
  auto tar = co_await Offload(loop_, pool_, std::move(work));
  if (!tar) co_return Wrap(std::move(tar.error()), "image " + options_.bundled);
  co_return co_await api_.LoadImage(std::move(*tar));
}

// The file is read at each pull: a login made meanwhile counts.
Task<Result<std::string>> Images::AuthFor(std::string registry) {
  if (options_.auth_file.empty()) co_return std::string();
  auto work = [path = options_.auth_file] { return ReadFile(path); };
  auto text = co_await Offload(loop_, pool_, std::move(work));
  if (!text) co_return Wrap(std::move(text.error()), "registry login");
  KL_CO_TRY(const auto login, DecodeLogin(*text, registry));
  if (!login) co_return std::string();
  co_return EncodeAuth(login->user, login->password, registry);
}

}  // namespace kl::docker
