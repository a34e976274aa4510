// Owns what a C library hands out: std::unique_ptr<X509, FreeWith<X509_free>>.
#pragma once

namespace kl {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};

}  // namespace kl
