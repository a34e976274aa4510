#include "net/client_pool.h"

namespace kl::net {
namespace {

Result<std::shared_ptr<TlsContext>> MakeTls(const Result<Target>& target,
                                            const ClientOptions& options) {
  if (!target || !target->tls) return nullptr;
  return TlsContext::Make(options.ca_file, options.verify_tls);
}

}  // namespace

std::string Target::Describe() const {
  return unix_path.empty() ? where.host + ":" + where.port : "unix:" + unix_path;
}

Result<Target> ParseBase(const std::string& base) {
  Target out;
  std::string_view rest = base;
  if (rest.starts_with("unix:")) {
    out.unix_path = rest.substr(5);
    out.host_header = "localhost";
    return out;
  }
  if (rest.starts_with("https://")) {
    out.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return Fail(ErrorKind::kInvalid,
                "not a base address: '" + base + "' (http://, https:// or unix: is expected)");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  // A user or a password before '@' would end in messages: refused without being shown.
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return Fail(ErrorKind::kInvalid,
                "not a base address: only scheme, host and port are expected, nothing else");
  }
  out.host_header = rest;
  KL_TRY(out.where, SplitHostPort(rest));
  if (out.where.port.empty()) out.where.port = out.tls ? "443" : "80";
  return out;
}

ClientPool::ClientPool(IoLoop& l, ClientOptions o)
    : loop(l),
      options(std::move(o)),
      target(ParseBase(options.base)),
      tls(MakeTls(target, options)) {}

ClientPool::~ClientPool() {
  if (sweep_ != 0) loop.CancelTimer(sweep_);
  for (Kept& kept : kept_) kept.stream->Close();
}

ClientPool::TurnWait::~TurnWait() {
  if (!waiter_) return;
  waiter_->slot->handle = nullptr;
  if (waiter_->granted && !taken_) pool_.EndTurn();
}

bool ClientPool::TurnWait::await_ready() {
  if (pool_.turns_ >= pool_.options.connections_max) return false;
  ++pool_.turns_;
  return true;
}

void ClientPool::TurnWait::await_suspend(std::coroutine_handle<> h) {
  waiter_ = std::make_shared<Waiter>();
  waiter_->slot = std::make_shared<task_internal::Slot>(h);
  pool_.waiters_.push_back(waiter_);
}

ClientPool::Turn ClientPool::TurnWait::await_resume() {
  taken_ = true;
  return Turn(pool_.shared_from_this());
}

// The turn passes straight to the next in the queue, so that nobody overtakes.
void ClientPool::EndTurn() {
  while (!waiters_.empty()) {
    const std::shared_ptr<Waiter> next = std::move(waiters_.front());
    waiters_.pop_front();
    if (!next->slot->handle) continue;  // gave up
    next->granted = true;
    task_internal::PostResume(loop, next->slot);
    return;
  }
  --turns_;
}

std::shared_ptr<ByteStream> ClientPool::TakeKept() {
  while (!kept_.empty()) {
    std::shared_ptr<ByteStream> stream = std::move(kept_.back().stream);
    kept_.pop_back();
    if (!stream->IsStale()) return stream;
    stream->Close();
  }
  return nullptr;
}

void ClientPool::Keep(std::shared_ptr<ByteStream> stream) {
  if (kept_.size() >= options.connections_max) return stream->Close();
  kept_.push_back({std::move(stream), loop.Monotonic()});
  if (sweep_ == 0) ArmSweep();
}

void ClientPool::ArmSweep() {
  sweep_ = loop.CallAt(kept_.front().since + options.idle, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Sweep();
  });
}

void ClientPool::Sweep() {
  sweep_ = 0;
  const MonoTime now = loop.Monotonic();
  while (!kept_.empty() && kept_.front().since + options.idle <= now) {
    kept_.front().stream->Close();
    kept_.pop_front();
  }
  if (!kept_.empty()) ArmSweep();
}

}  // namespace kl::net
