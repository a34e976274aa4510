// Loopback ports and subnets given to instances. What is in use is learnt from the engine before
// the first one is given; what was not known is found out by the engine's refusal.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/engine_docker/api.h"
#include "base/random.h"

namespace kl::docker {

// IPv4 network, "10.213.0.16/28".
struct Subnet {
  std::uint32_t address = 0;
  int bits = 0;
  bool Overlaps(const Subnet& other) const;
  std::string Text() const;
};
std::optional<Subnet> ParseSubnet(std::string_view text);

class SubnetPool {
 public:
  SubnetPool(Subnet pool, int bits, Random& random);
  void MarkUsed(const Subnet& subnet);
  void Release(const Subnet& subnet);
  // kExhausted when all are in use.
  Result<Subnet> Take();

 private:
  std::optional<std::size_t> IndexOf(const Subnet& subnet) const;

  Subnet pool_;
  int bits_;
  Random& random_;
  std::vector<bool> used_;
};

class PortPool {
 public:
  PortPool(std::uint16_t first, std::uint16_t last, Random& random)
      : first_(first), last_(last), random_(random) {}
  void MarkUsed(std::uint16_t port) { used_.insert(port); }
  void Release(std::uint16_t port) { used_.erase(port); }
  // `wanted` when it is free, else another; free means: not given to anyone, and nothing on this
  // machine listens there now. kExhausted when none is.
  Result<std::uint16_t> Take(std::uint16_t wanted = 0);

 private:
  std::uint16_t first_;
  std::uint16_t last_;
  Random& random_;
  std::set<std::uint16_t> used_;
};

}  // namespace kl::docker
