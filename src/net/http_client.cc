#include <algorithm>

#include "net/client_body.h"
#include "net/client_pool.h"
#include "net/http.h"
#include "net/wire.h"

namespace kl::net {
namespace {

enum class Mode { kWhole, kStream, kUpgrade };

// One call of the client, from waiting for its turn to the answer.
struct Call {
  ClientPool& pool;
  Request request;
  Mode mode;
  const char* stage = "waiting for a free connection to";
  bool answered = false;  // a byte of the answer came: never send again

  // "connecting to 127.0.0.1:80 for GET /health". Without the query, which may hold secrets.
  std::string Doing() const {
    std::string out = std::string(stage) + " " + pool.target->Describe();
    if (!pool.options.connect_to.empty()) out += " at " + pool.options.connect_to;
    return out + " for " + request.method + " " + std::string(request.path());
  }
  std::unexpected<Error> Unavailable(const std::string& cause) const {
    return Fail(ErrorKind::kUnavailable, cause + ": " + Doing());
  }
};

// The answer, with its connection where the body is still to be read.
struct Answer {
  Response response;
  std::shared_ptr<ByteStream> stream;
  std::unique_ptr<ResponseParser> parser;
};

bool IsToken(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

std::string Framing(const Request& request) {
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  return has_body ? "Content-Length: " + std::to_string(request.body.size()) + "\r\n" : "";
}

Task<Result<std::vector<Endpoint>>> FindEndpoints(ClientPool& pool) {
  const std::string address =
      !pool.target->unix_path.empty() ? "unix:" + pool.target->unix_path : pool.options.connect_to;
  if (address.starts_with("unix:")) {
    KL_CO_TRY(Endpoint endpoint, ParseEndpoint(address));
    co_return std::vector<Endpoint>{endpoint};
  }
  HostPort where = pool.target->where;
  if (!address.empty()) {
    KL_CO_TRY(where, SplitHostPort(address));
  }
  Result<std::vector<Endpoint>> found = co_await Resolve(pool.loop, std::move(where));
  co_return found;
}

Task<Result<std::shared_ptr<ByteStream>>> Connect(Call& call) {
  call.stage = "connecting to";
  ClientPool& pool = call.pool;
  Result<std::vector<Endpoint>> endpoints = co_await FindEndpoints(pool);
  if (!endpoints) {
    if (endpoints.error().kind != ErrorKind::kUnavailable) co_return Fail(endpoints.error());
    co_return call.Unavailable(endpoints.error().message);
  }
  std::string reason;
  for (const Endpoint& endpoint : *endpoints) {
    auto stream = ByteStream::Make(pool.loop);
    const IoResult connected = co_await stream->Connect(endpoint);
    if (!connected.ok()) {
      reason = connected.Reason();
      continue;
    }
    if (*pool.tls) {
      const IoResult shaken = co_await stream->Handshake(*pool.tls, pool.target->where.host);
      if (!shaken.ok()) {
        const std::string& problem = stream->tls_problem();
        co_return call.Unavailable(problem.empty() ? "TLS handshake failed: " + shaken.Reason()
                                                   : "certificate not trusted: " + problem);
      }
    }
    co_return stream;
  }
  co_return call.Unavailable(reason);
}

// Reads until `parser` is content: to the end of the header, or of the body.
Task<Status> ReadAnswer(Call& call, ByteStream& stream, ResponseParser& parser, bool whole) {
  const auto enough = [&] { return whole ? parser.done() : parser.header_done(); };
  InputBuffer& input = stream.input();
  while (!enough()) {
    const Fed fed = input.empty() ? Fed{} : parser.Put(input.view());
    input.Consume(fed.used);
    switch (fed.error) {
      case WireError::kNone: break;
      case WireError::kMalformed: co_return call.Unavailable("malformed answer");
      case WireError::kHeaderTooLarge: co_return call.Unavailable("answer's header too large");
      case WireError::kBodyTooLarge: co_return call.Unavailable("answer too large");
    }
    if (enough()) break;
    if (fed.used > 0 && !input.empty()) continue;
    const IoResult got = co_await stream.Read();
    if (got.ok()) {
      call.answered = true;
    } else if (!got.eof || !parser.PutEof()) {
      co_return call.Unavailable(got.Reason());
    }
  }
  co_return Status();
}

// Sends the request and reads the answer as far as the mode wants it.
Task<Result<Answer>> Exchange(Call& call, std::shared_ptr<ByteStream> stream, bool reused) {
  call.stage = "sending to";
  std::string head =
      RequestHead(call.request, call.pool.target->host_header, Framing(call.request));
  // Only a reused connection may need the body a second time.
  std::string body = reused ? call.request.body : std::move(call.request.body);
  const IoResult sent = co_await stream->Write(std::move(head), std::move(body));
  call.stage = "waiting for the answer of";
  WireLimits limits;
  if (call.mode == Mode::kWhole) limits.body_bytes_max = call.pool.options.response_bytes_max;
  Answer answer{{}, stream, nullptr};
  do {
    answer.parser = std::make_unique<ResponseParser>(limits, call.request.method == "HEAD");
    Status read = co_await ReadAnswer(call, *stream, *answer.parser, false);
    // A server may answer, and close, before it has taken all: then the answer counts.
    if (!read && !sent.ok() && !call.answered) co_return call.Unavailable(sent.Reason());
    if (!read) co_return Fail(read.error());
    // 100 and its like precede the answer proper.
  } while (answer.parser->response().status / 100 == 1 && answer.parser->response().status != 101);
  if (call.mode != Mode::kUpgrade) answer.parser->ReadBody();
  if (call.mode == Mode::kWhole) {
    call.stage = "reading the answer of";
    Status read = co_await ReadAnswer(call, *stream, *answer.parser, true);
    if (!read) co_return Fail(read.error());
    ReleaseAfter(call.pool, std::move(answer.stream), *answer.parser);
  }
  answer.response = std::move(answer.parser->response());
  co_return answer;
}

Task<Result<Answer>> Attempt(Call& call) {
  const ClientPool::Turn turn = co_await call.pool.WaitTurn();
  if (std::shared_ptr<ByteStream> kept = call.pool.TakeKept()) {
    Result<Answer> answer = co_await Exchange(call, kept, true);
    if (answer) co_return answer;
    kept->Close();
    if (call.answered) co_return answer;
  }
  Result<std::shared_ptr<ByteStream>> stream = co_await Connect(call);
  if (!stream) co_return Fail(stream.error());
  Result<Answer> answer = co_await Exchange(call, *stream, false);
  if (!answer) (*stream)->Close();
  co_return answer;
}

Task<void> StoreAnswer(Task<Result<Answer>> task, std::optional<Result<Answer>>& out, Event& done) {
  Result<Answer> answer = co_await std::move(task);
  out.emplace(std::move(answer));
  done.Set();
}

// The time-out destroys the attempt wherever it waits, which closes its connection.
Task<Result<Answer>> Run(std::shared_ptr<ClientPool> pool, Request request, Mode mode,
                         Duration timeout) {
  if (!pool->target) co_return Fail(pool->target.error());
  if (!pool->tls) co_return Fail(pool->tls.error());
  if (!IsToken(request.method) || !IsToken(request.target) || request.target[0] != '/') {
    co_return Fail(ErrorKind::kInvalid,
                   "not a request line: method and target must be without "
                   "spaces, the target begins with '/'");
  }
  Call call{*pool, std::move(request), mode};
  std::optional<Result<Answer>> answer;
  Event done(pool->loop);
  TaskScope scope(pool->loop);
  scope.Spawn(StoreAnswer(Attempt(call), answer, done));
  co_await done.WaitFor(timeout);
  if (!answer) {
    co_return call.Unavailable("timed out after " + std::to_string(timeout.count()) + " ms");
  }
  co_return std::move(*answer);
}

// The tasks take the pool, not the client: they end in order even when the client goes first.
Task<Result<Response>> SendWhole(std::shared_ptr<ClientPool> pool, Request request,
                                 Duration timeout) {
  Result<Answer> answer = co_await Run(pool, std::move(request), Mode::kWhole, timeout);
  if (!answer) co_return Fail(answer.error());
  co_return std::move(answer->response);
}

Task<Result<Response>> SendStreamed(std::shared_ptr<ClientPool> pool, Request request,
                                    Duration timeout) {
  Result<Answer> answer = co_await Run(pool, std::move(request), Mode::kStream, timeout);
  if (!answer) co_return Fail(answer.error());
  Response response;
  response.status = answer->response.status;
  response.headers = std::move(answer->response.headers);
  response.stream = MakeStreamedBody(pool, std::move(answer->stream), std::move(answer->parser),
                                     std::move(answer->response.body));
  co_return response;
}

Task<Result<std::unique_ptr<Duplex>>> SendUpgrade(std::shared_ptr<ClientPool> pool, Request request,
                                                  Duration timeout) {
  if (!request.headers.Find("Upgrade")) request.headers.Add("Upgrade", "tcp");
  request.headers.Set("Connection", "Upgrade");
  const std::string what = request.method + " " + std::string(request.path());
  Result<Answer> answer = co_await Run(pool, std::move(request), Mode::kUpgrade, timeout);
  if (!answer) co_return Fail(answer.error());
  const int status = answer->response.status;
  const bool has_end = answer->response.headers.Find("Content-Length").has_value() ||
                       answer->response.headers.Find("Transfer-Encoding").has_value();
  if (status != 101 && (status != 200 || has_end)) {
    answer->stream->Close();
    co_return Fail(ErrorKind::kUnavailable, "connection not upgraded: " + pool->target->Describe() +
                                                " answered " + std::to_string(status) + " to " +
                                                what);
  }
  co_return MakeUpgraded(std::move(answer->stream), pool->target->Describe());
}

class Client : public HttpClient {
 public:
  Client(IoLoop& loop, ClientOptions options)
      : pool_(std::make_shared<ClientPool>(loop, std::move(options))) {}

  Task<Result<Response>> Send(Request request, Duration timeout) override {
    return SendWhole(pool_, std::move(request), timeout);
  }
  Task<Result<Response>> Stream(Request request, Duration timeout) override {
    return SendStreamed(pool_, std::move(request), timeout);
  }
  Task<Result<std::unique_ptr<Duplex>>> Upgrade(Request request, Duration timeout) override {
    return SendUpgrade(pool_, std::move(request), timeout);
  }

 private:
  std::shared_ptr<ClientPool> pool_;
};

}  // namespace

std::unique_ptr<HttpClient> HttpClient::Make(IoLoop& loop, ClientOptions options) {
  return std::make_unique<Client>(loop, std::move(options));
}

}  // namespace kl::net
