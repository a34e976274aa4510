// Who is told of committed changes, within this process. Loop's thread only.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"

namespace kl::sqlite {

// One committed change: an object's kind and name, or kHintAdded.
struct Change {
  std::string_view kind;  // a constant of the program
  std::string name;
};
inline constexpr std::string_view kHintAdded = "hint";

// What one watch has not been told yet. Names are merged; beyond kMaxNames it forgets them and says
// "all", so that a watch nobody reads costs little.
class Listener {
 public:
  static constexpr std::size_t kMaxNames = 10'000;

  Listener(Loop& loop, std::string_view kind) : kind_(kind), changed_(loop) {}
  void Note(const Change& change);
  // Waits for something, then takes it. The first answer is `all`.
  struct Batch {
    bool all = false;
    std::vector<std::string> names;
  };
  Task<Batch> Next();
  std::string_view kind() const { return kind_; }

 private:
  std::string_view kind_;
  Event changed_;
  bool all_ = true;
  std::set<std::string> names_;
};

class Hub {
 public:
  explicit Hub(Loop& loop) : loop_(loop) {}
  // Listens until the listener is destroyed.
  std::shared_ptr<Listener> Listen(std::string_view kind);
  void Publish(const std::vector<Change>& changes);

 private:
  Loop& loop_;
  std::vector<std::weak_ptr<Listener>> listeners_;
};

}  // namespace kl::sqlite
