// The rows. Each prints one JSON object on a line of its own; tools/bench makes the table.
#pragma once

#include <string>

namespace kl::bench {

struct Wish {
  std::string directory;  // scratch, on the disk that is measured
  std::string simulator;  // base URL of a running chargebee-sim
  int count = 0;
  int seconds = 5;
  int rate = 0;  // events a second, 0 = as fast as possible
};

void Intake(const Wish& wish, bool store);  // store false: the floor, a server that only answers
void Orders(const Wish& wish);              // `count` subscriptions at once to "domain written"
void Fill(const Wish& wish);                // makes a database with `count` ready services
void Idle(const Wish& wish);  // resident memory and idle CPU with that database, restart time

// Checks and renders, on one core.
void Templates(const Wish& wish);

}  // namespace kl::bench
