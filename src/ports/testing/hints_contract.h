// What every Hints must do. See contract.h for the Backend; it names hints().
#pragma once

#include "ports/hints.h"
#include "ports/testing/contract.h"

namespace kl::testing {

template <class Backend>
class HintsContract : public ::testing::Test {
 protected:
  static Hint Of(std::string id, std::int64_t version = 0, std::string event = "") {
    return {.provider = "p",
            .site = "s",
            .id = std::move(id),
            .version = version,
            .event_id = event,
            .event_type = event.empty() ? "" : "type of " + event};
  }
  void Add(std::vector<Hint> hints) {
    const auto added = backend_.Run(backend_.hints().Add(std::move(hints)));
    EXPECT_TRUE(added) << MessageOf(added);
  }
  std::vector<PendingHint> Pending(std::string after = "", int limit = 100) {
    auto pending = backend_.Run(backend_.hints().Pending(std::move(after), limit));
    EXPECT_TRUE(pending) << MessageOf(pending);
    return pending.value_or(std::vector<PendingHint>());
  }
  void Done(std::string ticket) {
    const auto done = backend_.Run(backend_.hints().Done(std::move(ticket)));
    EXPECT_TRUE(done) << MessageOf(done);
  }
  static std::vector<std::string> Ids(const std::vector<PendingHint>& pending) {
    std::vector<std::string> ids;
    for (const auto& one : pending) ids.push_back(one.hint.id);
    return ids;
  }
  using Names = std::vector<std::string>;

  Backend backend_;
};

TYPED_TEST_SUITE_P(HintsContract);

TYPED_TEST_P(HintsContract, NothingIsPendingAtFirst) { EXPECT_TRUE(this->Pending().empty()); }

TYPED_TEST_P(HintsContract, WhatWasAddedIsPendingOldestFirst) {
  this->Add({this->Of("b")});
  this->Add({this->Of("c"), this->Of("a")});
  EXPECT_EQ(this->Ids(this->Pending()), (typename TestFixture::Names{"b", "c", "a"}));
}

TYPED_TEST_P(HintsContract, TakingIsNoLock) {
  this->Add({this->Of("a")});
  EXPECT_EQ(this->Pending().size(), 1u);
  EXPECT_EQ(this->Pending().size(), 1u);
}

TYPED_TEST_P(HintsContract, AHintComesBackAsItWasAdded) {
  Hint hint = this->Of("Case", 7, "ev_1");
  hint.kind = HintKind::kCustomer;
  hint.entitlements = true;
  hint.trace = "t1";
  hint.occurred = this->backend_.loop().Now();
  const auto before = this->backend_.loop().Now();
  this->Add({hint});
  const auto pending = this->Pending();
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].hint.kind, HintKind::kCustomer);
  EXPECT_EQ(pending[0].hint.provider, "p");
  EXPECT_EQ(pending[0].hint.site, "s");
  EXPECT_EQ(pending[0].hint.id, "Case");
  EXPECT_EQ(pending[0].hint.version, 7);
  EXPECT_TRUE(pending[0].hint.entitlements);
  EXPECT_EQ(pending[0].hint.trace, "t1");
  EXPECT_EQ(pending[0].hint.occurred, hint.occurred);
  EXPECT_GE(pending[0].received, before);
  ASSERT_EQ(pending[0].events.size(), 1u);
  EXPECT_EQ(pending[0].events[0], std::make_pair(std::string("ev_1"), std::string("type of ev_1")));
}

TYPED_TEST_P(HintsContract, HintsOfOneSubscriptionMergeToTheHighestVersion) {
  Hint with_entitlements = this->Of("a", 3, "ev_2");
  with_entitlements.entitlements = true;
  with_entitlements.trace = "second";
  Hint first = this->Of("a", 9, "ev_1");
  first.trace = "first";
  this->Add({first});
  this->Add({with_entitlements});
  const auto pending = this->Pending();
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].hint.version, 9);
  EXPECT_TRUE(pending[0].hint.entitlements);
  EXPECT_EQ(pending[0].hint.trace, "first");
  ASSERT_EQ(pending[0].events.size(), 2u);
  EXPECT_EQ(pending[0].events[1].first, "ev_2");
}

TYPED_TEST_P(HintsContract, OnlyTheLastTenEventsAreKept) {
  for (int i = 1; i <= 12; ++i) this->Add({this->Of("a", i, "ev_" + std::to_string(i))});
  const auto pending = this->Pending();
  ASSERT_EQ(pending.size(), 1u);
  ASSERT_EQ(pending[0].events.size(), 10u);
  EXPECT_EQ(pending[0].events.front().first, "ev_3");
  EXPECT_EQ(pending[0].events.back().first, "ev_12");
}

TYPED_TEST_P(HintsContract, DifferentThingsDoNotMerge) {
  Hint customer = this->Of("a");
  customer.kind = HintKind::kCustomer;
  Hint other_site = this->Of("a");
  other_site.site = "t";
  Hint other_provider = this->Of("a");
  other_provider.provider = "q";
  this->Add({this->Of("a"), this->Of("A"), customer, other_site, other_provider});
  EXPECT_EQ(this->Pending().size(), 5u);
}

TYPED_TEST_P(HintsContract, DoneForgets) {
  this->Add({this->Of("a"), this->Of("b")});
  this->Done(this->Pending().at(0).ticket);
  EXPECT_EQ(this->Ids(this->Pending()), (typename TestFixture::Names{"b"}));
}

TYPED_TEST_P(HintsContract, AHintThatCameAfterTheTicketStays) {
  this->Add({this->Of("a", 1, "ev_1")});
  const auto ticket = this->Pending().at(0).ticket;
  this->Add({this->Of("a", 2, "ev_2")});
  this->Done(ticket);
  const auto pending = this->Pending();
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].hint.version, 2);
  ASSERT_EQ(pending[0].events.size(), 1u);
  EXPECT_EQ(pending[0].events[0].first, "ev_2");
}

TYPED_TEST_P(HintsContract, ALaterTicketCoversWhatAnEarlierOneLeft) {
  this->Add({this->Of("a", 1)});
  const auto early = this->Pending().at(0).ticket;
  this->Add({this->Of("a", 2)});
  const auto late = this->Pending().at(0).ticket;
  this->Done(early);
  this->Done(late);
  EXPECT_TRUE(this->Pending().empty());
}

TYPED_TEST_P(HintsContract, AnUnknownOrUsedTicketIsNoError) {
  this->Add({this->Of("a")});
  const auto ticket = this->Pending().at(0).ticket;
  this->Done(ticket);
  this->Done(ticket);
  this->Done("no such ticket");
  this->Done("");
  this->Add({this->Of("a")});
  this->Done(ticket);
  EXPECT_EQ(this->Pending().size(), 1u) << "a used ticket must not cover what came later";
}

TYPED_TEST_P(HintsContract, PendingComesInPages) {
  for (const char* id : {"a", "b", "c", "d", "e"}) this->Add({this->Of(id)});
  std::vector<std::string> ids;
  std::string after;
  for (int page = 0; page < 4; ++page) {
    const auto pending = this->Pending(after, 2);
    if (pending.empty()) break;
    EXPECT_LE(pending.size(), 2u);
    for (const auto& one : pending) ids.push_back(one.hint.id);
    after = pending.back().ticket;
  }
  EXPECT_EQ(ids, (typename TestFixture::Names{"a", "b", "c", "d", "e"}));
}

TYPED_TEST_P(HintsContract, AHintAddedToATakenKeyComesAfterItsTicket) {
  this->Add({this->Of("a", 1, "ev_1"), this->Of("b", 1, "ev_2")});
  const auto taken = this->Pending();
  ASSERT_EQ(taken.size(), 2u);
  this->Add({this->Of("a", 2, "ev_3")});
  const auto more = this->Pending(taken.back().ticket);
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].hint.id, "a");
  EXPECT_EQ(more[0].hint.version, 2);
  this->Done(more[0].ticket);
  EXPECT_EQ(this->Ids(this->Pending()), (typename TestFixture::Names{"b"}));
}

TYPED_TEST_P(HintsContract, WaitReturnsWhenSomethingWasAddedBefore) {
  this->Add({this->Of("a")});
  this->backend_.Run(this->backend_.hints().Wait());
}

TYPED_TEST_P(HintsContract, WaitWakesForALaterAddition) {
  struct Adder {
    static Task<void> Run(Loop& loop, Hints& hints, Hint hint) {
      co_await Sleep(loop, Duration(5));
      std::vector<Hint> one;
      one.push_back(std::move(hint));
      const auto added = co_await hints.Add(std::move(one));
      EXPECT_TRUE(added);
    }
    // May wake for nothing: look, and wait again.
    static Task<bool> Until(Hints& hints) {
      while (true) {
        const auto pending = co_await hints.Pending("", 1);
        if (!pending) co_return false;
        if (!pending->empty()) co_return true;
        co_await hints.Wait();
      }
    }
  };
  auto& hints = this->backend_.hints();
  TaskScope scope(this->backend_.loop());
  scope.Spawn(Adder::Run(this->backend_.loop(), hints, this->Of("a")));
  EXPECT_TRUE(this->backend_.Run(Adder::Until(hints)));
}

TYPED_TEST_P(HintsContract, AddedHintsSurviveARestartAndDoneOnesStayGone) {
  this->Add({this->Of("a", 4, "ev_1"), this->Of("b")});
  const auto pending = this->Pending();
  ASSERT_EQ(pending.size(), 2u);
  this->Done(pending[1].ticket);
  this->backend_.Reopen();
  const auto after = this->Pending();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].hint.version, 4);
  EXPECT_EQ(after[0].ticket, pending[0].ticket);
}

REGISTER_TYPED_TEST_SUITE_P(HintsContract, NothingIsPendingAtFirst,
                            WhatWasAddedIsPendingOldestFirst, TakingIsNoLock,
                            AHintComesBackAsItWasAdded,
                            HintsOfOneSubscriptionMergeToTheHighestVersion,
                            OnlyTheLastTenEventsAreKept, DifferentThingsDoNotMerge, DoneForgets,
                            AHintThatCameAfterTheTicketStays,
                            ALaterTicketCoversWhatAnEarlierOneLeft, AnUnknownOrUsedTicketIsNoError,
                            PendingComesInPages, AHintAddedToATakenKeyComesAfterItsTicket,
                            WaitReturnsWhenSomethingWasAddedBefore, WaitWakesForALaterAddition,
                            AddedHintsSurviveARestartAndDoneOnesStayGone);

}  // namespace kl::testing
