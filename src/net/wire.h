// HTTP/1.1 on the wire: incremental parsers and the text of heads. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace kl::net {

enum class WireError { kNone, kMalformed, kHeaderTooLarge, kBodyTooLarge };

struct WireLimits {
  std::size_t header_bytes_max = 64 << 10;
  std::uint64_t body_bytes_max = std::numeric_limits<std::uint64_t>::max();
};

// What a parser made of the bytes it was given. Unused bytes are given again, with more behind
// them; after done() they belong to the next message.
struct Fed {
  std::size_t used = 0;
  WireError error = WireError::kNone;
};

// Reads the requests of one connection, one after the other.
class RequestParser {
 public:
  explicit RequestParser(WireLimits limits);
  ~RequestParser();

  void Reset();  // to the next message
  Fed Put(std::string_view bytes);
  bool header_done() const;
  bool done() const;
  bool keep_alive() const;      // once the header is done
  bool is_http11() const;       // else HTTP/1.0, which knows no chunks
  bool wants_continue() const;  // the client waits for "100 Continue" before it sends the body
  Request& request();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads one answer; make another for the next.
class ResponseParser {
 public:
  // `head_only`: the answer to HEAD, which has a length but no body.
  ResponseParser(WireLimits limits, bool head_only);
  ~ResponseParser();

  // Stops after the header at first; ReadBody() lets it go on.
  Fed Put(std::string_view bytes);
  void ReadBody();
  // The connection ended. False when the answer was not complete by then.
  bool PutEof();
  bool header_done() const;
  bool done() const;
  bool keep_alive() const;
  Response& response();  // status and headers, and the body parsed so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Everything up to the body. `framing` is the line about length or chunks, with its line end, or
// empty. Line breaks inside values become spaces, so that no value can add a header.
std::string RequestHead(const Request& request, std::string_view host, std::string_view framing);
std::string ResponseHead(const Response& response, std::string_view framing);
// One piece of a chunked body; the empty piece is the end mark.
std::string Chunk(std::string_view piece);

}  // namespace kl::net
