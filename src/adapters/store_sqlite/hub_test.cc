#include "adapters/store_sqlite/hub.h"

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

TEST(Hub, AWatchNobodyReadsForgetsNamesAndSaysAll) {
  net::IoLoop loop;
  Hub hub(loop);
  const auto listener = hub.Listen("thing");
  EXPECT_TRUE(net::RunTaskToEnd(loop, listener->Next()).all);
  for (std::size_t i = 0; i < Listener::kMaxNames; ++i) {
    hub.Publish({{"thing", std::to_string(i)}});
  }
  hub.Publish({{"thing", "one too many"}, {"other", "not ours"}});
  const auto batch = net::RunTaskToEnd(loop, listener->Next());
  EXPECT_TRUE(batch.all);
  EXPECT_TRUE(batch.names.empty());
  hub.Publish({{"thing", "later"}});
  EXPECT_EQ(net::RunTaskToEnd(loop, listener->Next()).names, std::vector<std::string>{"later"});
}

TEST(Hub, AListenerThatIsGoneIsNotTold) {
  net::IoLoop loop;
  Hub hub(loop);
  auto listener = hub.Listen("thing");
  const std::weak_ptr<Listener> watched = listener;
  listener.reset();
  hub.Publish({{"thing", "a"}});
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace kl::sqlite
