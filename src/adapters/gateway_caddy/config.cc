#include "adapters/gateway_caddy/config.h"

#include <boost/json.hpp>

#include "adapters/gateway_caddy/pages.h"
#include "adapters/gateway_caddy/route_files.h"

namespace kl::gateway {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// Matches what the pattern of a route's file captured; Caddy's placeholder for the whole name.
constexpr std::string_view kFoundFile = "{http.matchers.file.relative}";

object PageHandler(Page page, value status) {
  object headers = {{"Content-Type", {"text/html; charset=utf-8"}},
                    {"Cache-Control", {"no-store"}},
                    {"X-Content-Type-Options", {"nosniff"}},
                    {"Content-Security-Policy", {"default-src 'none'; style-src 'unsafe-inline'"}}};
  if (const int seconds = PageRetrySeconds(page); seconds > 0) {
    headers["Retry-After"] = array{std::to_string(seconds)};
  }
  return {{"handler", "static_response"},
          {"status_code", std::move(status)},
          {"headers", std::move(headers)},
          {"body", PageHtml(page)}};
}

object Terminal(array match, array handle) {
  object route;
  if (!match.empty()) route["match"] = std::move(match);
  route["handle"] = std::move(handle);
  route["terminal"] = true;
  return route;
}

// Client addresses and X-Forwarded-* headers are Caddy's defaults: set anew, whatever the visitor
// sent, and the Host kept. Websockets and server-sent events pass without more.
object Proxy(std::string_view upstream) {
  return {{"handler", "reverse_proxy"},
          {"upstreams", array{object{{"dial", upstream}}}},
          {"transport", object{{"protocol", "http"}, {"dial_timeout", "5s"}}}};
}

// Looks the request's host and path up in the tree: hosts without prefixes first, as most are, then
// the longest prefix first. The whole list is there twice: between reading a directory and looking
// at the file found in it a rename may fall, and then the second try finds the new name.
object FindRoute(const ConfigInput& input, std::string_view payload_glob) {
  array patterns;
  for (int attempt = 0; attempt < 2; ++attempt) {
    patterns.emplace_back("/h-{http.request.host}/=" + std::string(payload_glob));
    for (int depth = kPrefixSegmentsMax; depth >= 0; --depth) {
      std::string pattern = "/h-{http.request.host}";
      for (int i = 0; i < depth; ++i) {
        pattern += "/:{http.request.uri.path." + std::to_string(i) + "}";
      }
      patterns.emplace_back(pattern + "/" + std::string(payload_glob));
    }
  }
  return {{"file", object{{"root", input.routes_dir}, {"try_files", std::move(patterns)}}}};
}

object FoundFileMatches(std::string_view pattern) {
  return {{"vars_regexp", object{{kFoundFile, object{{"name", "kl"}, {"pattern", pattern}}}}}};
}

object ServeFound() {
  array routes;
  routes.push_back(
      Terminal({FoundFileMatches("/==?serve[^/@]*@([^/]+)$")}, {Proxy("{http.regexp.kl.1}")}));
  routes.push_back(
      Terminal({FoundFileMatches("/==?stopped[^/]*$")}, {PageHandler(Page::kStopped, 503)}));
  routes.push_back(Terminal({}, {PageHandler(Page::kStarting, 503)}));
  return {{"handler", "subroute"}, {"routes", std::move(routes)}};
}

// The program does not say what it is; an application's own header is added after this and stays.
object HideProgram() {
  return {{"handle",
           array{object{{"handler", "headers"}, {"response", object{{"delete", {"Server"}}}}}}}};
}

object HostIs(std::string host) { return {{"host", array{std::move(host)}}}; }

object Errors() {
  array routes;
  routes.push_back(HideProgram());
  routes.push_back(Terminal({object{{"expression", "{http.error.status_code} >= 502"}}},
                            {PageHandler(Page::kUnreachable, "{http.error.status_code}")}));
  routes.push_back(Terminal({}, {PageHandler(Page::kFailed, "{http.error.status_code}")}));
  return {{"routes", std::move(routes)}};
}

array HttpsRoutes(const ConfigInput& input) {
  array routes;
  routes.push_back(HideProgram());
  if (!input.api_upstream.empty()) {
    routes.push_back(Terminal({HostIs(ApiHost(input.domain))}, {Proxy(input.api_upstream)}));
  }
  if (!input.webhook_upstream.empty() && !input.webhook_paths.empty()) {
    object match = HostIs(WebhookHost(input.domain));
    match["path"] = array(input.webhook_paths.begin(), input.webhook_paths.end());
    routes.push_back(Terminal({std::move(match)}, {Proxy(input.webhook_upstream)}));
  }
  routes.push_back(Terminal({FindRoute(input, "=*")}, {ServeFound()}));
  routes.push_back(Terminal({}, {PageHandler(Page::kUnknown, 404)}));
  return routes;
}

// The file a matcher found, as it is.
array SendFound(const std::string& root) {
  return {object{{"handler", "rewrite"}, {"uri", kFoundFile}},
          object{{"handler", "file_server"}, {"root", root}}};
}

object FileIn(const std::string& root, array names) {
  return {{"root", root}, {"try_files", std::move(names)}};
}

// What a public authority looks for on port 80; everything else below that path is the
// application's.
object ShowProof(const CertificateLookup& lookup) {
  object match = {{"path", {"/.well-known/acme-challenge/*"}},
                  {"file", FileIn(lookup.proofs_dir, {"/{http.request.uri.path.2}"})}};
  return Terminal({std::move(match)}, SendFound(lookup.proofs_dir));
}

// Asked with ?server_name=<host>. The host is the visitor's word: what is no plain name gets the
// fallback, and so does what has no file.
array LookupRoutes(const CertificateLookup& lookup) {
  const std::string name = "{http.request.uri.query.server_name}";
  const array path = {"/" + lookup.secret};
  object named = {
      {"path", path},
      {"vars_regexp", object{{name, object{{"pattern", "^[a-z0-9_-]+([.][a-z0-9_-]+)*$"}}}}},
      {"file",
       FileIn(lookup.directory, {"/public/" + name + ".pem", "/internal/" + name + ".pem"})}};
  array routes;
  routes.push_back(Terminal({std::move(named)}, SendFound(lookup.directory)));
  routes.push_back(
      Terminal({object{{"path", path}, {"file", FileIn(lookup.directory, {"/fallback.pem"})}}},
               SendFound(lookup.directory)));
  routes.push_back(Terminal({}, {object{{"handler", "static_response"}, {"status_code", 404}}}));
  return routes;
}

array HttpRoutes(const ConfigInput& input) {
  std::string to = "https://{http.request.host}";
  if (input.https_port != 443) to += ":" + std::to_string(input.https_port);
  to += "{http.request.uri}";
  object redirect = {{"handler", "static_response"},
                     {"status_code", 308},
                     {"headers", object{{"Location", {to}}, {"Cache-Control", {"no-store"}}}}};
  array routes;
  routes.push_back(HideProgram());
  if (input.lookup.port != 0) routes.push_back(ShowProof(input.lookup));
  routes.push_back(Terminal({FindRoute(input, "=*+http@*")}, {ServeFound()}));
  array secured = {object{{"host", {"*." + input.domain, input.domain}}}};
  // Every host that is routed has a certificate of its own, wherever it is.
  if (input.lookup.port != 0) secured.push_back(FindRoute(input, "=*"));
  routes.push_back(Terminal(std::move(secured), {std::move(redirect)}));
  routes.push_back(Terminal({}, {PageHandler(Page::kUnknown, 404)}));
  return routes;
}

object Server(const ConfigInput& input, std::uint16_t port, array routes) {
  const std::string address = (input.bind_all ? ":" : "127.0.0.1:") + std::to_string(port);
  return {{"listen", {address}},          {"protocols", {"h1", "h2"}},
          {"read_header_timeout", "30s"}, {"automatic_https", object{{"disable", true}}},
          {"routes", std::move(routes)},  {"errors", Errors()}};
}

// One certificate for all hosts: nothing is issued, stored or renewed per host. With a lookup the
// program holds none: one in its memory would be served before anything is looked up.
object Tls(const ConfigInput& input) {
  if (input.lookup.port != 0) {
    const std::string url =
        "http://127.0.0.1:" + std::to_string(input.lookup.port) + "/" + input.lookup.secret;
    object policy = {{"get_certificate", array{object{{"via", "http"}, {"url", url}}}},
                     {"issuers", array{object{{"module", "internal"}}}}};
    return {{"automation", object{{"policies", array{std::move(policy)}}}}};
  }
  if (!input.cert_file.empty()) {
    return {{"certificates", object{{"load_files", array{object{{"certificate", input.cert_file},
                                                                {"key", input.key_file}}}}}}};
  }
  return {
      {"certificates", object{{"automate", {"*." + input.domain, input.domain}}}},
      {"automation",
       object{{"policies", array{object{{"issuers", array{object{{"module", "internal"}}}}}}}}}};
}

object Logging(const ConfigInput& input) {
  object writer = {
      {"output", "file"}, {"filename", input.log_file}, {"roll_size_mb", 10}, {"roll_keep", 3}};
  return {{"logs", object{{"default", object{{"level", "WARN"}, {"writer", std::move(writer)}}}}}};
}

// No copy of the configuration is kept to come back to.
object Admin(const std::string& socket) {
  return {{"listen", "unix/" + socket},
          {"origins", {"localhost"}},
          {"config", object{{"persist", false}}}};
}

}  // namespace

std::string ApiHost(const std::string& domain) { return "api." + domain; }
std::string WebhookHost(const std::string& domain) { return "billing." + domain; }

std::string BuildConfig(const ConfigInput& input) {
  object https = Server(input, input.https_port, HttpsRoutes(input));
  https["tls_connection_policies"] = array{object{}};
  object servers = {{"https", std::move(https)},
                    {"http", Server(input, input.http_port, HttpRoutes(input))}};
  if (input.lookup.port != 0) {
    ConfigInput local = input;
    local.bind_all = false;
    servers["certificates"] = Server(local, input.lookup.port, LookupRoutes(input.lookup));
  }
  object http = {{"http_port", input.http_port},
                 {"https_port", input.https_port},
                 {"grace_period", "10s"},
                 {"servers", std::move(servers)}};
  // No entry in the system's trust store.
  object pki = {{"certificate_authorities", object{{"local", object{{"install_trust", false}}}}}};
  object config = {
      {"admin", Admin(input.admin_socket)},
      {"logging", Logging(input)},
      {"storage", object{{"module", "file_system"}, {"root", input.storage_dir}}},
      {"apps", object{{"pki", std::move(pki)}, {"tls", Tls(input)}, {"http", std::move(http)}}}};
  return boost::json::serialize(config);
}

std::string BuildBareConfig(const std::string& admin_socket) {
  return boost::json::serialize(object{{"admin", Admin(admin_socket)}});
}

}  // namespace kl::gateway
