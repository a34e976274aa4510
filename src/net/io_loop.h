// The real Loop: one thread of an asio::io_context.
#pragma once

#include <functional>
#include <memory>

#include "base/loop.h"

namespace boost::asio {
class io_context;
}

namespace kl::net {

class IoLoop : public Loop {
 public:
  IoLoop();
  ~IoLoop() override;

  void Post(Callback fn) override;
  WallTime Now() const override;
  MonoTime Monotonic() const override;
  TimerId CallAt(MonoTime at, Callback fn) override;
  void CancelTimer(TimerId id) override;

  // Serves until Stop(). Calls from the thread that becomes the loop's.
  void Run();
  // Any thread.
  void Stop();
  // Calls `fn` with the signal's number when one of SIGINT, SIGTERM, SIGHUP arrives.
  void OnSignal(std::function<void(int)> fn);

  boost::asio::io_context& context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kl::net
