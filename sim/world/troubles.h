// What befalls the machine, the provider and the store.
#pragma once

#include "sim/world/customers.h"
#include "sim/world/operator.h"

namespace kl::world {

class Troubles {
 public:
  struct Parts {
    Scene& scene;
    Customers& customers;
    Operator& person;
    Checks& checks;
  };
  explicit Troubles(Parts parts) : p_(parts) {}
  // Lays out all troubles of the climate.
  void Start(Duration span);
  // Everything is well from here on.
  void Cease();
  // Kills the program at the end of this step; set by the world.
  std::function<void()> kill;

 private:
  void Small(int kind);
  void SwitchProvider(bool testing::ProviderFaults::* fault, Duration most);
  void RaiseProvider(double testing::ProviderFaults::* fault, double chance, Duration most);
  void WithholdImage();
  void Mend(const ServiceName& name);
  void PutBackYesterday();
  void CancelMany();
  const ServiceName* AnyInstance();
  Scene& scene() { return p_.scene; }

  Parts p_;
  ServiceName found_;
};

}  // namespace kl::world
