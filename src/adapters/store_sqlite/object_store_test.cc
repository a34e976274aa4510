#include "adapters/store_sqlite/object_store.h"

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

class ObjectStoreTest : public testing::DatabaseTest {
 protected:
  void SetUp() override { Open(); }

  static Service Named(const std::string& name) {
    Service service;
    service.meta.name = name;
    service.spec.type = "wordpress";
    return service;
  }
  Service Created(const std::string& name) { return Must(db().services().PutSpec(Named(name))); }
};

TEST_F(ObjectStoreTest, WhatWasPutIsRead) {
  Service service = Named("magnetic-llama");
  service.spec.advanced = {{"size", 7}};
  service.status.phase = "NotReady";
  const WallTime before = loop_.Now();
  const Service stored = Must(db().services().PutSpec(service));
  EXPECT_EQ(stored.meta.uid.size(), 32U);
  EXPECT_GT(stored.meta.version, 0U);
  EXPECT_EQ(stored.meta.generation, 1U);
  EXPECT_GE(stored.meta.created, before);

  const Service read = Must(db().services().Get("magnetic-llama"));
  EXPECT_EQ(read.meta.uid, stored.meta.uid);
  EXPECT_EQ(read.meta.version, stored.meta.version);
  EXPECT_EQ(read.meta.created, stored.meta.created);
  EXPECT_EQ(read.spec, service.spec);
  EXPECT_EQ(read.status, service.status);
}

TEST_F(ObjectStoreTest, AGivenUidIsKept) {
  Service service = Named("magnetic-llama");
  service.meta.uid = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(Must(db().services().PutSpec(service)).meta.uid, service.meta.uid);
}

TEST_F(ObjectStoreTest, AnAbsentObjectIsNotFound) {
  EXPECT_EQ(Await(db().services().Get("nobody")).error().kind, ErrorKind::kNotFound);
}

TEST_F(ObjectStoreTest, CreatingTwiceIsAConflict) {
  Created("magnetic-llama");
  EXPECT_EQ(Await(db().services().PutSpec(Named("magnetic-llama"))).error().kind,
            ErrorKind::kConflict);
}

TEST_F(ObjectStoreTest, AnObjectNeedsAName) {
  const auto put = Await(db().services().PutSpec(Named("")));
  EXPECT_EQ(put.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(put.error().field, "metadata.name");
}

TEST_F(ObjectStoreTest, KindsDoNotShareNames) {
  Created("magnetic-llama");
  NameClaim claim;
  claim.meta.name = "magnetic-llama";
  Must(db().names().PutSpec(claim));
  Must(db().names().Get("magnetic-llama"));
}

TEST_F(ObjectStoreTest, AStaleWriteIsRefusedAndChangesNothing) {
  const Service first = Created("magnetic-llama");
  Service changed = first;
  changed.spec.plan = "large";
  Must(db().services().PutSpec(changed));

  Service stale = first;
  stale.spec.plan = "small";
  EXPECT_EQ(Await(db().services().PutSpec(stale)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Await(db().services().PutStatus(stale)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Await(db().services().Remove("magnetic-llama", first.meta.version)).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(Must(db().services().Get("magnetic-llama")).spec.plan, "large");
}

TEST_F(ObjectStoreTest, AWriteOfAnObjectThatIsGoneIsAConflict) {
  const Service service = Created("magnetic-llama");
  Must(db().services().Remove("magnetic-llama", service.meta.version));
  EXPECT_EQ(Await(db().services().PutSpec(service)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Await(db().services().PutStatus(service)).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(Await(db().services().Remove("magnetic-llama", service.meta.version)).error().kind,
            ErrorKind::kNotFound);
}

TEST_F(ObjectStoreTest, SpecAndStatusAreWrittenSeparately) {
  Service service = Created("magnetic-llama");
  service.spec.plan = "not written by a status";
  service.status.phase = "Ready";
  Service stored = Must(db().services().PutStatus(service));
  EXPECT_EQ(stored.spec.plan, "");
  EXPECT_EQ(stored.status.phase, "Ready");

  stored.spec.plan = "large";
  stored.status.phase = "not written by a spec";
  stored = Must(db().services().PutSpec(stored));
  EXPECT_EQ(stored.spec.plan, "large");
  EXPECT_EQ(stored.status.phase, "Ready");
}

TEST_F(ObjectStoreTest, EveryWriteIsANewVersionAndEveryChangeOfSpecANewGeneration) {
  const Service created = Created("magnetic-llama");
  const Service same = Must(db().services().PutSpec(created));
  EXPECT_GT(same.meta.version, created.meta.version);
  EXPECT_EQ(same.meta.generation, 1U);
  const Service status = Must(db().services().PutStatus(same));
  EXPECT_GT(status.meta.version, same.meta.version);
  EXPECT_EQ(status.meta.generation, 1U);
  Service next = status;
  next.spec.plan = "large";
  const Service changed = Must(db().services().PutSpec(next));
  EXPECT_GT(changed.meta.version, status.meta.version);
  EXPECT_EQ(changed.meta.generation, 2U);
}

TEST_F(ObjectStoreTest, VersionsAreNeverGivenTwice) {
  const Service first = Created("magnetic-llama");
  Must(db().services().Remove("magnetic-llama", first.meta.version));
  Open();
  const Service second = Created("magnetic-llama");
  EXPECT_GT(second.meta.version, first.meta.version);
  EXPECT_NE(second.meta.uid, first.meta.uid);
}

TEST_F(ObjectStoreTest, PagesAreInOrderOfName) {
  for (const char* name : {"cherry", "apple", "elder", "banana", "date"}) Created(name);
  std::vector<std::string> seen;
  std::string after;
  do {
    auto page = Must(db().services().List(after, 2));
    EXPECT_LE(page.items.size(), 2U);
    for (const auto& service : page.items) seen.push_back(service.meta.name);
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"apple", "banana", "cherry", "date", "elder"}));
}

TEST_F(ObjectStoreTest, PageSizesAreBounded) {
  EXPECT_EQ(Await(db().services().List("", 0)).error().field, "limit");
  EXPECT_EQ(Await(db().services().List("", 1001)).error().field, "limit");
}

TEST_F(ObjectStoreTest, ObjectsOutliveTheProcess) {
  const Service service = Created("magnetic-llama");
  Open();
  EXPECT_EQ(Must(db().services().Get("magnetic-llama")).meta.version, service.meta.version);
}

TEST_F(ObjectStoreTest, ADamagedObjectIsNamedAndNeverWrittenOver) {
  const Service damaged = Created("magnetic-llama");
  Created("quiet-otter");
  Sql("UPDATE object SET status='{\"restarts\":\"many\"}' WHERE name='magnetic-llama'");
  Open();

  const auto read = Await(db().services().Get("magnetic-llama"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(read.error().field, "status.restarts");
  EXPECT_NE(read.error().message.find("magnetic-llama"), std::string::npos);
  EXPECT_EQ(Await(db().services().PutSpec(damaged)).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Await(db().services().PutStatus(damaged)).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Await(db().services().PutSpec(Named("magnetic-llama"))).error().kind,
            ErrorKind::kConflict);

  const auto page = Must(db().services().List("", 10));
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].meta.name, "quiet-otter");
  ASSERT_EQ(page.damaged.size(), 1U);
  EXPECT_EQ(page.damaged[0].kind, ErrorKind::kCorrupt);
}

TEST_F(ObjectStoreTest, ADamagedObjectDoesNotEndAListing) {
  for (const char* name : {"a", "b", "c"}) Created(name);
  Sql("UPDATE object SET spec='' WHERE name IN ('a','b')");
  Open();
  auto page = Must(db().services().List("", 2));
  EXPECT_TRUE(page.items.empty());
  page = Must(db().services().List(page.next, 2));
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].meta.name, "c");
}

class WatchTest : public ObjectStoreTest {};

TEST_F(WatchTest, TheFirstAnswerIsAll) {
  const auto watch = db().watch_services().Open();
  const auto changes = Must(watch->Next());
  EXPECT_TRUE(changes.all);
}

TEST_F(WatchTest, ChangesAreMergedByName) {
  const auto watch = db().watch_services().Open();
  Must(watch->Next());
  Service service = Created("magnetic-llama");
  for (int i = 0; i < 3; ++i) service = Must(db().services().PutStatus(service));
  const Service other = Created("quiet-otter");
  Must(db().services().Remove("quiet-otter", other.meta.version));
  const auto changes = Must(watch->Next());
  EXPECT_FALSE(changes.all);
  EXPECT_EQ(changes.names, (std::vector<std::string>{"magnetic-llama", "quiet-otter"}));
}

TEST_F(WatchTest, EveryWatchIsToldAndOnlyOfItsKind) {
  const auto first = db().watch_services().Open();
  const auto second = db().watch_services().Open();
  const auto names = db().watch_names().Open();
  for (auto* watch : {first.get(), second.get()}) Must(watch->Next());
  Must(names->Next());
  NameClaim claim;
  claim.meta.name = "magnetic-llama";
  Must(db().names().PutSpec(claim));
  Created("quiet-otter");
  EXPECT_EQ(Must(first->Next()).names, std::vector<std::string>{"quiet-otter"});
  EXPECT_EQ(Must(second->Next()).names, std::vector<std::string>{"quiet-otter"});
  EXPECT_EQ(Must(names->Next()).names, std::vector<std::string>{"magnetic-llama"});
}

TEST_F(WatchTest, ARefusedWriteIsNotTold) {
  const auto watch = db().watch_services().Open();
  Must(watch->Next());
  Created("magnetic-llama");
  Must(watch->Next());
  EXPECT_FALSE(Await(db().services().PutSpec(Named("magnetic-llama"))));
  Created("quiet-otter");
  EXPECT_EQ(Must(watch->Next()).names, std::vector<std::string>{"quiet-otter"});
}

Task<void> Count(Watch<Service>& watch, int& changes) {
  while (true) {
    const auto next = co_await watch.Next();
    if (next) changes += static_cast<int>(next->names.size());
  }
}

TEST_F(WatchTest, AWaitingTaskIsWokenAndMayBeDestroyedWhileItWaits) {
  const auto watch = db().watch_services().Open();
  int changes = 0;
  {
    TaskScope scope(loop_);
    scope.Spawn(Count(*watch, changes));
    Created("magnetic-llama");
    Created("quiet-otter");
    EXPECT_GE(changes, 1);
  }
  Created("third-one");
  EXPECT_EQ(Must(watch->Next()).names.back(), "third-one");
}

}  // namespace
}  // namespace kl::sqlite
