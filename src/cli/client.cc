#include "cli/client.h"

#include <ostream>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "net/run_task.h"
#include "resources/value_json.h"

namespace kl::cli {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(60);
constexpr char kDryRun[] = "dry-run";  // Error::field of a call that was not made

ErrorKind KindOf(int status) {
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 422: return ErrorKind::kInvalid;
    case 401: return ErrorKind::kUnauthenticated;
    case 403: return ErrorKind::kDenied;
    case 404: return ErrorKind::kNotFound;
    case 409: return ErrorKind::kConflict;
    case 429: return ErrorKind::kRateLimited;
    case 502:
    case 503:
    case 504: return ErrorKind::kUnavailable;
    default: return ErrorKind::kInternal;
  }
}

// One status stands for several kinds, so the API says the kind, too.
ErrorKind KindOf(int status, const std::string& word) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kUnauthenticated, ErrorKind::kDenied, ErrorKind::kNotFound,
        ErrorKind::kConflict, ErrorKind::kExhausted, ErrorKind::kRateLimited,
        ErrorKind::kUnavailable, ErrorKind::kCorrupt, ErrorKind::kInternal})
    if (ErrorKindName(kind) == word) return kind;
  return KindOf(status);
}

std::string AddressOf(const Globals& globals) {
  if (globals.hostname.starts_with("unix:")) return globals.hostname;
  return globals.scheme + "://" + globals.hostname;
}

}  // namespace

Client::Client(const Globals& globals)
    : address_(AddressOf(globals)),
      token_(globals.token),
      problem_(globals.problem),
      dry_run_(globals.dry_run),
      debug_(globals.debug),
      err_(globals.err) {
  http_ = net::HttpClient::Make(loop_, {.base = address_});
}

// The names of the body's fields alone: a value may be a secret.
std::optional<Error> Client::Refusal(const net::Request& request, const Value& body) const {
  if (problem_) return problem_;
  if (!dry_run_) return std::nullopt;
  std::string fields;
  if (const ValueMap* map = body.as_map())
    for (const auto& [key, value] : *map) fields += (fields.empty() ? " with " : ", ") + key;
  return Error{
      .kind = ErrorKind::kInternal,
      .message = "dry run: would ask " + request.method + " " + address_ + request.target + fields,
      .field = kDryRun};
}

void Client::Trace(const net::Request& request, const Result<net::Response>& answer,
                   MonoTime begun) const {
  if (!debug_) return;
  *err_ << "debug: " << request.method << " " << address_ << request.target << ": ";
  if (answer)
    *err_ << answer->status;
  else
    *err_ << OneLine(answer.error().message);
  *err_ << ", " << (loop_.Monotonic() - begun).count() << " ms\n";
}

net::Request Client::Make(const std::string& method, const std::string& path) const {
  net::Request request{.method = method, .target = path};
  request.headers.Set("X-Token", token_.Reveal());
  return request;
}

Error Client::Unreachable(const Error& error) const {
  return {.kind = ErrorKind::kUnavailable,
          .message = "no answer from the API at " + address_ + ": " + error.message +
                     " (is kuberlogic serve running? else name its address with --hostname)"};
}

Error Client::ErrorOf(const net::Response& response) const {
  auto body = ValueFromJson(response.body);
  const std::string message = body ? At(*body, "message") : "";
  if (message.empty()) {
    return {.kind = KindOf(response.status),
            .message = address_ + " answers " + std::to_string(response.status) +
                       " and not as the API does (is --hostname right?)"};
  }
  Error error{.kind = KindOf(response.status, At(*body, "kind")), .message = message};
  if (error.kind == ErrorKind::kUnauthenticated) {
    error.message = token_.empty() ? "the API at " + address_ + " asks for a token"
                                   : "the API at " + address_ + " refuses the token";
    error.message +=
        ": give the one in <data_dir>/token of kuberlogic serve with --token @FILE or "
        "KUBERLOGIC_TOKEN";
  }
  return error;
}

Result<Value> Client::Get(const std::string& path) { return Send("GET", path); }

Result<Value> Client::Send(const std::string& method, const std::string& path, const Value& body) {
  net::Request request = Make(method, path);
  if (auto refusal = Refusal(request, body)) return Fail(std::move(*refusal));
  if (!body.is_null()) {
    request.headers.Set("Content-Type", "application/json");
    request.body = ToJson(body);
  }
  const MonoTime begun = loop_.Monotonic();
  auto response = net::RunTaskToEnd(loop_, http_->Send(request, kTimeout));
  Trace(request, response, begun);
  if (!response) return Fail(Unreachable(response.error()));
  if (response->status < 200 || response->status >= 300) return Fail(ErrorOf(*response));
  if (response->body.empty()) return Value{};
  auto value = ValueFromJson(response->body);
  if (value) return value;
  return Fail(ErrorKind::kUnavailable,
              address_ + " does not answer as the API does (is --hostname right?)");
}

Status Client::Follow(const std::string& path, std::ostream& out) {
  const net::Request request = Make("GET", path);
  if (auto refusal = Refusal(request, {})) return Fail(std::move(*refusal));
  const MonoTime begun = loop_.Monotonic();
  auto response = net::RunTaskToEnd(loop_, http_->Stream(request, kTimeout));
  Trace(request, response, begun);
  if (!response) return Fail(Unreachable(response.error()));
  if (!response->stream) return Fail(ErrorOf(*response));
  std::string refused;  // the whole answer, when it is an error
  for (;;) {
    auto piece = net::RunTaskToEnd(loop_, response->stream->Read());
    if (!piece) return Fail(Unreachable(piece.error()));
    if (piece->empty()) break;
    if (response->status == 200)
      out << *piece << std::flush;
    else
      refused += *piece;
  }
  if (response->status == 200) return {};
  response->body = std::move(refused);
  return Fail(ErrorOf(*response));
}

int Report(const Globals& globals, const Error& error) {
  *globals.err << "kuberlogic: " << OneLine(error.message) << "\n";
  return error.field == kDryRun ? 0 : ExitCode(error.kind);
}

}  // namespace kl::cli
