// A machine that has and uses what a test says.
#pragma once

#include "ports/machine.h"

namespace kl::testing {

struct FakeMachine : Machine {
  Result<Amounts> Has() override { return has; }
  Result<Amounts> Used() override { return used; }
  Amounts has;
  Amounts used;
};

}  // namespace kl::testing
