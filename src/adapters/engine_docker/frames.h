// The stream format of container output: pieces of the two output streams, each after a header of
// 8 bytes: stream number, three zeros, length as big-endian 32 bits.
#pragma once

#include <string>
#include <string_view>

namespace kl::docker {

class FrameDecoder {
 public:
  // Takes bytes as they come and returns the payload they complete; both streams are merged in
  // order. Output of a terminal has no frames: what does not look like a frame passes unchanged.
  std::string Feed(std::string_view bytes);

 private:
  std::string header_;
  std::size_t left_ = 0;  // of the present payload
  bool raw_ = false;
};

}  // namespace kl::docker
