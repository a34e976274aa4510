#include "cli/client.h"

#include <fstream>
#include <ostream>
#include <sstream>

#include "cli/exit_code.h"
#include "net/run_task.h"
#include "resources/value_json.h"
#include "template/yaml_parser.h"

namespace kl::cli {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(60);

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return in ? std::move(text).str() : std::string();
}

// The scalars of a flat YAML file; anything else is not ours to judge here.
std::map<std::string, std::string> ReadFlat(const std::string& path) {
  std::map<std::string, std::string> out;
  auto document = tmpl::ParseYaml(ReadAll(path));
  if (!document || !document->root) return out;
  for (const tmpl::Entry& entry : document->root->entries) {
    if (entry.value->is_scalar()) out[entry.key] = entry.value->scalar;
  }
  return out;
}

std::string Trim(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

void Take(Globals& globals, const std::string& hostname, const std::string& token) {
  if (globals.hostname.empty()) globals.hostname = hostname;
  if (globals.token.empty() && !token.empty()) globals.token = SecretString(token);
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 400:
    case 405:
    case 422: return ErrorKind::kInvalid;
    case 401: return ErrorKind::kUnauthenticated;
    case 403: return ErrorKind::kDenied;
    case 404: return ErrorKind::kNotFound;
    case 409: return ErrorKind::kConflict;
    case 429: return ErrorKind::kRateLimited;
    default: return ErrorKind::kInternal;
  }
}

Error ErrorOf(const net::Response& response) {
  Error error{.kind = KindOf(response.status),
              .message = "the API answers " + std::to_string(response.status)};
  auto body = ValueFromJson(response.body);
  if (!body || !body->as_map()) return error;
  auto it = body->as_map()->find("message");
  if (it != body->as_map()->end() && it->second.as_string())
    error.message = *it->second.as_string();
  return error;
}

}  // namespace

void Connect(Globals& globals, const Variables& variables) {
  std::string token = variables("KUBERLOGIC_TOKEN");
  if (token.empty()) token = variables("TOKEN");
  Take(globals, variables("KUBERLOGIC_HOSTNAME"), token);
  if (const std::string home = variables("HOME"); !home.empty() && globals.config.empty()) {
    auto mine = ReadFlat(home + "/.config/kuberlogic/config.yaml");
    Take(globals, mine["hostname"], mine["token"]);
    if (!mine["scheme"].empty()) globals.scheme = mine["scheme"];
  }
  for (const std::string& path : {globals.config, std::string("kuberlogic.yaml"),
                                  std::string("/etc/kuberlogic/kuberlogic.yaml")}) {
    if (path.empty()) continue;
    auto serve = ReadFlat(path);
    if (serve.empty()) continue;
    Take(globals, serve["api_listen"], serve["token"]);
    if (!serve["data_dir"].empty()) Take(globals, "", Trim(ReadAll(serve["data_dir"] + "/token")));
    if (!globals.config.empty()) break;
  }
  Take(globals, "127.0.0.1:8001", Trim(ReadAll("/var/lib/kuberlogic/token")));
}

Client::Client(const Globals& globals)
    : address_(globals.scheme + "://" + globals.hostname), token_(globals.token) {
  http_ = net::HttpClient::Make(loop_, {.base = address_});
}

net::Request Client::Make(const std::string& method, const std::string& path) const {
  net::Request request{.method = method, .target = path};
  request.headers.Set("X-Token", token_.Reveal());
  return request;
}

Result<Value> Client::Get(const std::string& path) { return Send("GET", path); }

Result<Value> Client::Send(const std::string& method, const std::string& path, const Value& body) {
  net::Request request = Make(method, path);
  if (!body.is_null()) {
    request.headers.Set("Content-Type", "application/json");
    request.body = ToJson(body);
  }
  auto response = net::RunTaskToEnd(loop_, http_->Send(std::move(request), kTimeout));
  if (!response) {
    return Fail(ErrorKind::kUnavailable, "no answer from the API at " + address_ + ": " +
                                             response.error().message +
                                             " (is kuberlogic serve running?)");
  }
  if (response->status < 200 || response->status >= 300) return std::unexpected(ErrorOf(*response));
  if (response->body.empty()) return Value{};
  return ValueFromJson(response->body);
}

Status Client::Follow(const std::string& path, std::ostream& out) {
  auto response = net::RunTaskToEnd(loop_, http_->Stream(Make("GET", path), kTimeout));
  if (!response) return std::unexpected(response.error());
  if (response->status != 200 || !response->stream) return std::unexpected(ErrorOf(*response));
  for (;;) {
    auto piece = net::RunTaskToEnd(loop_, response->stream->Read());
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return {};
    out << *piece << std::flush;
  }
}

int Report(const Globals& globals, const Error& error) {
  *globals.err << "kuberlogic: " << error.message << "\n";
  return ExitCode(error.kind);
}

}  // namespace kl::cli
