#include "adapters/engine_docker/frames.h"

#include <algorithm>
#include <cstdint>

namespace kl::docker {
namespace {

constexpr std::size_t kHeaderBytes = 8;

bool IsHeader(std::string_view h) {
  return h[0] >= 0 && h[0] <= 2 && h[1] == 0 && h[2] == 0 && h[3] == 0;
}

std::size_t LengthIn(std::string_view h) {
  std::size_t length = 0;
  for (std::size_t i = 4; i < kHeaderBytes; ++i)
    length = length << 8 | static_cast<std::uint8_t>(h[i]);
  return length;
}

}  // namespace

std::string FrameDecoder::Feed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    if (raw_) {
      out += bytes;
      break;
    }
    if (left_ == 0) {
      const auto take = std::min(kHeaderBytes - header_.size(), bytes.size());
      header_ += bytes.substr(0, take);
      bytes.remove_prefix(take);
      if (header_.size() < kHeaderBytes) break;
      if (!IsHeader(header_)) {
        raw_ = true;
        out += header_;
      } else {
        left_ = LengthIn(header_);
      }
      header_.clear();
      continue;
    }
    const auto take = std::min(left_, bytes.size());
    out += bytes.substr(0, take);
    bytes.remove_prefix(take);
    left_ -= take;
  }
  return out;
}

}  // namespace kl::docker
