#include "net/byte_stream.h"

#include <algorithm>
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cctype>

namespace kl::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;

constexpr std::size_t kReadMin = 4 << 10;
constexpr std::size_t kReadMax = 64 << 10;

struct AsioTls : TlsContext {
  ssl::context context{ssl::context::tls_client};
  bool verify = true;
};

// Why the certificate was refused: OpenSSL's error code alone says only that it was.
std::string VerifyProblem(SSL* handle) {
  const long code = SSL_get_verify_result(handle);
  return code == X509_V_OK ? std::string() : X509_verify_cert_error_string(code);
}

}  // namespace

std::string IoResult::Reason() const {
  if (eof) return "connection closed by the other side";
  std::string text = error.message();
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

char* InputBuffer::Prepare(std::size_t* room) {
  if (begin_ == end_) begin_ = end_ = 0;
  const std::size_t want = filled_ ? std::clamp(data_.size() * 2, kReadMin, kReadMax) : kReadMin;
  if (data_.size() - end_ < want && begin_ > 0) {
    data_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (data_.size() - end_ < want) data_.resize(end_ + want);
  *room = data_.size() - end_;
  return data_.data() + end_;
}

void InputBuffer::Commit(std::size_t n) {
  end_ += n;
  filled_ = end_ == data_.size();
}

Result<std::shared_ptr<TlsContext>> TlsContext::Make(const std::string& ca_file, bool verify) {
  auto made = std::make_shared<AsioTls>();
  made->verify = verify;
  error_code ec;
  made->context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, ec);
  if (verify) {
    if (ca_file.empty()) {
      made->context.set_default_verify_paths(ec);
    } else {
      made->context.load_verify_file(ca_file, ec);
    }
    if (ec) {
      return Fail(ErrorKind::kInvalid,
                  "cannot load certificate authorities: " + ca_file + ": " + ec.message());
    }
  }
  return made;
}

struct ByteStream::Impl {
  explicit Impl(IoLoop& loop) : socket(loop.context()) {}

  Protocol::socket socket;
  std::shared_ptr<TlsContext> tls_context;
  std::optional<ssl::stream<Protocol::socket&>> tls;
  std::string tls_problem;
  InputBuffer input;
  std::string out_head, out_body;
  Pending connect, read, write, gone;
  bool closed = false;

  static std::uint64_t Begin(Pending& pending) {
    pending.done = false;
    pending.result = {};
    return ++pending.generation;
  }
  static void Finish(Pending& pending, const error_code& ec, std::size_t bytes = 0) {
    pending.done = true;
    pending.result.bytes = bytes;
    pending.result.eof = ec == asio::error::eof;
    if (ec && !pending.result.eof) pending.result.error = ec;
    if (auto waiter = std::exchange(pending.waiter, nullptr)) waiter.resume();
  }
  // A completion handler that keeps the stream alive and finishes `member`, unless a newer
  // operation has taken the place.
  static auto Handler(std::shared_ptr<ByteStream> self, Pending Impl::* member) {
    const std::uint64_t generation = ((*self->impl_).*member).generation;
    return [self = std::move(self), member, generation](error_code ec, std::size_t bytes = 0) {
      Pending& pending = (*self->impl_).*member;
      if (pending.generation != generation) return;
      if (member == &Impl::read && !ec) self->impl_->input.Commit(bytes);
      Finish(pending, ec, bytes);
    };
  }

  // Small messages must not wait for the acknowledgement of earlier ones.
  void Ready(int family) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    if (family != AF_UNIX) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  // Most writes fit the socket's buffer: done at once, no turn of the loop is needed.
  bool WriteNow(const std::shared_ptr<ByteStream>& self) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(out_head), asio::buffer(out_body)};
    error_code ec;
    const std::size_t sent = socket.write_some(parts, ec);
    if (ec && ec != asio::error::would_block) {
      Finish(write, ec);
      return true;
    }
    if (sent == out_head.size() + out_body.size()) {
      Finish(write, {}, sent);
      return true;
    }
    const std::size_t head_left = out_head.size() - std::min(sent, out_head.size());
    const std::size_t body_left = out_head.size() + out_body.size() - sent - head_left;
    const std::array<asio::const_buffer, 2> rest{
        asio::buffer(out_head.data() + out_head.size() - head_left, head_left),
        asio::buffer(out_body.data() + out_body.size() - body_left, body_left)};
    asio::async_write(socket, rest, Handler(self, &Impl::write));
    return false;
  }
};

std::shared_ptr<ByteStream> ByteStream::Make(IoLoop& loop) {
  return std::make_shared<ByteStream>(loop);
}
std::shared_ptr<ByteStream> ByteStream::Adopt(IoLoop& loop, int fd, int family) {
  auto stream = Make(loop);
  error_code ignored;
  stream->impl_->socket.assign(Protocol(family, 0), fd, ignored);
  stream->impl_->Ready(family);
  return stream;
}
ByteStream::ByteStream(IoLoop& loop) : impl_(std::make_unique<Impl>(loop)) {}
ByteStream::~ByteStream() = default;

ByteStream::Op ByteStream::Connect(const Endpoint& to) {
  Impl::Begin(impl_->connect);
  const Protocol::endpoint endpoint(&to.address, to.size);
  const int family = to.family();
  auto finish = Impl::Handler(shared_from_this(), &Impl::connect);
  impl_->socket.async_connect(endpoint, [this, family, finish](error_code ec) mutable {
    if (!ec) impl_->Ready(family);
    finish(ec);
  });
  return Op(*this, impl_->connect);
}

ByteStream::Op ByteStream::Handshake(std::shared_ptr<TlsContext> context,
                                     const std::string& server_name) {
  auto& tls = static_cast<AsioTls&>(*context);
  impl_->tls_context = std::move(context);
  impl_->tls.emplace(impl_->socket, tls.context);
  // An address is no server name (RFC 6066).
  if (!ParseEndpoint("[" + server_name + "]:0") && !ParseEndpoint(server_name + ":0")) {
    SSL_set_tlsext_host_name(impl_->tls->native_handle(), server_name.c_str());
  }
  error_code ignored;
  impl_->tls->set_verify_mode(tls.verify ? ssl::verify_peer : ssl::verify_none, ignored);
  if (tls.verify) {
    impl_->tls->set_verify_callback(ssl::host_name_verification(server_name), ignored);
  }
  Impl::Begin(impl_->connect);
  auto finish = Impl::Handler(shared_from_this(), &Impl::connect);
  impl_->tls->async_handshake(ssl::stream_base::client, [this, finish](error_code ec) mutable {
    if (ec) impl_->tls_problem = VerifyProblem(impl_->tls->native_handle());
    finish(ec);
  });
  return Op(*this, impl_->connect);
}

ByteStream::Op ByteStream::Read() {
  Impl::Begin(impl_->read);
  if (impl_->closed) {
    Impl::Finish(impl_->read, asio::error::operation_aborted);
    return Op(*this, impl_->read);
  }
  std::size_t room = 0;
  char* at = impl_->input.Prepare(&room);
  auto handler = Impl::Handler(shared_from_this(), &Impl::read);
  if (impl_->tls) {
    impl_->tls->async_read_some(asio::buffer(at, room), std::move(handler));
  } else {
    impl_->socket.async_read_some(asio::buffer(at, room), std::move(handler));
  }
  return Op(*this, impl_->read);
}

ByteStream::Op ByteStream::Write(std::string&& head, std::string&& body) {
  Impl::Begin(impl_->write);
  impl_->out_head = std::move(head);
  impl_->out_body = std::move(body);
  if (impl_->closed) {
    Impl::Finish(impl_->write, asio::error::operation_aborted);
  } else if (impl_->tls) {
    impl_->out_head += impl_->out_body;  // one record, not two
    asio::async_write(*impl_->tls, asio::buffer(impl_->out_head),
                      Impl::Handler(shared_from_this(), &Impl::write));
  } else {
    impl_->WriteNow(shared_from_this());
  }
  return Op(*this, impl_->write);
}

ByteStream::Op ByteStream::PeerGone() {
  Impl::Begin(impl_->gone);
  auto finish = Impl::Handler(shared_from_this(), &Impl::gone);
  impl_->socket.async_wait(asio::socket_base::wait_read, [this, finish](error_code ec) mutable {
    if (ec || impl_->closed) return finish(ec);
    char byte;
    const auto n = ::recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    // Bytes are a next request: from here on only a failing write shows that the peer went.
    if (n == 0 || (n < 0 && errno != EAGAIN)) finish(asio::error::eof);
  });
  return Op(*this, impl_->gone);
}

InputBuffer& ByteStream::input() { return impl_->input; }

void ByteStream::Close() {
  if (std::exchange(impl_->closed, true)) return;
  error_code ignored;
  impl_->socket.close(ignored);
}

bool ByteStream::closed() const { return impl_->closed; }

void ByteStream::ShutdownWrite() {
  error_code ignored;
  impl_->socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

bool ByteStream::IsStale() {
  if (impl_->closed) return true;
  char byte;
  const auto n = ::recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0) return errno != EAGAIN;
  // TLS speaks between answers (session tickets); plain HTTP does not.
  return n == 0 || !impl_->tls;
}

std::string ByteStream::Peer() const {
  error_code ec;
  const auto remote = impl_->socket.remote_endpoint(ec);
  if (ec) return "unknown";
  Endpoint out;
  std::copy_n(reinterpret_cast<const char*>(remote.data()), remote.size(),
              reinterpret_cast<char*>(&out.address));
  out.size = static_cast<socklen_t>(remote.size());
  return Describe(out);
}

const std::string& ByteStream::tls_problem() const { return impl_->tls_problem; }

void ByteStream::Abandon(Pending& pending) {
  pending.waiter = nullptr;
  if (&pending == &impl_->gone) {  // only watching: nothing of the stream is lost
    error_code ignored;
    impl_->socket.cancel(ignored);
  } else {
    Close();
  }
}

}  // namespace kl::net
