// The connections of one HttpClient, and the turns of those who want one. Shared by the client and
// the answers that still stream.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/http.h"

namespace kl::net {

// Where a client's requests go.
struct Target {
  bool tls = false;
  std::string unix_path;  // else host and port
  HostPort where;
  std::string host_header;

  std::string Describe() const;
};

// See ClientOptions::base. kInvalid for anything else.
Result<Target> ParseBase(const std::string& base);

class ClientPool : public std::enable_shared_from_this<ClientPool> {
 public:
  ClientPool(IoLoop& l, ClientOptions o);
  ~ClientPool();

  // The right to have a connection in use; at most connections_max exist. Given back by the
  // destructor.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<ClientPool> pool) : pool_(std::move(pool)) {}
    Turn(Turn&&) = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (pool_) pool_->EndTurn();
    }

   private:
    std::shared_ptr<ClientPool> pool_;
  };

 private:
  struct Waiter {
    task_internal::SlotPtr slot;
    bool granted = false;
  };

 public:
  class TurnWait {
   public:
    explicit TurnWait(ClientPool& pool) : pool_(pool) {}
    TurnWait(const TurnWait&) = delete;
    ~TurnWait();
    bool await_ready();
    void await_suspend(std::coroutine_handle<> h);
    Turn await_resume();

   private:
    ClientPool& pool_;
    std::shared_ptr<Waiter> waiter_;
    bool taken_ = false;
  };
  // ClientPool::Turn turn = co_await pool->WaitTurn();  first come, first served
  TurnWait WaitTurn() { return TurnWait(*this); }

  // The connection used last that is still good, or null.
  std::shared_ptr<ByteStream> TakeKept();
  // Keeps a connection on which an answer has just ended.
  void Keep(std::shared_ptr<ByteStream> stream);

  IoLoop& loop;
  const ClientOptions options;
  const Result<Target> target;
  const Result<std::shared_ptr<TlsContext>> tls;  // null without TLS

 private:
  struct Kept {
    std::shared_ptr<ByteStream> stream;
    MonoTime since;
  };
  void EndTurn();
  void ArmSweep();
  void Sweep();

  std::size_t turns_ = 0;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::deque<Kept> kept_;  // oldest first
  Loop::TimerId sweep_ = 0;
};

}  // namespace kl::net
