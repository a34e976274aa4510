// A connected socket (TCP, unix, TLS over either) whose operations are awaited.
//
//   IoResult r = co_await stream->Read();
//
// The stream outlives its pending operations by itself: a frame that waits for one may be destroyed
// at any time. It was in the middle of something then, so the stream is closed.
#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/io_loop.h"

namespace kl::net {

struct IoResult {
  std::error_code error;
  std::size_t bytes = 0;
  bool eof = false;  // the peer ended its side in order; `error` is empty

  bool ok() const { return !error && !eof; }
  // "connection refused", in lower case as our messages begin.
  std::string Reason() const;
};

// Bytes read and not yet used.
class InputBuffer {
 public:
  std::string_view view() const { return {data_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void Consume(std::size_t n) { begin_ += n; }
  // Room for the next read, behind what is there.
  char* Prepare(std::size_t* room);
  void Commit(std::size_t n);

 private:
  std::string data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;  // the last read took all the room: offer more next time
};

// What clients trust. Made once, used by many connections.
class TlsContext {
 public:
  // `ca_file`: PEM, the only authorities trusted; empty: the system's. kInvalid when unreadable.
  static Result<std::shared_ptr<TlsContext>> Make(const std::string& ca_file, bool verify);
  virtual ~TlsContext() = default;
};

class ByteStream : public std::enable_shared_from_this<ByteStream> {
 public:
  struct Impl;
  // One operation and whoever waits for it. At most one of each sort at a time.
  struct Pending {
    std::coroutine_handle<> waiter;
    std::uint64_t generation = 0;  // of the operation; answers of older ones are ignored
    bool done = false;
    IoResult result;
  };
  class Op {
   public:
    Op(ByteStream& stream, Pending& pending) : stream_(stream), pending_(pending) {}
    Op(const Op&) = delete;
    ~Op() {
      if (pending_.waiter) stream_.Abandon(pending_);
    }
    bool await_ready() const { return pending_.done; }
    void await_suspend(std::coroutine_handle<> h) { pending_.waiter = h; }
    IoResult await_resume() const { return pending_.result; }

   private:
    ByteStream& stream_;
    Pending& pending_;
  };

  static std::shared_ptr<ByteStream> Make(IoLoop& loop);
  // Takes a connected socket.
  static std::shared_ptr<ByteStream> Adopt(IoLoop& loop, int fd, int family);
  explicit ByteStream(IoLoop& loop);
  ~ByteStream();

  Op Connect(const Endpoint& to);
  // As the client. A failed verification is the error, with its cause in tls_problem().
  Op Handshake(std::shared_ptr<TlsContext> context, const std::string& server_name);
  // Adds what arrives next, at least one byte, to input().
  Op Read();
  // Sends both parts whole, in order.
  Op Write(std::string&& head, std::string&& body);
  // Done when the peer is gone; never when it sends something instead. Not beside a Read.
  Op PeerGone();

  InputBuffer& input();
  // Ends pending operations with an error. Idempotent.
  void Close();
  bool closed() const;
  // Sends the end of stream; reading goes on.
  void ShutdownWrite();
  // Whether an idle connection was ended, or spoken on, by the peer.
  bool IsStale();
  std::string Peer() const;
  const std::string& tls_problem() const;

 private:
  void Abandon(Pending& pending);

  std::unique_ptr<Impl> impl_;
};

}  // namespace kl::net
