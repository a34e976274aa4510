// For tests: peers that speak bytes, not HTTP.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/byte_stream.h"
#include "net/http.h"
#include "net/listener.h"
#include "net/run_task.h"

namespace kl::net::testing {

// No test waits so long; it only bounds a hang.
constexpr Duration kLong = std::chrono::seconds(20);

inline std::string LocalAddress(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

// A connection to a listening socket of this machine.
inline Task<std::shared_ptr<ByteStream>> Dial(IoLoop& loop, std::string address) {
  auto stream = ByteStream::Make(loop);
  const IoResult connected = co_await stream->Connect(*ParseEndpoint(address));
  EXPECT_TRUE(connected.ok()) << connected.Reason();
  co_return stream;
}

inline Task<bool> Say(ByteStream& stream, std::string bytes) {
  const IoResult sent = co_await stream.Write(std::move(bytes), {});
  co_return sent.ok();
}

inline std::string Take(ByteStream& stream, std::size_t n) {
  std::string bytes(stream.input().view().substr(0, n));
  stream.input().Consume(bytes.size());
  return bytes;
}

// Everything up to and with `mark`; less when the peer ends before.
inline Task<std::string> HearUntil(ByteStream& stream, std::string mark) {
  for (;;) {
    const auto at = stream.input().view().find(mark);
    if (at != std::string_view::npos) co_return Take(stream, at + mark.size());
    const IoResult got = co_await stream.Read();
    if (!got.ok()) co_return Take(stream, std::string::npos);
  }
}

// Everything until the peer ends the connection.
inline Task<std::string> HearAll(ByteStream& stream) {
  for (;;) {
    const IoResult got = co_await stream.Read();
    if (!got.ok()) co_return Take(stream, std::string::npos);
  }
}

// Sends `bytes` on a connection of its own and returns all that comes back until the server ends
// it.
inline Task<std::string> Converse(IoLoop& loop, std::string address, std::string bytes) {
  std::shared_ptr<ByteStream> stream = co_await Dial(loop, std::move(address));
  co_await Say(*stream, std::move(bytes));
  std::string heard = co_await HearAll(*stream);
  co_return heard;
}

// A server that plays a script on every connection, with the connection's number from 1.
class ScriptedServer {
 public:
  using Script = std::function<Task<void>(ByteStream&, int)>;

  ScriptedServer(IoLoop& loop, Script script)
      : script_(std::move(script)),
        listener_(std::move(*Listener::Open(loop, "127.0.0.1:0"))),
        scope_(loop) {
    scope_.Spawn(AcceptAll(*this));
  }
  std::string base() const { return "http://" + LocalAddress(listener_->port()); }
  int connections() const { return connections_; }

 private:
  static Task<void> AcceptAll(ScriptedServer& self) {
    for (;;) {
      std::shared_ptr<ByteStream> stream = co_await self.listener_->Accept();
      if (!stream) co_return;
      self.scope_.Spawn(Play(self.script_, std::move(stream), ++self.connections_));
    }
  }
  static Task<void> Play(const Script& script, std::shared_ptr<ByteStream> stream, int number) {
    Task<void> task = script(*stream, number);
    co_await std::move(task);
    stream->Close();
  }

  Script script_;
  std::unique_ptr<Listener> listener_;
  int connections_ = 0;
  TaskScope scope_;
};

}  // namespace kl::net::testing
