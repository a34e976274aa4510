// The command line is a plain client of the REST API.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "base/secret.h"
#include "domain/value.h"
#include "net/http.h"

namespace kl::cli {

// Where the API is and how to show what it says. Empty fields are found: see Connect().
struct Globals {
  std::string hostname;  // host:port
  std::string scheme = "http";
  SecretString token;
  std::string config;            // path of kuberlogic.yaml
  std::string format = "table";  // table, json, yaml (old: string = table)
  bool color = false;
  bool debug = false;            // say on `err` what is asked and answered: no token, no body
  bool dry_run = false;          // ask nothing: say on `err` what would be asked
  std::optional<Error> problem;  // why address or token are not known; said by the first call
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
};

using Variables = std::function<std::string(const std::string& name)>;

// Fills in hostname and token: flags, then KUBERLOGIC_HOSTNAME / KUBERLOGIC_TOKEN (old: TOKEN),
// then ~/.config/kuberlogic/config.yaml, then the configuration of `serve` (--config or
// KUBERLOGIC_CONFIG, else ./kuberlogic.yaml, /etc/kuberlogic/kuberlogic.yaml): its api_listen,
// token and <data_dir>/token. --config may name a file of the user's own kind, too: hostname,
// token, scheme. A hostname may carry its scheme. A file that was asked for and cannot be read, and
// one that is no YAML, become globals.problem: commands that call nothing go on.
void Connect(Globals& globals, const Variables& variables);

class Client {
 public:
  explicit Client(const Globals& globals);

  // The body of a 2xx answer as a value (null when empty). Errors carry the API's message and kind;
  // kUnavailable with the address when it cannot be reached or another program answers there;
  // kUnauthenticated says where a token is found. In a dry run every call fails with an error that
  // Report() takes for success.
  Result<Value> Get(const std::string& path);
  Result<Value> Send(const std::string& method, const std::string& path, const Value& body = {});
  // Copies a streamed answer to `out` until its end.
  Status Follow(const std::string& path, std::ostream& out);

 private:
  // nullopt: go on. An error: nothing is to be asked.
  std::optional<Error> Refusal(const net::Request& request, const Value& body) const;
  net::Request Make(const std::string& method, const std::string& path) const;
  void Trace(const net::Request& request, const Result<net::Response>& answer,
             MonoTime begun) const;
  Error Unreachable(const Error& error) const;
  Error ErrorOf(const net::Response& response) const;

  std::string address_;
  SecretString token_;
  std::optional<Error> problem_;
  bool dry_run_, debug_;
  std::ostream* err_;
  net::IoLoop loop_;
  std::unique_ptr<net::HttpClient> http_;
};

// Prints the error and returns its exit code.
int Report(const Globals& globals, const Error& error);

}  // namespace kl::cli
