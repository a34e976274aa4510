#include <unordered_set>

#include "base/log.h"
#include "net/deadline.h"
#include "net/http.h"
#include "net/listener.h"
#include "net/text.h"
#include "net/wire.h"

namespace kl::net {
namespace {

// How long, and how much, a refused client may go on sending before the connection is cut: an
// answer sent to somebody who still talks is lost when the connection closes under him.
constexpr Duration kLinger = std::chrono::seconds(5);
constexpr std::size_t kLingerBytesMax = 256 << 20;

class Connection;

struct ServerState {
  IoLoop& loop;
  HttpServer::Handler handler;
  ServerLimits limits;
  bool stopping = false;
  std::unordered_set<Connection*> connections;
};

// One client. Its requests are handled one after the other, however fast they come.
class Connection {
 public:
  Connection(ServerState& server, std::shared_ptr<ByteStream> stream)
      : server_(server),
        stream_(std::move(stream)),
        parser_({server.limits.header_bytes_max, server.limits.body_bytes_max}),
        deadline_(server.loop, [this] { Expire(); }),
        peer_(stream_->Peer()) {
    server_.connections.insert(this);
  }
  Connection(const Connection&) = delete;
  ~Connection() {
    server_.connections.erase(this);
    stream_->Close();
  }

  static Task<void> Run(std::unique_ptr<Connection> self) {
    bool more = true;
    while (more) more = co_await self->ServeOne();
  }
  // Ends the connection unless a request is being received or answered.
  void CloseIfIdle() {
    if (idle_) stream_->Close();
  }

 private:
  enum class Received { kRequest, kRefused, kClosed };

  // Receives a request and answers it; false when it was the last.
  Task<bool> ServeOne();
  Task<Received> Receive();
  Task<Response> Handle();
  Task<bool> Send(Response response, bool keep_alive);
  Task<bool> SendStream(Response response, bool keep_alive);
  // Answers what could not be understood, and ends the connection.
  Task<void> Refuse(int status);
  // Takes what has arrived; the status to refuse with, or 0.
  int Parse();

  void Expire();
  // Both parts of a streamed answer; the first to end sets `over`.
  Task<void> Pump(BodyReader& body, bool chunked, Event& over, bool& complete);
  Task<void> WatchPeer(Event& over);
  std::string Framing(const Response& response, bool keep_alive) const;

  ServerState& server_;
  std::shared_ptr<ByteStream> stream_;
  RequestParser parser_;
  Deadline deadline_;
  const std::string peer_;
  bool idle_ = false;  // waits for the first byte of a request
  bool receiving_ = false;
  bool head_ = false;  // the request is a HEAD
};

bool HasNoBody(int status) { return status / 100 == 1 || status == 204 || status == 304; }

Response Refusal(int status) {
  switch (status) {
    case 408: return TextResponse(status, "request timed out: it did not arrive whole in time\n");
    case 413: return TextResponse(status, "request too large: the body exceeds the limit\n");
    case 431: return TextResponse(status, "request too large: the header exceeds the limit\n");
    default: return TextResponse(status, "malformed request: this is not HTTP/1.1\n");
  }
}

int Connection::Parse() {
  while (!stream_->input().empty() && !parser_.done()) {
    const Fed fed = parser_.Put(stream_->input().view());
    stream_->input().Consume(fed.used);
    switch (fed.error) {
      case WireError::kNone: break;
      case WireError::kMalformed: return 400;
      case WireError::kHeaderTooLarge: return 431;
      case WireError::kBodyTooLarge: return 413;
    }
    if (fed.used == 0) break;
  }
  return 0;
}

// Runs from the timer, beside the coroutine that waits for the bytes that did not come.
void Connection::Expire() {
  if (receiving_ && !idle_) {
    Response refusal = Refusal(408);
    std::string head = ResponseHead(refusal, Framing(refusal, false));
    (void)stream_->Write(std::move(head), std::move(refusal.body));  // as far as it goes at once
  }
  stream_->Close();
}

std::string Connection::Framing(const Response& response, bool keep_alive) const {
  std::string out;
  if (!HasNoBody(response.status)) {
    out = response.stream ? "Transfer-Encoding: chunked\r\n"
                          : "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  if (!keep_alive) {
    out += "Connection: close\r\n";
  } else if (!parser_.is_http11()) {
    out += "Connection: keep-alive\r\n";
  }
  return out;
}

Task<Connection::Received> Connection::Receive() {
  parser_.Reset();
  bool continued = false;
  idle_ = stream_->input().empty();
  receiving_ = true;
  deadline_.Set(idle_ ? server_.limits.idle : server_.limits.read);
  for (;;) {
    if (const int status = Parse(); status != 0) {
      receiving_ = false;
      co_await Refuse(status);
      co_return Received::kRefused;
    }
    if (parser_.done()) break;
    if (idle_ && server_.stopping) co_return Received::kClosed;
    if (!continued && parser_.header_done() && parser_.wants_continue()) {
      continued = true;
      std::string head = "HTTP/1.1 100 Continue\r\n\r\n";
      receiving_ = false;  // a time-out must not write into this
      const IoResult sent = co_await stream_->Write(std::move(head), {});
      receiving_ = true;
      if (!sent.ok()) co_return Received::kClosed;
    }
    const IoResult got = co_await stream_->Read();
    if (!got.ok()) co_return Received::kClosed;
    if (std::exchange(idle_, false)) deadline_.Set(server_.limits.read);
  }
  receiving_ = false;
  deadline_.Lift();
  co_return Received::kRequest;
}

Task<bool> Connection::ServeOne() {
  const Received received = co_await Receive();
  if (received != Received::kRequest) co_return false;
  head_ = parser_.request().method == "HEAD";
  Response response = co_await Handle();
  const bool keep_alive = parser_.keep_alive() && !server_.stopping;
  Task<bool> send = response.stream ? SendStream(std::move(response), keep_alive)
                                    : Send(std::move(response), keep_alive);
  const bool more = co_await std::move(send);
  co_return more;
}

Task<Response> Connection::Handle() {
  parser_.request().peer = peer_;
  try {
    Task<Response> task = server_.handler(std::move(parser_.request()));
    Response response = co_await std::move(task);
    co_return response;
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "a request handler failed", {{"reason", e.what()}});
  }
  co_return TextResponse(500, "internal error: the request could not be handled\n");
}

Task<bool> Connection::Send(Response response, bool keep_alive) {
  std::string head = ResponseHead(response, Framing(response, keep_alive));
  if (head_ || HasNoBody(response.status)) response.body.clear();
  deadline_.Set(server_.limits.read);
  const IoResult sent = co_await stream_->Write(std::move(head), std::move(response.body));
  deadline_.Lift();
  co_return sent.ok() && keep_alive;
}

Task<bool> Connection::SendStream(Response response, bool keep_alive) {
  const bool chunked = parser_.is_http11();
  keep_alive = keep_alive && chunked;  // without chunks only the end of the connection ends a body
  std::string head =
      ResponseHead(response, chunked ? Framing(response, keep_alive) : "Connection: close\r\n");
  deadline_.Set(server_.limits.read);
  const IoResult sent = co_await stream_->Write(std::move(head), {});
  deadline_.Lift();
  if (!sent.ok()) co_return false;
  if (head_ || HasNoBody(response.status)) co_return keep_alive;
  bool complete = false;
  Event over(server_.loop);
  TaskScope scope(server_.loop);  // its end destroys the reader at whatever it waits for
  scope.Spawn(Pump(*response.stream, chunked, over, complete));
  scope.Spawn(WatchPeer(over));
  co_await over.Wait();
  co_return complete&& keep_alive;
}

Task<void> Connection::Pump(BodyReader& body, bool chunked, Event& over, bool& complete) {
  for (;;) {
    Result<std::string> piece = co_await body.Read();
    if (!piece) break;  // all that is left is to cut the answer short, visibly
    const bool last = piece->empty();
    std::string bytes = chunked ? Chunk(*piece) : std::move(*piece);
    deadline_.Set(server_.limits.read);
    const IoResult sent = co_await stream_->Write(std::move(bytes), {});
    deadline_.Lift();
    if (!sent.ok()) break;
    if (last) {
      complete = true;
      break;
    }
  }
  over.Set();
}

Task<void> Connection::WatchPeer(Event& over) {
  co_await stream_->PeerGone();
  over.Set();
}

Task<void> Connection::Refuse(int status) {
  Response refusal = Refusal(status);
  std::string head = ResponseHead(refusal, Framing(refusal, false));
  deadline_.Set(kLinger);
  IoResult step = co_await stream_->Write(std::move(head), std::move(refusal.body));
  stream_->ShutdownWrite();
  std::size_t drained = 0;
  while (step.ok() && drained < kLingerBytesMax) {
    stream_->input().Consume(stream_->input().view().size());
    step = co_await stream_->Read();
    drained += step.bytes;
  }
}

class Server : public HttpServer {
 public:
  Server(IoLoop& loop, std::unique_ptr<Listener> listener, Handler handler, ServerLimits limits)
      : state_{loop, std::move(handler), limits, false, {}},
        listener_(std::move(listener)),
        port_(listener_->port()),
        scope_(loop) {
    scope_.Spawn(AcceptAll(*listener_, state_, scope_));
  }

  std::uint16_t port() const override { return port_; }

  void StopAccepting() override {
    state_.stopping = true;
    listener_->Close();
    for (Connection* connection : state_.connections) connection->CloseIfIdle();
  }

 private:
  static Task<void> AcceptAll(Listener& listener, ServerState& state, TaskScope& scope) {
    for (;;) {
      std::shared_ptr<ByteStream> stream = co_await listener.Accept();
      if (!stream) co_return;
      scope.Spawn(Connection::Run(std::make_unique<Connection>(state, std::move(stream))));
    }
  }

  ServerState state_;
  std::unique_ptr<Listener> listener_;
  const std::uint16_t port_;
  TaskScope scope_;  // last: its frames use all of the above
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(IoLoop& loop, const std::string& address,
                                                       Handler handler, ServerLimits limits) {
  KL_TRY(std::unique_ptr<Listener> listener, Listener::Open(loop, address));
  return std::make_unique<Server>(loop, std::move(listener), std::move(handler), limits);
}

}  // namespace kl::net
