#include "adapters/resolver_dns/message.h"

#include <gtest/gtest.h>

namespace kl::dns {
namespace {

using namespace std::string_literals;

std::string Head(std::uint16_t flags, int answers) {
  return "\x12\x34"s + static_cast<char>(flags >> 8) + static_cast<char>(flags & 0xff) + "\0\1\0"s +
         static_cast<char>(answers) + "\0\0\0\0"s;
}
const std::string kAsked = "\x01"s + "a" + "\x07"s + "example" + "\x03"s + "com" + "\0\0\1\0\1"s;
const std::string kAlias = "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4"s + "\x01"s + "b" + "\xc0\x0e"s;
const std::string kAddress = "\xc0\x2b\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x07"s;

TEST(DnsMessageTest, AQuestionIsTheWireForm) {
  auto question = Question(0x1234, "a.example.com.", Type::kA);
  ASSERT_TRUE(question);
  EXPECT_EQ(*question, "\x12\x34\1\0\0\1\0\0\0\0\0\0"s + kAsked);
}

TEST(DnsMessageTest, WhatIsNoNameIsRefused) {
  EXPECT_FALSE(Question(1, "", Type::kA));
  EXPECT_FALSE(Question(1, "a..b", Type::kA));
  const std::string long_label(64, 'a');
  EXPECT_FALSE(Question(1, long_label, Type::kA));
  EXPECT_FALSE(Question(1, std::string(300, 'a'), Type::kA));
}

TEST(DnsMessageTest, AddressesBehindAnAliasAreTheNames) {
  auto reply = ParseReply(Head(0x8180, 2) + kAsked + kAlias + kAddress, 0x1234, Type::kA);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->addresses, std::vector<std::string>{"203.0.113.7"});
}

TEST(DnsMessageTest, ANameThatDoesNotExistHasNoAddresses) {
  auto reply = ParseReply(Head(0x8183, 0) + kAsked, 0x1234, Type::kA);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->addresses.empty());
}

TEST(DnsMessageTest, AServersFailureIsNoAnswer) {
  EXPECT_EQ(ParseReply(Head(0x8182, 0) + kAsked, 0x1234, Type::kA).error().kind,
            ErrorKind::kUnavailable);
}

TEST(DnsMessageTest, AnAnswerToAnotherQuestionIsNone) {
  EXPECT_FALSE(ParseReply(Head(0x8180, 0) + kAsked, 0x4321, Type::kA));
  EXPECT_FALSE(ParseReply(Head(0x0100, 0) + kAsked, 0x1234, Type::kA)) << "a question";
}

TEST(DnsMessageTest, NoCutOfAnAnswerIsReadBeyondItsEnd) {
  const std::string whole = Head(0x8180, 2) + kAsked + kAlias + kAddress;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_FALSE(ParseReply(cut, 0x1234, Type::kA)) << size;
  }
}

}  // namespace
}  // namespace kl::dns
