// HTTP/1.1 server and client on an IoLoop. Callers see values and Tasks, never Beast or Asio.
// All members: loop's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "net/io_loop.h"

namespace kl::net {

// In order of arrival; names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> items) : items_(items) {}
  // First value of that name.
  std::optional<std::string_view> Find(std::string_view name) const;
  void Set(std::string name, std::string value);  // replaces all of that name
  void Add(std::string name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // as on the wire: path and query, percent-encoded
  Headers headers;
  std::string body;
  std::string peer;  // "127.0.0.1:50312"; server side only

  std::string_view path() const;   // before '?', still encoded
  std::string_view query() const;  // after '?', without it
};

// Percent-decoding; '+' is a space when `form` is true. Malformed escapes are kept as they are.
std::string PercentDecode(std::string_view text, bool form = false);
// Everything outside the unreserved set of RFC 3986 is escaped.
std::string PercentEncode(std::string_view text);
// key=value pairs of a query or form body, decoded, in order.
std::vector<std::pair<std::string, std::string>> ParseForm(std::string_view text);
std::string EncodeForm(const std::vector<std::pair<std::string, std::string>>& pairs);

// Pieces of a body that is produced or read over time.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // The next piece; an empty string means the end.
  virtual Task<Result<std::string>> Read() = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // When set, sent chunked after the headers instead of `body`, until its end or the client's.
  std::unique_ptr<BodyReader> stream;
};

Response TextResponse(int status, std::string body,
                      std::string content_type = "text/plain; charset=utf-8");
Response JsonResponse(int status, std::string body);

struct ServerLimits {
  std::size_t body_bytes_max = 1 << 20;     // above: 413 and the connection closes
  std::size_t header_bytes_max = 64 << 10;  // above: 431
  Duration idle = std::chrono::seconds(60);
  Duration read = std::chrono::seconds(30);  // whole request, from its first byte
};

class HttpServer {
 public:
  using Handler = std::function<Task<Response>(Request)>;
  // `address`: "127.0.0.1:4242", "[::1]:0" (0 = any free port) or "unix:/path". kUnavailable when
  // it cannot be bound, with the address and the reason in the message.
  static Result<std::unique_ptr<HttpServer>> Listen(IoLoop& loop, const std::string& address,
                                                    Handler handler, ServerLimits limits = {});
  virtual ~HttpServer() = default;  // closes listener and connections
  virtual std::uint16_t port() const = 0;
  // No new connection or request; those being answered are finished.
  virtual void StopAccepting() = 0;
};

// A connection after an HTTP upgrade (container engines' attach and exec).
class Duplex {
 public:
  virtual ~Duplex() = default;
  virtual Task<Result<std::string>> Read() = 0;  // empty at the end
  virtual Task<Status> Write(std::string bytes) = 0;
};

struct ClientOptions {
  // "http://host:port", "https://host[:port]" or "unix:/run/podman/podman.sock".
  std::string base;
  // Connect here ("127.0.0.1:8443") instead of resolving base's host; Host header and SNI stay
  // base's.
  std::string connect_to;
  std::string ca_file;  // PEM to trust besides nothing; empty: the system's store
  bool verify_tls = true;
  std::size_t connections_max = 16;  // further calls wait their turn
  std::size_t response_bytes_max = 64 << 20;
  Duration idle = std::chrono::seconds(20);  // a kept-alive connection unused for longer is closed
};

// Keeps connections alive and reuses them. A request that failed on a reused connection before any
// byte of the answer came is sent once more on a new one (a server may close an idle connection at
// any time); nothing else is retried. Build the request in a local first, outside the co_await:
// GCC 12 copies an aggregate temporary of a co_await expression bytewise, strings and all. Errors:
// kUnavailable (refused, reset, time-out; the message names the address and what was being done).
// An HTTP status is never an error here.
class HttpClient {
 public:
  static std::unique_ptr<HttpClient> Make(IoLoop& loop, ClientOptions options);
  virtual ~HttpClient() = default;
  // `timeout` covers the whole call: waiting for its turn, connecting, sending and the whole
  // answer.
  virtual Task<Result<Response>> Send(Request request, Duration timeout) = 0;
  // As Send, but returns after the headers with Response::stream set. No time-out once it streams,
  // and it no longer counts as one of connections_max: followed logs must not keep others waiting.
  virtual Task<Result<Response>> Stream(Request request, Duration timeout) = 0;
  // Sends an Upgrade request. kUnavailable unless the answer is 101 (or 200 with a hijacked
  // connection).
  virtual Task<Result<std::unique_ptr<Duplex>>> Upgrade(Request request, Duration timeout) = 0;
};

}  // namespace kl::net
