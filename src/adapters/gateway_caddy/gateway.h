// Gateway and Outside on Caddy 2.6 (https://caddyserver.com): a process of our own, started,
// watched and configured by us, never the system's.
//
// Routes are files (route_files.h), so putting one takes a fraction of a millisecond whatever their
// number, disturbs no connection, and stands when either program restarts. Caddy's configuration is
// loaded only at its start, when our options changed, and when the certificate was exchanged.
//
// Everything is below data_dir/gateway (mode 0700): the admin socket, the CA and its keys, routes,
// log, pid file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/gateway_caddy/certificate.h"
#include "adapters/gateway_caddy/certificate_files.h"
#include "adapters/gateway_caddy/lookup_endpoint.h"
#include "adapters/gateway_caddy/process.h"
#include "adapters/gateway_caddy/route_tree.h"
#include "net/http.h"
#include "net/io_loop.h"
#include "ports/gateway.h"

namespace kl {

struct GatewayOptions {
  std::string data_dir;
  std::string domain;  // "apps.example.com": routes' hosts are right below it
  std::uint16_t http_port = 80;
  std::uint16_t https_port = 443;
  // PEM, both or neither. Neither: an internal CA whose root is RootCertificatePath(). They are
  // looked at every certificate_poll and taken over when they changed and fit together.
  std::string cert_file;
  std::string key_file;
  // Each host is served with the certificate kept for it in certificates(), one of the internal CA
  // until there is one. Excludes cert_file.
  bool certificate_by_host = false;
  // What Get() trusts with a given certificate. Empty: the certificate's own file when its chain
  // ends in a root, else the system's store. With certificates by host: beside the internal CA.
  std::string ca_file;
  std::string api_upstream;                // "127.0.0.1:8001" at https://api.<domain>; empty: none
  std::string webhook_upstream;            // at https://billing.<domain>; empty: none
  std::vector<std::string> webhook_paths;  // the only paths reachable there
  std::string caddy_program = "/usr/bin/caddy";
  // False: somebody else keeps Caddy running (BecomeGateway); it is adopted and configured, and
  // only ended when it hangs.
  bool start = true;
  bool bind_all = false;  // listen on every address, else on 127.0.0.1 only
  Duration certificate_poll = std::chrono::seconds(2);
};

// Loop's thread only. Destroying it leaves Caddy running, and the next one adopts it.
class CaddyGateway : public Gateway, public Outside {
 public:
  // Starts bringing Caddy up, or adopts the running one, and returns before it answers. kInvalid
  // with the field for options that can never work; kUnavailable when the disk refuses.
  static Result<std::unique_ptr<CaddyGateway>> Make(net::IoLoop& loop, GatewayOptions options);
  ~CaddyGateway() override;

  // Gateway. A host equal to a fixed one is kInvalid, as is whatever NormalizeRoute refuses. Put
  // and Remove wait up to 5 s for a Caddy that is being started. A host that is not right below the
  // domain is routed, but has a certificate only if the given one covers it.
  Task<Status> Put(Route route) override;
  Task<Status> Remove(std::string host) override;
  // What is routed now, by host; it includes what a former process of ours has put.
  Task<Result<std::vector<Route>>> List() override;

  // Outside. Any status the gateway gives, its own pages' included (503 while starting). 5 s.
  Task<Result<Answer>> Get(std::string host, std::string path, bool insecure) override;

  // Returns when the gateway answers; kUnavailable with the last failure after `limit`.
  Task<Status> Ready(Duration limit);
  // Ends Caddy (open requests have 10 s) and brings it up no more.
  Task<void> Stop();

  // PEM of the root that signs the certificates; empty with a given certificate. The file is there
  // once Ready() has returned.
  std::string RootCertificatePath() const;
  // Null unless certificate_by_host.
  gateway::CertificateFiles* certificates() { return files_.get(); }
  pid_t caddy_pid() const { return process_.pid(); }

 private:
  CaddyGateway(net::IoLoop& loop, GatewayOptions options);
  Status Prepare();
  Status TakeCertificate();
  Status PrepareByHost();
  Status KeepLookupPort();
  Task<void> RefreshDaily();
  std::string Config() const;
  Status WriteConfig() const;

  Task<void> Supervise();
  Task<Status> BringUp();
  Task<Status> StartNew();
  Task<Status> KeepRunning();
  Task<Status> Retry(Task<Status> (CaddyGateway::*ask)());
  Task<void> EndNow();
  Task<void> ServeUntilExit();
  Task<void> NoteExit();
  Task<void> WatchCertificate();
  Task<Status> Ping();
  Task<Status> ShakeHands();
  Task<Status> LoadConfig();

  net::IoLoop& loop_;
  const GatewayOptions options_;
  const std::string dir_;
  gateway::RouteTree tree_;
  std::map<std::string, Route> routes_;
  gateway::CertificatePair certificate_;  // our copy; empty names with the internal CA
  std::string certificate_stamp_;
  std::string trust_file_;  // for Get()
  std::unique_ptr<gateway::CertificateFiles> files_;
  gateway::LookupEndpoint lookup_;
  gateway::CaddyProcess process_;
  std::unique_ptr<net::HttpClient> admin_;
  bool up_ = false;
  bool stopped_ = false;
  bool config_changed_ = false;
  std::string last_failure_ = "it is being started";
  Event up_changed_;
  Event wake_;
  TaskScope scope_;  // last: its tasks use the rest
};

// Ends the Caddy that a KuberLogic with this data_dir left running; for cleaning up. Blocks up to
// about 10 s. True when there was one.
Result<bool> EndLeftGateway(const std::string& data_dir);

// This process becomes the Caddy of `data_dir`: for a service manager that runs it as a service of
// its own, so that it outlives KuberLogic's restarts. It serves the configuration it had last, none
// at first. Returns only with an error; kConflict when one runs already.
Status BecomeGateway(const std::string& data_dir, const std::string& caddy_program);

}  // namespace kl
