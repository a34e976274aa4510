// `kuberlogic billing check --order PLAN`: one order at a test site, followed to the write-back.
#pragma once

#include <string>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

struct OrderWish {
  std::string plan;   // item price
  std::string email;  // of the customer; empty: one nobody reads
  int timeout_seconds = 600;
  bool cancel = false;  // end the subscription when all is seen
};

// Prints each step with its time; with --format json or yaml on standard error, and the outcome as
// an object on standard output. 0 when the domain was written; 1 when it was not in time, with
// what `explain` says where the API can be asked; else the exit code of what went wrong.
int BillingOrder(const Config& config, const cli::Globals& globals, const OrderWish& wish);

}  // namespace kl::cmd
