// What the machine has, what of it is promised and used, and how many more fit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/provision/admissions.h"
#include "app/templates.h"
#include "ports/machine.h"

namespace kl::app {

struct ResourceRoom {
  std::string resource;    // "memory"
  std::int64_t total = 0;  // what may be promised; kUnlimited
  std::int64_t promised = 0;
  std::optional<std::int64_t> used;  // of the machine, by everything on it
};

struct PlanRoom {
  std::string type;  // template
  std::string plan;
  Amounts need;
  std::optional<std::int64_t> room;  // instances that would start at once; nullopt: any number
};

struct RoomReport {
  std::vector<ResourceRoom> resources;
  std::vector<PlanRoom> plans;
  std::int64_t waiting = 0;  // services that wait for room
  std::vector<std::string> warnings;
};

// `templates` and `machine` may be null: then the plans, or what is used, are not told.
RoomReport LookAtRoom(const Admissions& admissions, const Templates* templates, Machine* machine);

}  // namespace kl::app
