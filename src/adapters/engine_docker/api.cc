#include "adapters/engine_docker/api.h"

#include <algorithm>

#include "adapters/engine_docker/decode.h"
#include "adapters/engine_docker/encode.h"
#include "adapters/engine_docker/frames.h"
#include "base/log.h"

namespace kl::docker {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

ErrorKind KindOf(int status, std::string_view message) {
  if (message.find("no space left") != std::string_view::npos ||
      message.find("disk quota exceeded") != std::string_view::npos) {
    return ErrorKind::kExhausted;
  }
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 409) return ErrorKind::kConflict;
  if (status == 400) return ErrorKind::kInvalid;
  return ErrorKind::kInternal;
}

Error FromResponse(const std::string& method, const std::string& path,
                   const net::Response& response) {
  std::string message = ErrorMessage(response.body);
  const ErrorKind kind = KindOf(response.status, message);
  return {kind, "engine: " + method + " " + path.substr(0, path.find('?')) + ": " + message + " (" +
                    std::to_string(response.status) + ")"};
}

std::string Query(const std::string& key, const std::string& value) {
  return key + "=" + net::PercentEncode(value);
}

}  // namespace

ImageReference ParseImageReference(std::string_view text) {
  ImageReference reference;
  const auto at = text.find('@');
  const auto slash = text.rfind('/');
  const auto colon = text.rfind(':');
  if (at != std::string_view::npos) {
    reference.repository = text.substr(0, at);
    reference.tag = text.substr(at + 1);
  } else if (colon != std::string_view::npos &&
             (slash == std::string_view::npos || colon > slash)) {
    reference.repository = text.substr(0, colon);
    reference.tag = text.substr(colon + 1);
  } else {
    reference.repository = text;
    reference.tag = "latest";
  }
  // A first part with a dot or a port, or "localhost", is a host; else it is Docker's registry.
  const std::string first = reference.repository.substr(0, reference.repository.find('/'));
  const bool is_host = first.size() < reference.repository.size() &&
                       (first.find_first_of(".:") != std::string::npos || first == "localhost");
  reference.registry = is_host ? first : "docker.io";
  return reference;
}

EngineApi::EngineApi(net::IoLoop& loop, const std::string& socket, std::size_t operations_max)
    : loop_(loop), changes_(loop, operations_max) {
  net::ClientOptions options;
  options.base = "unix:" + socket;
  options.connections_max = operations_max + 8;
  client_ = net::HttpClient::Make(loop, options);
  options.connections_max = 1024;
  waiter_ = net::HttpClient::Make(loop, options);
}

net::Request EngineApi::ToRequest(Call call) const {
  net::Request request;
  request.method = std::move(call.method);
  request.target = (call.libpod ? "/v4.0.0/libpod" : version_) + call.path;
  request.headers.Set("Host", "engine");
  if (!call.body.empty()) request.headers.Set("Content-Type", call.content_type);
  if (!call.auth.empty()) request.headers.Set("X-Registry-Auth", call.auth);
  request.body = std::move(call.body);
  return request;
}

Task<Status> EngineApi::Connect() {
  if (connected_) co_return Status();
  net::Request ping;
  ping.target = "/_ping";
  ping.headers.Set("Host", "engine");
  auto answer = co_await client_->Send(std::move(ping), seconds(10));
  if (!answer) co_return Wrap(std::move(answer.error()), "engine");
  if (answer->status != 200) co_return Fail(FromResponse("GET", "/_ping", *answer));
  podman_ = answer->headers.Find("Libpod-Api-Version").has_value();
  // Newer engines refuse versions too old for them; what is used here is in all since 1.41.
  const auto version = answer->headers.Find("Api-Version");
  if (version && !version->empty()) version_ = "/v" + std::string(*version);
  connected_ = true;
  co_return Status();
}

Task<Result<net::Response>> EngineApi::Send(Call call) {
  KL_CO_RETURN_IF_ERROR(co_await Connect());
  const Duration limit = call.limit;
  net::HttpClient& client = call.waits ? *waiter_ : *client_;
  std::optional<Throttle::Permit> permit;
  if (call.method != "GET" && !call.waits) {
    Throttle::Permit entered = co_await changes_.Enter();
    permit.emplace(std::move(entered));
  }
  const std::string what = call.method + " " + call.path;
  const MonoTime begun = loop_.Monotonic();
  auto answer = co_await client.Send(ToRequest(std::move(call)), limit);
  Log(LogLevel::kDebug, "engine asked",
      {{"call", what},
       {"status", answer ? answer->status : 0},
       {"ms", (loop_.Monotonic() - begun).count()}});
  if (!answer) {
    connected_ = false;
    co_return Wrap(std::move(answer.error()), "engine");
  }
  co_return answer;
}

Task<Result<std::string>> EngineApi::Expect(Call call, int also) {
  const std::string method = call.method;
  const std::string path = call.path;
  auto answer = co_await Send(std::move(call));
  if (!answer) co_return Fail(std::move(answer.error()));
  if (answer->status < 300 || answer->status == also) co_return std::move(answer->body);
  co_return Fail(FromResponse(method, path, *answer));
}

Task<Result<std::unique_ptr<net::BodyReader>>> EngineApi::Stream(Call call) {
  KL_CO_RETURN_IF_ERROR(co_await Connect());
  const std::string method = call.method;
  const std::string path = call.path;
  const Duration limit = call.limit;
  auto answer = co_await waiter_->Stream(ToRequest(std::move(call)), limit);
  if (!answer) co_return Wrap(std::move(answer.error()), "engine");
  if (answer->status < 300) co_return std::move(answer->stream);
  if (answer->stream) {
    auto body = co_await answer->stream->Read();
    if (body) answer->body = std::move(*body);
  }
  co_return Fail(FromResponse(method, path, *answer));
}

Task<Result<std::vector<ContainerSummary>>> EngineApi::ListContainers(
    std::vector<std::string> labels) {
  Call call{.method = "GET",
            .path = "/containers/json?all=1&" + Query("filters", EncodeFilter(labels))};
  auto body = co_await Expect(std::move(call));
  if (!body) co_return Fail(std::move(body.error()));
  co_return DecodeContainers(*body);
}

Task<Result<ContainerDetail>> EngineApi::InspectContainer(std::string id) {
  Call body_call{.method = "GET", .path = "/containers/" + id + "/json"};
  auto body = co_await Expect(std::move(body_call));
  if (!body) co_return Fail(std::move(body.error()));
  co_return DecodeContainer(*body);
}

Task<Result<std::string>> EngineApi::CreateContainer(std::string name, std::string body) {
  Call call{.method = "POST",
            .path = "/containers/create?" + Query("name", name),
            .body = std::move(body)};
  auto answer = co_await Expect(std::move(call));
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return DecodeId(*answer);
}

Task<Status> EngineApi::StartContainer(std::string id) {
  Call answer_call{.method = "POST", .path = "/containers/" + id + "/start"};
  auto answer = co_await Expect(std::move(answer_call), 304);
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return Status();
}

Task<Status> EngineApi::StopContainer(std::string id, Duration grace) {
  const auto whole = std::chrono::ceil<seconds>(grace);
  Call call{.method = "POST",
            .path = "/containers/" + id + "/stop?t=" + std::to_string(whole.count()),
            .waits = true,
            .limit = whole + seconds(60)};
  auto answer = co_await Expect(std::move(call), 304);
  if (!answer && answer.error().kind != ErrorKind::kNotFound) {
    co_return Fail(std::move(answer.error()));
  }
  co_return Status();
}

Task<Status> EngineApi::UnpauseContainer(std::string id) {
  Call answer_call{.method = "POST", .path = "/containers/" + id + "/unpause"};
  auto answer = co_await Expect(std::move(answer_call));
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return Status();
}

Task<Status> EngineApi::RemoveContainer(std::string id) {
  Call answer_call{.method = "DELETE", .path = "/containers/" + id + "?force=1&v=1"};
  auto answer = co_await Expect(std::move(answer_call), 404);
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return Status();
}

Task<Result<ExecResult>> EngineApi::Exec(std::string id, std::vector<std::string> argv,
                                         Duration limit, std::vector<std::string> env) {
  Call create{
      .method = "POST", .path = "/containers/" + id + "/exec", .body = EncodeExec(argv, env)};
  auto created = co_await Expect(std::move(create));
  if (!created) co_return Fail(std::move(created.error()));
  auto exec = DecodeId(*created);
  if (!exec) co_return Fail(std::move(exec.error()));
  // Answered with its output, which ends when the command does.
  Call start{.method = "POST",
             .path = "/exec/" + *exec + "/start",
             .body = R"({"Detach":false,"Tty":false})",
             .waits = true,
             .limit = limit};
  auto output = co_await Expect(std::move(start));
  if (!output) co_return Fail(std::move(output.error()));
  Call state_call{.method = "GET", .path = "/exec/" + *exec + "/json"};
  auto state = co_await Expect(std::move(state_call));
  if (!state) co_return Fail(std::move(state.error()));
  auto code = DecodeExec(*state);
  if (!code) co_return Fail(std::move(code.error()));
  if (!*code)
    co_return Fail(ErrorKind::kUnavailable, "engine: exec: output ended before the command");
  ExecResult result{.exit_code = **code};
  result.output = FrameDecoder().Feed(*output);
  co_return result;
}

Task<Result<std::unique_ptr<net::BodyReader>>> EngineApi::Archive(std::string id,
                                                                  std::string path) {
  Call out_call{.method = "GET", .path = "/containers/" + id + "/archive?" + Query("path", path)};
  co_return co_await Stream(std::move(out_call));
}

Task<Result<std::unique_ptr<net::BodyReader>>> EngineApi::Logs(std::string id, int tail,
                                                               bool follow) {
  std::string path = "/containers/" + id + "/logs?stdout=1&stderr=1";
  if (follow) path += "&follow=1";
  if (tail >= 0) path += "&tail=" + std::to_string(tail);
  Call out_call{.method = "GET", .path = std::move(path)};
  co_return co_await Stream(std::move(out_call));
}

Task<Result<std::unique_ptr<net::BodyReader>>> EngineApi::Events(std::string label,
                                                                 std::int64_t since) {
  std::string path = "/events?" + Query("filters", EncodeFilter({label}, "container"));
  if (since > 0) path += "&since=" + std::to_string(since);
  // The headers come with the first event, which may be hours away.
  Call out_call{.method = "GET", .path = std::move(path), .limit = hours(24 * 365)};
  co_return co_await Stream(std::move(out_call));
}

Task<Result<ImageInfo>> EngineApi::InspectImage(std::string reference) {
  Call body_call{.method = "GET", .path = "/images/" + reference + "/json"};
  auto body = co_await Expect(std::move(body_call));
  if (!body) co_return Fail(std::move(body.error()));
  co_return DecodeImage(*body);
}

Task<Status> EngineApi::PullImage(std::string reference, std::string auth) {
  const ImageReference parts = ParseImageReference(reference);
  Call call{.method = "POST",
            .path = "/images/create?" + Query("fromImage", parts.repository) + "&" +
                    Query("tag", parts.tag),
            .auth = std::move(auth),
            .waits = true,
            .limit = hours(1)};
  auto progress = co_await Expect(std::move(call));
  if (!progress) co_return Fail(std::move(progress.error()));
  // A failure after the first byte of the answer is a line of it.
  if (std::string error = ErrorInProgress(*progress); !error.empty()) {
    co_return Fail(KindOf(0, error), "engine: pull " + reference + ": " + error);
  }
  co_return Status();
}

Task<Status> EngineApi::LoadImage(std::string tar) {
  Call call{.method = "POST",
            .path = "/images/load",
            .body = std::move(tar),
            .content_type = "application/x-tar"};
  auto answer = co_await Expect(std::move(call));
  if (!answer) co_return Fail(std::move(answer.error()));
  if (std::string error = ErrorInProgress(*answer); !error.empty()) {
    co_return Fail(KindOf(0, error), "engine: load image: " + error);
  }
  co_return Status();
}

Task<Status> EngineApi::CreateNetwork(std::string name, std::string subnet, Labels labels) {
  KL_CO_RETURN_IF_ERROR(co_await Connect());
  Call call{.method = "POST",
            .path = "/networks/create",
            .body = EncodeNetwork(name, subnet, labels, podman_),
            .libpod = podman_};
  auto answer = co_await Expect(std::move(call));
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return Status();
}

// Podman's compatible answers name the containers of each network, for which it looks at all of
// them for each: five seconds with thirty instances (4.3). Its own answers do not.
Task<Result<NetworkInfo>> EngineApi::InspectNetwork(std::string name) {
  KL_CO_RETURN_IF_ERROR(co_await Connect());
  Call call{
      .method = "GET", .path = "/networks/" + name + (podman_ ? "/json" : ""), .libpod = podman_};
  auto body = co_await Expect(std::move(call));
  if (!body) co_return Fail(std::move(body.error()));
  co_return DecodeNetwork(*body);
}

Task<Status> EngineApi::RemoveNetwork(std::string name) {
  Call answer_call{.method = "DELETE", .path = "/networks/" + name};
  auto answer = co_await Expect(std::move(answer_call), 404);
  if (!answer) co_return Fail(std::move(answer.error()));
  co_return Status();
}

Task<Result<std::vector<NetworkInfo>>> EngineApi::ListNetworks() {
  KL_CO_RETURN_IF_ERROR(co_await Connect());
  Call body_call{
      .method = "GET", .path = podman_ ? "/networks/json" : "/networks", .libpod = podman_};
  auto body = co_await Expect(std::move(body_call));
  if (!body) co_return Fail(std::move(body.error()));
  co_return DecodeNetworks(*body);
}

}  // namespace kl::docker
