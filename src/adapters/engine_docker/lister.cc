#include "adapters/engine_docker/lister.h"

#include <algorithm>

namespace kl::docker {
namespace {

// So many ask on their own: a list of few costs less than one of all.
constexpr int kApart = 2;

struct Counted {
  explicit Counted(int& n) : count(n) { ++count; }
  Counted(const Counted&) = delete;
  ~Counted() { --count; }
  int& count;
};

}  // namespace

Task<Result<std::vector<ContainerSummary>>> Lister::Find(Labels wanted) {
  const Counted counted(asking_);
  wanted.insert_or_assign(std::string(label::kOwner), owner_);
  if (asking_ <= kApart) {
    std::vector<std::string> filter;
    for (const auto& [key, value] : wanted) filter.push_back(key + "=" + value);
    co_return co_await api_.ListContainers(std::move(filter));
  }
  auto all = co_await All();
  if (!all) co_return std::unexpected(std::move(all.error()));
  Containers found;
  std::ranges::copy_if(**all, std::back_inserter(found), [&wanted](const auto& container) {
    return std::ranges::all_of(wanted, [&container](const auto& want) {
      const auto it = container.labels.find(want.first);
      return it != container.labels.end() && it->second == want.second;
    });
  });
  co_return found;
}

Task<Result<std::shared_ptr<const Lister::Containers>>> Lister::All() {
  if (!next_) next_ = std::make_shared<Flight>(loop_);
  const std::shared_ptr<Flight> mine = next_;
  if (!std::exchange(flying_, true)) scope_.Spawn(Fly());
  while (!mine->result) co_await mine->done.Wait();
  co_return *mine->result;
}

Task<void> Lister::Fly() {
  while (next_) {
    const std::shared_ptr<Flight> flight = std::exchange(next_, nullptr);
    std::vector<std::string> filter = {std::string(label::kOwner) + "=" + owner_};
    auto listed = co_await api_.ListContainers(std::move(filter));
    if (listed) {
      flight->result = std::make_shared<const Containers>(std::move(*listed));
    } else {
      flight->result = std::unexpected(std::move(listed.error()));
    }
    flight->done.Set();
  }
  flying_ = false;
}

}  // namespace kl::docker
