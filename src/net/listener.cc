#include "net/listener.h"

#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/log.h"

namespace kl::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;

constexpr Duration kPauseWhenExhausted = std::chrono::milliseconds(50);

const char* PathOf(const Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr_un*>(&endpoint.address)->sun_path;
}

// Whether nobody answers at the socket file any more.
bool IsDead(const Endpoint& endpoint) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int rc = ::connect(fd, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size);
  const bool dead = rc != 0 && errno == ECONNREFUSED;
  ::close(fd);
  return dead;
}

}  // namespace

struct Listener::Impl {
  explicit Impl(IoLoop& l) : loop(l), acceptor(l.context()) {}

  error_code Bind(const Endpoint& where) {
    error_code ec;
    const Protocol::endpoint endpoint(&where.address, where.size);
    acceptor.open(Protocol(where.family(), 0), ec);
    if (ec) return ec;
    if (where.family() != AF_UNIX) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    acceptor.bind(endpoint, ec);
    if (ec == asio::error::address_in_use && where.family() == AF_UNIX && IsDead(where)) {
      ::unlink(PathOf(where));
      acceptor.bind(endpoint, ec);
    }
    if (ec) return ec;
    if (where.family() == AF_UNIX) {
      path = PathOf(where);
      ::chmod(path.c_str(), 0660);
    }
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
  }

  IoLoop& loop;
  asio::basic_socket_acceptor<Protocol> acceptor;
  std::string path;  // of a unix socket we made
  bool closed = false;
};

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() { Close(); }

Result<std::unique_ptr<Listener>> Listener::Open(IoLoop& loop, const std::string& address) {
  KL_TRY(Endpoint where, ParseEndpoint(address));
  auto impl = std::make_shared<Impl>(loop);
  if (error_code ec = impl->Bind(where); ec) {
    return Fail(ErrorKind::kUnavailable, "cannot listen: " + address + ": " + ec.message());
  }
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Task<std::shared_ptr<ByteStream>> Listener::Accept() {
  const std::shared_ptr<Impl> impl = impl_;
  while (!impl->closed) {
    using Accepted = std::pair<error_code, std::shared_ptr<ByteStream>>;
    Completer<Accepted> completer(impl->loop);
    impl->acceptor.async_accept([completer, impl](error_code ec, Protocol::socket socket) {
      if (ec) return completer.Set(Accepted(ec, nullptr));
      const int family = socket.local_endpoint(ec).protocol().family();
      const int fd = socket.release(ec);
      completer.Set(Accepted(ec, ByteStream::Adopt(impl->loop, fd, family)));
    });
    Accepted accepted = co_await completer.Get();
    if (!accepted.first) co_return std::move(accepted.second);
    if (accepted.first == asio::error::operation_aborted) break;
    Log(LogLevel::kWarn, "cannot accept a connection", {{"reason", accepted.first.message()}});
    co_await Sleep(impl->loop, kPauseWhenExhausted);
  }
  co_return nullptr;
}

std::uint16_t Listener::port() const {
  error_code ec;
  const auto local = impl_->acceptor.local_endpoint(ec);
  if (ec) return 0;
  const auto* address = reinterpret_cast<const sockaddr*>(local.data());
  if (address->sa_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  }
  if (address->sa_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  }
  return 0;
}

void Listener::Close() {
  if (std::exchange(impl_->closed, true)) return;
  error_code ignored;
  impl_->acceptor.close(ignored);
  if (!impl_->path.empty()) ::unlink(impl_->path.c_str());
}

}  // namespace kl::net
