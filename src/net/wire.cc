#include "net/wire.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>

#include "net/text.h"

namespace kl::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

WireError Classify(const error_code& ec) {
  if (!ec || ec == http::error::need_more) return WireError::kNone;
  if (ec == http::error::header_limit) return WireError::kHeaderTooLarge;
  if (ec == http::error::body_limit) return WireError::kBodyTooLarge;
  return WireError::kMalformed;
}

// Fills our own types while parsing, so that no Beast message is built and copied.
template <bool kIsRequest>
class Sink : public http::basic_parser<kIsRequest> {
 public:
  using Message = std::conditional_t<kIsRequest, Request, Response>;

  explicit Sink(const WireLimits& limits) : limits_(limits) {
    this->header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    this->body_limit(limits.body_bytes_max);
    this->eager(kIsRequest);
  }

  Fed Feed(std::string_view bytes) {
    error_code ec;
    Fed fed;
    fed.used = this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    fed.error = Classify(ec);
    // The base class bounds neither a chunk's extension nor the trailer.
    const bool stuck = bytes.size() - fed.used > limits_.header_bytes_max;
    if (fed.error == WireError::kNone && !this->is_done() && stuck && ec) {
      fed.error = WireError::kHeaderTooLarge;
    }
    return fed;
  }

  Message message;
  bool http11 = true;
  bool wants_continue = false;

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    if constexpr (kIsRequest) {
      message.method = std::string(method);
      message.target = std::string(target);
      header_bytes_ += target.size();
    }
    http11 = version == 11;
  }
  void on_response_impl(int code, string_view, int version, error_code&) override {
    if constexpr (!kIsRequest) message.status = code;
    http11 = version == 11;
  }
  void on_field_impl(http::field name, string_view text, string_view value,
                     error_code& ec) override {
    // The base class applies its limit to what is still unparsed: a header that arrives in drops
    // would have none. Trailers are bounded and dropped.
    header_bytes_ += text.size() + value.size() + 4;
    if (header_bytes_ > limits_.header_bytes_max) {
      ec = http::error::header_limit;
      return;
    }
    // A coding we cannot undo would leave the end of the body open to interpretation.
    if (name == http::field::transfer_encoding &&
        !EqualsNoCase({value.data(), value.size()}, "chunked")) {
      ec = http::error::bad_transfer_encoding;
      return;
    }
    if (header_over_) return;
    if (name == http::field::expect) {
      wants_continue = EqualsNoCase({value.data(), value.size()}, "100-continue");
    }
    message.headers.Add(std::string(text), std::string(value));
  }
  void on_header_impl(error_code&) override { header_over_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // A bound on the claim: memory follows what was sent, not what was announced.
    if (length) message.body.reserve(std::min<std::uint64_t>(*length, 256 << 10));
  }
  std::size_t on_body_impl(string_view body, error_code&) override {
    message.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(error_code&) override {}

  const WireLimits limits_;
  std::size_t header_bytes_ = 0;
  bool header_over_ = false;
};

void AppendValue(std::string& out, std::string_view value) {
  for (char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

// Length and coding are decided by who sends, never by who fills in the headers.
bool IsFraming(std::string_view name) {
  return EqualsNoCase(name, "Content-Length") || EqualsNoCase(name, "Transfer-Encoding");
}

void AppendHeaders(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.items()) {
    if (IsFraming(name)) continue;
    AppendValue(out, name);
    out += ": ";
    AppendValue(out, value);
    out += "\r\n";
  }
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(WireLimits l) : limits(l) {}
  WireLimits limits;
  std::optional<Sink<true>> sink;
};

RequestParser::RequestParser(WireLimits limits) : impl_(std::make_unique<Impl>(limits)) { Reset(); }
RequestParser::~RequestParser() = default;
void RequestParser::Reset() { impl_->sink.emplace(impl_->limits); }
Fed RequestParser::Put(std::string_view bytes) { return impl_->sink->Feed(bytes); }
bool RequestParser::header_done() const { return impl_->sink->is_header_done(); }
bool RequestParser::done() const { return impl_->sink->is_done(); }
bool RequestParser::keep_alive() const { return impl_->sink->keep_alive(); }
bool RequestParser::is_http11() const { return impl_->sink->http11; }
bool RequestParser::wants_continue() const { return impl_->sink->wants_continue; }
Request& RequestParser::request() { return impl_->sink->message; }

struct ResponseParser::Impl {
  explicit Impl(const WireLimits& limits) : sink(limits) {}
  Sink<false> sink;
};

ResponseParser::ResponseParser(WireLimits limits, bool head_only)
    : impl_(std::make_unique<Impl>(limits)) {
  if (head_only) impl_->sink.skip(true);
}
ResponseParser::~ResponseParser() = default;
Fed ResponseParser::Put(std::string_view bytes) { return impl_->sink.Feed(bytes); }
void ResponseParser::ReadBody() { impl_->sink.eager(true); }
bool ResponseParser::PutEof() {
  if (!impl_->sink.got_some()) return false;
  error_code ec;
  impl_->sink.put_eof(ec);
  return !ec;
}
bool ResponseParser::header_done() const { return impl_->sink.is_header_done(); }
bool ResponseParser::done() const { return impl_->sink.is_done(); }
bool ResponseParser::keep_alive() const { return impl_->sink.keep_alive(); }
Response& ResponseParser::response() { return impl_->sink.message; }

std::string RequestHead(const Request& request, std::string_view host, std::string_view framing) {
  std::string out;
  out.reserve(256);
  out += request.method;
  out += ' ';
  out += request.target;
  out += " HTTP/1.1\r\n";
  if (!request.headers.Find("Host")) {
    out += "Host: ";
    AppendValue(out, host);
    out += "\r\n";
  }
  AppendHeaders(out, request.headers);
  out += framing;
  out += "\r\n";
  return out;
}

std::string ResponseHead(const Response& response, std::string_view framing) {
  std::string out;
  out.reserve(256);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  const auto reason = http::obsolete_reason(http::int_to_status(response.status));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  AppendHeaders(out, response.headers);
  out += framing;
  out += "\r\n";
  return out;
}

std::string Chunk(std::string_view piece) {
  if (piece.empty()) return "0\r\n\r\n";
  char size[18];
  const auto end = std::to_chars(size, size + sizeof size, piece.size(), 16).ptr;
  std::string out(size, end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
  return out;
}

}  // namespace kl::net
