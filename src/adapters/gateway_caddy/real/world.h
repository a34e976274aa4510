// What the tests against a real Caddy stand on: a gateway on free ports with a directory of its
// own, applications behind it, and visitors in front of it. Whatever a test leaves running is ended
// with it.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/gateway_caddy/gateway.h"
#include "net/http.h"
#include "net/run_task.h"

namespace kl::gateway_test {

inline constexpr char kDomain[] = "apps.test";

// A TCP port of 127.0.0.1 that was free a moment ago.
std::uint16_t FreePort();
// A fresh directory below the system's, removed by its owner.
std::filesystem::path FreshDirectory();

// An application: answers every request with its name, the path and what the gateway told it.
class Application {
 public:
  Application(net::IoLoop& loop, std::string name);
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  void Close() { server_.reset(); }

 private:
  std::unique_ptr<net::HttpServer> server_;
};

// Agrees to every upgrade and sends back the bytes it gets, on threads of its own.
class EchoSocket {
 public:
  EchoSocket();
  ~EchoSocket();
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve();
  std::uint16_t port_ = 0;
  int listener_;
  std::thread thread_;
};

class World {
 public:
  World();
  ~World();

  // Makes the gateway with `options` and waits until it answers.
  void Start();
  // As our own end by kill -9 would be: Caddy is left as it is.
  void DropGateway() { gateway.reset(); }
  // "https://host:port" or "http://host:port", at the gateway's address.
  net::ClientOptions Visitor(const std::string& host, bool insecure = false) const;
  // One visit on a new connection. A failure has the error's text as body and status 0.
  Task<net::Response> Visit(std::string host, std::string path, bool insecure = false);
  Status Put(Route route);
  template <class T>
  T Run(Task<T> task) {
    return net::RunTaskToEnd(loop, std::move(task));
  }

  const std::filesystem::path directory = FreshDirectory();
  net::IoLoop loop;
  GatewayOptions options;
  std::unique_ptr<CaddyGateway> gateway;
};

std::string Host(std::string_view name);  // "<name>.apps.test"
Route Serving(std::string_view name, std::string upstream);
Route In(RouteState state, std::string_view name);

}  // namespace kl::gateway_test
