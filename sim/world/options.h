// What one simulated world is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kl::world {

// Mistakes that the checkers must find. They live in wrappers around the ports (plants.h), never in
// the product.
enum class Plant {
  kNone,
  kCheckThenCreate,        // a creation overwrites what another has created
  kVersionWithoutContent,  // a version is taken for seen before its content was decided on
  kAnswerBeforeCommit,     // a webhook is answered before its hint is durable
  kAbsenceIsDeletion,      // an unknown id is reported as a deleted subscription
  kStopBeforePull,         // what runs is stopped before what replaces it is there
};
std::string_view PlantName(Plant plant);

struct WorldOptions {
  std::uint64_t seed = 1;
  int subscriptions = 50;
  int years = 3;
  bool trace = false;  // print every port call and every act as it happens
  Plant plant = Plant::kNone;
};

struct WorldFailure {
  std::uint64_t step = 0;
  std::string invariant;
  std::string message;
  std::string last_steps;  // the last 40, one a line
};

struct WorldResult {
  std::uint64_t digest = 0;  // of everything that happened; the same for the same options
  std::uint64_t steps = 0;   // callbacks of the loop
  std::uint64_t calls = 0;   // of ports
  int kills = 0;
  int instances = 0;  // ever made
  int events = 0;     // of the provider
  std::optional<WorldFailure> failure;
};

}  // namespace kl::world
