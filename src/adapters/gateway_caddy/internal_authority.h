// An authority of our own that signs what is served until a public certificate is there. It uses
// the root that the gateway's program would make for itself, so that visitors who trust that go on
// trusting it when the kind of certificates is changed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"

namespace kl::gateway {

class InternalAuthority {
 public:
  // Reads root.crt and root.key in `directory`, or makes them, 0600; damaged ones are put aside
  // (".broken"). kUnavailable or kExhausted when the disk refuses.
  static Result<InternalAuthority> Open(const std::filesystem::path& directory, WallTime now);

  // A certificate for `name` ("*.apps.example.com" too) with its key, PEM, leaf first; good for a
  // year.
  std::string Issue(const std::string& name, WallTime now) const;
  // Whether the first certificate in `pem` is of this authority.
  bool Signed(const std::string& pem) const;

 private:
  struct Impl;
  explicit InternalAuthority(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace kl::gateway
