// The real gateway, authority, resolver, store and loop, wired as the product wires them, with
// hosts from the command line instead of instances from an engine, and with limits whose windows a
// test can wait for.
//
//   kuberlogic-acme-gateway --data-dir D --directory URL ... --hosts 200
//
// Serves GET /status on --listen; prints "serving" when every host is routed. Ends on SIGTERM and
// leaves Caddy running, as the product does; --end ends the Caddy of a data directory.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "adapters/ca_acme/acme.h"
#include "adapters/gateway_caddy/gateway.h"
#include "adapters/resolver_dns/resolver.h"
#include "adapters/store_sqlite/database.h"
#include "app/certificates/certificate_loop.h"
#include "app/certificates/certified_gateway.h"
#include "base/log.h"
#include "base/random.h"

namespace kl {
namespace {

struct Arguments {
  GatewayOptions gateway;
  AcmeOptions acme;
  ResolverOptions resolver;
  CertificateLimits limits;
  std::vector<std::string> addresses;
  std::string listen;
  std::string upstream;
  std::vector<std::string> more_hosts;
  int hosts = 0;
  int window_ms = 0;
  bool end = false;
};

class Machine {
 public:
  Machine(net::IoLoop& loop, Arguments arguments)
      : loop_(loop), arguments_(std::move(arguments)), scope_(loop) {}

  Status Open() {
    const std::string& data = arguments_.gateway.data_dir;
    KL_TRY(database_, sqlite::Database::Open(
                          loop_, {.path = data + "/test.db", .key_path = data + "/test.key"}));
    KL_TRY(gateway_, CaddyGateway::Make(loop_, arguments_.gateway));
    KL_TRY(authority_, AcmeAuthority::Make(loop_, *gateway_->certificates(), arguments_.acme));
    KL_TRY(resolver_, DnsResolver::Make(loop_, arguments_.resolver));
    app::CertificateLoop::Deps deps{
        .loop = loop_,
        .random = SystemRandom(),
        .records = database_->certificates(),
        .authority = *authority_,
        .shelf = *gateway_->certificates(),
        .resolver = *resolver_,
        .addresses = {arguments_.addresses.begin(), arguments_.addresses.end()},
        .limits = arguments_.limits};
    certificates_ = std::make_unique<app::CertificateLoop>(std::move(deps));
    certified_ = std::make_unique<app::CertifiedGateway>(*gateway_, *certificates_);
    KL_TRY(server_, net::HttpServer::Listen(loop_, arguments_.listen,
                                            [this](net::Request) { return Answer(); }));
    scope_.Spawn(Serve());
    return {};
  }

 private:
  std::vector<std::string> Hosts() const {
    std::vector<std::string> out = arguments_.more_hosts;
    for (int i = 0; i < arguments_.hosts; ++i) {
      out.push_back("h" + std::to_string(i) + "." + arguments_.gateway.domain);
    }
    return out;
  }

  Task<void> Serve() {
    Status ready = co_await gateway_->Ready(std::chrono::seconds(20));
    certificates_->Start();
    for (const std::string& host : Hosts()) {
      Route route;
      route.host = host;
      route.paths.push_back({"/", arguments_.upstream});
      if (ready) ready = co_await certified_->Put(std::move(route));
    }
    if (ready) {
      std::puts("serving");
    } else {
      std::puts(ready.error().message.c_str());
    }
    std::fflush(stdout);
  }

  // One line a host: its reason, or "-" when it has its certificate; then the counters.
  Task<net::Response> Answer() {
    std::string out;
    for (const std::string& host : Hosts()) {
      auto wait = certificates_->WaitOf(host);
      out += host + " " + (wait ? wait->reason + " " + wait->message : "-") + "\n";
    }
    const auto& counters = certificates_->counters();
    for (const auto& [name, value] :
         {std::pair("ordered", counters.ordered), std::pair("issued", counters.issued),
          std::pair("refused", counters.refused), std::pair("elsewhere", counters.elsewhere),
          std::pair("paused", counters.paused)}) {
      out += "# " + std::string(name) + " " + std::to_string(value) + "\n";
    }
    co_return net::TextResponse(200, std::move(out));
  }

  net::IoLoop& loop_;
  const Arguments arguments_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<CaddyGateway> gateway_;
  std::unique_ptr<AcmeAuthority> authority_;
  std::unique_ptr<DnsResolver> resolver_;
  std::unique_ptr<app::CertificateLoop> certificates_;
  std::unique_ptr<app::CertifiedGateway> certified_;
  std::unique_ptr<net::HttpServer> server_;
  TaskScope scope_;
};

void AddOptions(CLI::App& app, Arguments& out) {
  app.add_option("--data-dir", out.gateway.data_dir)->required();
  app.add_option("--domain", out.gateway.domain);
  app.add_option("--http-port", out.gateway.http_port);
  app.add_option("--https-port", out.gateway.https_port);
  app.add_option("--caddy", out.gateway.caddy_program);
  app.add_option("--directory", out.acme.directory);
  app.add_option("--ca-root", out.acme.ca_file);
  app.add_option("--dns", out.resolver.server);
  app.add_option("--address", out.addresses);
  app.add_option("--listen", out.listen);
  app.add_option("--upstream", out.upstream);
  app.add_option("--hosts", out.hosts);
  app.add_option("--host", out.more_hosts);
  app.add_option("--orders", out.limits.orders);
  app.add_option("--per-domain", out.limits.per_domain);
  app.add_option("--window-ms", out.window_ms);
  app.add_flag("--end", out.end);
}

int Run(Arguments arguments) {
  if (arguments.end) {
    auto ended = EndLeftGateway(arguments.gateway.data_dir);
    if (!ended) std::fprintf(stderr, "%s\n", ended.error().message.c_str());
    return ended ? 0 : 1;
  }
  arguments.gateway.certificate_by_host = true;
  arguments.gateway.ca_file = arguments.acme.ca_file;
  arguments.acme.account_key = arguments.gateway.data_dir + "/account.pem";
  arguments.acme.poll = std::chrono::milliseconds(50);
  arguments.limits.dns_again = std::chrono::seconds(1);
  if (arguments.window_ms > 0) arguments.limits.orders_window = Duration(arguments.window_ms);
  InitLogging(LogLevel::kInfo, LogFormat::kText);
  net::IoLoop loop;
  loop.OnSignal([&loop](int) { loop.Stop(); });
  Machine machine(loop, std::move(arguments));
  if (Status opened = machine.Open(); !opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 1;
  }
  loop.Run();
  return 0;
}

}  // namespace
}  // namespace kl

int main(int argc, char** argv) {
  CLI::App app("A gateway with certificates by host");
  kl::Arguments arguments;
  kl::AddOptions(app, arguments);
  CLI11_PARSE(app, argc, argv);
  return kl::Run(std::move(arguments));
}
