// A listening socket, TCP or unix.
#pragma once

#include <cstdint>
#include <memory>

#include "base/task.h"
#include "net/byte_stream.h"

namespace kl::net {

class Listener {
 public:
  // kInvalid: not an address. kUnavailable: cannot be bound; the message has address and reason. A
  // unix socket left behind by a dead process is replaced; the file is open to owner and group.
  static Result<std::unique_ptr<Listener>> Open(IoLoop& loop, const std::string& address);
  ~Listener();

  // The next connection; null once closed. Waits and tries again while the process has no file
  // descriptor left. The listener must outlive the task.
  Task<std::shared_ptr<ByteStream>> Accept();
  std::uint16_t port() const;
  void Close();

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace kl::net
