// Copies of KuberLogic's own state that can be put back: the store is all that changes after the
// first start (key, token and installation id do not, and sealed secrets are only ever added).
#pragma once

#include <string>

#include "base/result.h"

namespace kl::cmd {

// All of them while no `serve` runs; they take the store's lock and are kUnavailable otherwise.

// Copies the store of `data_dir` into the directory `to`, which exists. kExhausted, before anything
// is written, when the disk has no room for it.
Status CopyState(const std::string& data_dir, const std::string& to);

// Puts the copy in `from` in place if the store has another schema by now, and says whether it had.
// A store of the same schema stays: it knows everything that was acknowledged since. What is
// replaced is kept in <from>/replaced.
Result<bool> PutBackIfNeeded(const std::string& data_dir, const std::string& from);

// Whether some process uses the store.
bool IsServed(const std::string& data_dir);

}  // namespace kl::cmd
