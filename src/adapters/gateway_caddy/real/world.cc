#include "adapters/gateway_caddy/real/world.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"

namespace kl::gateway_test {
namespace {

namespace fs = std::filesystem;

// A listening socket on a free port of 127.0.0.1.
int Listen(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd, 64), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

void Echo(int fd) {
  std::string head;
  char buffer[4096];
  ssize_t got = 0;
  while (head.find("\r\n\r\n") == std::string::npos &&
         (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0) {
    head.append(buffer, static_cast<std::size_t>(got));
  }
  constexpr std::string_view kAgreed =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  ::send(fd, kAgreed.data(), kAgreed.size(), MSG_NOSIGNAL);
  while ((got = ::recv(fd, buffer, sizeof buffer, 0)) > 0) {
    if (::send(fd, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0) break;
  }
  ::close(fd);
}

Task<net::Response> Describe(std::string name, net::Request request) {
  std::string body = name + " " + request.target + "\n";
  for (const char* header : {"Host", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-For"}) {
    body += std::string(header) + ": " +
            std::string(request.headers.Find(header).value_or("(none)")) + "\n";
  }
  co_return net::TextResponse(200, std::move(body));
}

}  // namespace

std::uint16_t FreePort() {
  std::uint16_t port = 0;
  ::close(Listen(port));
  return port;
}

fs::path FreshDirectory() {
  const fs::path path = fs::temp_directory_path() / ("kl-gw-" + SystemRandom().Letters(10));
  fs::create_directories(path);
  return path;
}

Application::Application(net::IoLoop& loop, std::string name) {
  auto server = net::HttpServer::Listen(
      loop, "127.0.0.1:0", [name = std::move(name)](net::Request request) -> Task<net::Response> {
        return Describe(name, std::move(request));
      });
  EXPECT_TRUE(server.has_value());
  if (server) server_ = std::move(*server);
}

EchoSocket::EchoSocket() : listener_(Listen(port_)), thread_([this] { Serve(); }) {}

EchoSocket::~EchoSocket() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void EchoSocket::Serve() {
  std::vector<std::jthread> connections;
  std::vector<int> open;
  for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
    open.push_back(::dup(fd));
    connections.emplace_back([fd] { Echo(fd); });
  }
  for (int fd : open) {
    ::shutdown(fd, SHUT_RDWR);
    ::close(fd);
  }
}

World::World() {
  options.data_dir = directory.string();
  options.domain = kDomain;
  options.http_port = FreePort();
  options.https_port = FreePort();
  options.certificate_poll = std::chrono::milliseconds(50);
}

World::~World() {
  gateway.reset();
  auto ended = EndLeftGateway(options.data_dir);
  if (!ended) ADD_FAILURE() << ended.error().message;
  if (::testing::Test::HasFailure()) {
    std::cerr << "left for a look: " << directory << "\n";
  } else {
    fs::remove_all(directory);
  }
}

void World::Start() {
  auto made = CaddyGateway::Make(loop, options);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  gateway = std::move(*made);
  Status ready = Run(gateway->Ready(std::chrono::seconds(15)));
  ASSERT_TRUE(ready.has_value()) << ready.error().message;
}

net::ClientOptions World::Visitor(const std::string& host, bool insecure) const {
  const std::string port = std::to_string(insecure ? options.http_port : options.https_port);
  net::ClientOptions out;
  out.base = (insecure ? "http://" : "https://") + host + ":" + port;
  out.connect_to = "127.0.0.1:" + port;
  out.ca_file = !insecure && options.cert_file.empty()
                    ? options.data_dir + "/gateway/storage/pki/authorities/local/root.crt"
                    : options.cert_file;
  return out;
}

Task<net::Response> World::Visit(std::string host, std::string path, bool insecure) {
  auto client = net::HttpClient::Make(loop, Visitor(host, insecure));
  net::Request request;
  request.target = std::move(path);
  auto response = co_await client->Send(std::move(request), std::chrono::seconds(10));
  if (response) co_return std::move(*response);
  net::Response failed;
  failed.status = 0;
  failed.body = response.error().message;
  co_return failed;
}

Status World::Put(Route route) { return Run(gateway->Put(std::move(route))); }

std::string Host(std::string_view name) { return std::string(name) + "." + kDomain; }

Route Serving(std::string_view name, std::string upstream) {
  Route route;
  route.host = Host(name);
  route.paths.push_back({"/", std::move(upstream)});
  return route;
}

Route In(RouteState state, std::string_view name) {
  Route route;
  route.host = Host(name);
  route.state = state;
  return route;
}

}  // namespace kl::gateway_test
