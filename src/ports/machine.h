// The machine that instances run on. Loop's thread only; never waits.
#pragma once

#include "base/result.h"
#include "domain/amounts.h"

namespace kl {

class Machine {
 public:
  virtual ~Machine() = default;
  // What it has in all.
  virtual Result<Amounts> Has() = 0;
  // What everything on it takes at present, instances and all else: cores as the load of the last
  // minute.
  virtual Result<Amounts> Used() = 0;
};

}  // namespace kl
