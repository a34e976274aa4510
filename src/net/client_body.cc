#include "net/client_body.h"

namespace kl::net {
namespace {

// The rest of a streamed answer.
class StreamedBody : public BodyReader {
 public:
  StreamedBody(std::shared_ptr<ClientPool> pool, std::shared_ptr<ByteStream> stream,
               std::unique_ptr<ResponseParser> parser, std::string first)
      : pool_(std::move(pool)),
        stream_(std::move(stream)),
        parser_(std::move(parser)),
        piece_(std::move(first)) {}
  ~StreamedBody() override {
    if (stream_) stream_->Close();
  }

  Task<Result<std::string>> Read() override {
    while (stream_ && piece_.empty()) {
      if (parser_->done()) {
        ReleaseAfter(*pool_, std::move(stream_), *parser_);
        stream_ = nullptr;
        break;
      }
      Status fed = Feed();
      if (!fed) co_return Fail(fed.error());
      if (!piece_.empty() || parser_->done()) continue;
      const IoResult got = co_await stream_->Read();
      if (!got.ok() && !(got.eof && parser_->PutEof())) co_return Broken(got.Reason());
    }
    co_return std::exchange(piece_, {});
  }

 private:
  Status Feed() {
    InputBuffer& input = stream_->input();
    while (!input.empty() && !parser_->done()) {
      const Fed fed = parser_->Put(input.view());
      input.Consume(fed.used);
      if (fed.error != WireError::kNone) return Broken("malformed chunk");
      if (fed.used == 0) break;
    }
    piece_ = std::exchange(parser_->response().body, {});
    return {};
  }
  std::unexpected<Error> Broken(const std::string& cause) {
    return Fail(ErrorKind::kUnavailable,
                cause + ": reading a streamed answer of " + pool_->target->Describe());
  }

  std::shared_ptr<ClientPool> pool_;
  std::shared_ptr<ByteStream> stream_;
  std::unique_ptr<ResponseParser> parser_;
  std::string piece_;
};

class UpgradedConnection : public Duplex {
 public:
  UpgradedConnection(std::shared_ptr<ByteStream> stream, std::string address)
      : stream_(std::move(stream)), address_(std::move(address)) {}
  ~UpgradedConnection() override { stream_->Close(); }

  Task<Result<std::string>> Read() override {
    InputBuffer& input = stream_->input();
    if (input.empty()) {
      const IoResult got = co_await stream_->Read();
      if (got.eof) co_return std::string();
      if (!got.ok()) co_return Broken(got, "reading from");
    }
    std::string bytes(input.view());
    input.Consume(bytes.size());
    co_return bytes;
  }

  Task<Status> Write(std::string bytes) override {
    const IoResult sent = co_await stream_->Write(std::move(bytes), {});
    if (!sent.ok()) co_return Broken(sent, "writing to");
    co_return Status();
  }

 private:
  std::unexpected<Error> Broken(const IoResult& result, const char* doing) const {
    return Fail(ErrorKind::kUnavailable,
                result.Reason() + ": " + doing + " the upgraded connection of " + address_);
  }

  std::shared_ptr<ByteStream> stream_;
  std::string address_;
};

}  // namespace

void ReleaseAfter(ClientPool& pool, std::shared_ptr<ByteStream> stream,
                  const ResponseParser& parser) {
  const bool clean = parser.done() && parser.keep_alive() && stream->input().empty();
  if (clean) {
    pool.Keep(std::move(stream));
  } else {
    stream->Close();
  }
}

std::unique_ptr<BodyReader> MakeStreamedBody(std::shared_ptr<ClientPool> pool,
                                             std::shared_ptr<ByteStream> stream,
                                             std::unique_ptr<ResponseParser> parser,
                                             std::string first) {
  return std::make_unique<StreamedBody>(std::move(pool), std::move(stream), std::move(parser),
                                        std::move(first));
}

std::unique_ptr<Duplex> MakeUpgraded(std::shared_ptr<ByteStream> stream, std::string address) {
  return std::make_unique<UpgradedConnection>(std::move(stream), std::move(address));
}

}  // namespace kl::net
