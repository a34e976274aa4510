#include "adapters/engine_docker/allocator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace kl::docker {
namespace {

std::uint32_t Mask(int bits) { return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits); }

// Whether a listener could be opened on 127.0.0.1:port now.
bool IsFree(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  // As the engine does: connections that linger after a close do not hold the port.
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

}  // namespace

bool Subnet::Overlaps(const Subnet& other) const {
  const std::uint32_t mask = Mask(std::min(bits, other.bits));
  return (address & mask) == (other.address & mask);
}

std::string Subnet::Text() const {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
         std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255) + "/" +
         std::to_string(bits);
}

std::optional<Subnet> ParseSubnet(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text.substr(0, slash)).c_str(), &address) != 1) return {};
  Subnet subnet;
  const std::string_view bits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), subnet.bits);
  if (error != std::errc() || end != bits.data() + bits.size()) return std::nullopt;
  if (subnet.bits < 0 || subnet.bits > 32) return std::nullopt;
  subnet.address = ntohl(address.s_addr) & Mask(subnet.bits);
  return subnet;
}

SubnetPool::SubnetPool(Subnet pool, int bits, Random& random)
    : pool_(pool), bits_(bits), random_(random), used_(std::size_t{1} << (bits - pool.bits)) {}

void SubnetPool::MarkUsed(const Subnet& subnet) {
  if (!pool_.Overlaps(subnet)) return;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const Subnet piece{pool_.address + (static_cast<std::uint32_t>(i) << (32 - bits_)), bits_};
    if (piece.Overlaps(subnet)) used_[i] = true;
  }
}

std::optional<std::size_t> SubnetPool::IndexOf(const Subnet& subnet) const {
  if (subnet.bits != bits_ || !pool_.Overlaps(subnet)) return std::nullopt;
  return (subnet.address - pool_.address) >> (32 - bits_);
}

void SubnetPool::Release(const Subnet& subnet) {
  if (const auto index = IndexOf(subnet)) used_[*index] = false;
}

Result<Subnet> SubnetPool::Take() {
  // From a random place on: installations that share a machine seldom try the same one.
  const std::size_t start = random_.Below(used_.size());
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const std::size_t index = (start + i) % used_.size();
    if (used_[index]) continue;
    used_[index] = true;
    return Subnet{pool_.address + (static_cast<std::uint32_t>(index) << (32 - bits_)), bits_};
  }
  return Fail(ErrorKind::kExhausted,
              "networks: all of " + pool_.Text() + " are in use: configure a larger pool");
}

Result<std::uint16_t> PortPool::Take(std::uint16_t wanted) {
  const auto take = [this](std::uint16_t port) {
    if (used_.contains(port) || !IsFree(port)) return false;
    used_.insert(port);
    return true;
  };
  if (wanted != 0 && take(wanted)) return wanted;
  const std::uint32_t count = last_ - first_ + 1u;
  const auto start = static_cast<std::uint32_t>(random_.Below(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(first_ + (start + i) % count);
    if (take(port)) return port;
  }
  return Fail(ErrorKind::kExhausted, "ports: all of " + std::to_string(first_) + "-" +
                                         std::to_string(last_) +
                                         " are in use: configure a larger range");
}

}  // namespace kl::docker
