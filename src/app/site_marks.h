// The one record per provider site: cursors, the gate, what could not be matched.
#pragma once

#include <functional>
#include <string>

#include "app/records.h"
#include "domain/gate.h"

namespace kl::app {

class SiteMarks {
 public:
  SiteMarks(Store<Site>& store, std::string provider, std::string site)
      : store_(store), name_(provider + "-" + site) {}

  // Whether a subscription is of this site; others are never touched.
  bool Owns(const SubscriptionKey& key) const { return key.provider + "-" + key.site == name_; }
  // Created when absent.
  Task<Result<Site>> Read();
  // Reads, lets `change` edit the status and stores it, again after a conflict. `change` returns
  // whether it changed anything and may run several times.
  Task<Result<Site>> Update(std::function<bool(Site&)> change);
  // The operator's release: destruction is admitted until `until`.
  Task<Status> Release(WallTime until);

 private:
  Store<Site>& store_;
  std::string name_;
};

}  // namespace kl::app
