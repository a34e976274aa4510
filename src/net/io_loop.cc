#include "net/io_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <map>
#include <unordered_map>

namespace kl::net {

namespace asio = boost::asio;

// All timers share one asio timer, set to the earliest: a map insert costs less than a timer object
// each.
struct IoLoop::Impl {
  asio::io_context context{1};
  asio::steady_timer timer{context};
  asio::signal_set signals{context};
  std::map<std::pair<MonoTime, TimerId>, Callback> timers;
  std::unordered_map<TimerId, MonoTime> due;
  TimerId last_id = 0;
  MonoTime armed = MonoTime::max();
  std::function<void(int)> on_signal;

  static MonoTime Mono() {
    return MonoTime(
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }

  void Arm() {
    MonoTime next = timers.empty() ? MonoTime::max() : timers.begin()->first.first;
    if (next == armed) return;
    armed = next;
    if (timers.empty()) {
      timer.cancel();
      return;
    }
    timer.expires_at(std::chrono::steady_clock::time_point(next.time_since_epoch()));
    timer.async_wait([this](boost::system::error_code ec) {
      if (!ec) Fire();
    });
  }

  void Fire() {
    armed = MonoTime::max();
    const MonoTime now = Mono();
    while (!timers.empty() && timers.begin()->first.first <= now) {
      auto node = timers.extract(timers.begin());
      due.erase(node.key().second);
      node.mapped()();
    }
    Arm();
  }

  void WaitSignal() {
    signals.async_wait([this](boost::system::error_code ec, int number) {
      if (ec) return;
      on_signal(number);
      WaitSignal();
    });
  }
};

IoLoop::IoLoop() : impl_(std::make_unique<Impl>()) {}
IoLoop::~IoLoop() = default;

void IoLoop::Post(Callback fn) {
  asio::post(impl_->context, [fn = std::move(fn)]() mutable { fn(); });
}
WallTime IoLoop::Now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}
MonoTime IoLoop::Monotonic() const { return Impl::Mono(); }

Loop::TimerId IoLoop::CallAt(MonoTime at, Callback fn) {
  TimerId id = ++impl_->last_id;
  impl_->timers.emplace(std::pair(at, id), std::move(fn));
  impl_->due.emplace(id, at);
  impl_->Arm();
  return id;
}

void IoLoop::CancelTimer(TimerId id) {
  auto it = impl_->due.find(id);
  if (it == impl_->due.end()) return;
  impl_->timers.erase({it->second, id});
  impl_->due.erase(it);
  impl_->Arm();
}

void IoLoop::Run() {
  auto keep = asio::make_work_guard(impl_->context);
  impl_->context.restart();
  impl_->context.run();
}
void IoLoop::Stop() { impl_->context.stop(); }

void IoLoop::OnSignal(std::function<void(int)> fn) {
  impl_->on_signal = std::move(fn);
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGHUP);
  impl_->WaitSignal();
}

asio::io_context& IoLoop::context() { return impl_->context; }

}  // namespace kl::net
