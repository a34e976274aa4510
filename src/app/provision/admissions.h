// Which services may run: whether the machine has room for what they need. Kept in the status of
// each service, so that who was admitted once stays so whatever happens to the machine.
//
// What runs is never stopped for lack of room. Stopped instances are promised their storage alone.
// Loop's thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/settings.h"
#include "domain/capacity.h"
#include "domain/objects.h"

namespace kl::app {

// What of a service is up to its plan.
Derived WishOf(const Service::Spec& spec);

class Admissions {
 public:
  explicit Admissions(const Settings& settings)
      : capacity_(settings.capacity), warn_percent_(settings.capacity_warn_percent) {}

  // From a listing: what is not known yet of a service, so that its promise is kept and its place
  // in the line, before anyone else asks.
  void Recall(const Service& service);

  // Admits it and says so in its status, or tells why it must wait. Whoever was admitted by a
  // program that kept no promises is admitted as it is.
  std::optional<Shortage> Ask(Service& service, const Amounts& need);
  // It runs already, whatever its record says.
  void Insist(Service& service, const Amounts& need);
  // It is stopped and does not wait to run.
  void Park(Service& service);
  // It waits for something else than room.
  void Leave(const std::string& name) { capacity_.Leave(name); }
  void Drop(const std::string& name) { capacity_.Drop(name); }

  std::vector<std::string> TurnsCome() { return capacity_.TurnsCome(); }
  const Capacity& capacity() const { return capacity_; }
  // What little is left of, at the configured threshold: "memory: 85% of 4Gi is promised".
  std::vector<std::string> Warnings() const;

 private:
  void Admit(Service& service, const Amounts& need);
  void WarnOnce();

  Capacity capacity_;
  int warn_percent_;
  std::vector<std::string> warned_of_;  // resources
};

}  // namespace kl::app
