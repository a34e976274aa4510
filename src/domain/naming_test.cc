#include "domain/naming.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "domain/host.h"

namespace kl {
namespace {

using Words = std::span<const std::string_view>;

struct WordList {
  const char* name;
  Words (*words)();
  std::size_t longest;
};

class WordLists : public ::testing::TestWithParam<WordList> {};

TEST_P(WordLists, HasAtLeast1200WordsOfLowerCaseLetters) {
  const Words words = GetParam().words();
  EXPECT_GE(words.size(), 1200u);
  for (const auto word : words) {
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), std::string_view::npos) << word;
    EXPECT_GE(word.size(), 3u) << word;
    EXPECT_LE(word.size(), GetParam().longest) << word;
  }
}

TEST_P(WordLists, IsSortedAndHasNoWordTwice) {
  const Words words = GetParam().words();
  EXPECT_TRUE(std::ranges::is_sorted(words));
  EXPECT_EQ(std::ranges::adjacent_find(words), words.end());
}

TEST_P(WordLists, HasNoWordOfTheDenyList) {
  // What a customer must not find in his address. By theme: vulgar, body, sickness and death,
  // drugs, weapons and war, religion, politics, nations, insults.
  constexpr auto kDenied = std::to_array<std::string_view>(
      {"anal",     "ass",       "bare",    "booby",     "bust",    "dick",     "dyke",
       "erect",    "gay",       "hooker",  "horny",     "kinky",   "moist",    "naked",
       "nude",     "pansy",     "prick",   "pussy",     "rape",    "screw",    "sexy",
       "shag",     "slut",      "tit",     "titmouse",  "virgin",  "wank",     "weed",
       "bald",     "bloody",    "bone",    "bowel",     "breast",  "butt",     "calf",
       "fat",      "flesh",     "gut",     "hip",       "obese",   "palm",     "rump",
       "skinny",   "thigh",     "abort",   "cancer",    "corona",  "dead",     "deadly",
       "dying",    "fatal",     "fever",   "grave",     "ill",     "insane",   "lame",
       "leper",    "mad",       "mortal",  "plague",    "poison",  "rabid",    "sick",
       "sore",     "toxic",     "tumor",   "vomit",     "acid",    "cannabis", "coca",
       "cocaine",  "crack",     "dope",    "drunk",     "hemp",    "heroin",   "high",
       "mule",     "opium",     "poppy",   "stoned",    "tobacco", "army",     "bomb",
       "bullet",   "cannon",    "colt",    "dagger",    "gun",     "killer",   "knife",
       "military", "missile",   "rifle",   "shot",      "sniper",  "sword",    "war",
       "warrior",  "angel",     "bishop",  "cardinal",  "demon",   "devil",    "divine",
       "god",      "godly",     "hell",    "heretic",   "holy",    "jihad",    "monk",
       "pope",     "pious",     "sacred",  "satan",     "sinful",  "church",   "fascist",
       "leftist",  "liberal",   "nazi",    "political", "radical", "rebel",    "red",
       "republic", "socialist", "aryan",   "dalmatian", "dutch",   "french",   "german",
       "gypsy",    "indian",    "jewish",  "polish",    "roman",   "turkey",   "welsh",
       "colonial", "slave",     "slavic",  "negro",     "white",   "black",    "brown",
       "bitch",    "cow",       "creepy",  "cretin",    "dumb",    "fool",     "foul",
       "hog",      "idiot",     "jackass", "leech",     "louse",   "nasty",    "pig",
       "rat",      "rotten",    "shrew",   "skank",     "skunk",   "slimy",    "smelly",
       "stupid",   "swine",     "toady",   "ugly",      "vile",    "vulture",  "weasel",
       "wicked",   "worm",      "broken",  "dull",      "failing", "faulty",   "fake",
       "lost",     "poor"});
  const std::set<std::string_view> denied(kDenied.begin(), kDenied.end());
  for (const auto word : GetParam().words()) EXPECT_FALSE(denied.contains(word)) << word;
}

TEST_P(WordLists, HasNoOffensiveLettersInside) {
  for (const auto word : GetParam().words()) {
    for (const std::string_view part : {"fuck", "shit", "cunt", "nazi", "nigg", "slut", "rapist",
                                        "porn", "penis", "vagin", "whore", "kkk"}) {
      EXPECT_EQ(word.find(part), std::string_view::npos) << word;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Both, WordLists,
                         ::testing::Values(WordList{"first", FirstWords, 9},
                                           WordList{"second", SecondWords, 10}),
                         [](const auto& info) { return info.param.name; });

TEST(WordsTest, NoWordIsInBothLists) {
  for (const auto word : SecondWords()) {
    EXPECT_FALSE(std::ranges::binary_search(FirstWords(), word)) << word;
  }
}

TEST(WordsTest, EveryPairIsAGoodName) {
  // The longest pair bounds them all; the rest of the rule is per word.
  const auto longer = [](auto a, auto b) { return a.size() < b.size(); };
  const std::string longest = std::string(*std::ranges::max_element(FirstWords(), longer)) + "-" +
                              std::string(*std::ranges::max_element(SecondWords(), longer));
  EXPECT_LE(longest.size(), 20u) << longest;
  for (const auto first : FirstWords()) {
    const std::string name = std::string(first) + "-" + std::string(SecondWords()[0]);
    EXPECT_TRUE(CheckServiceName(name)) << name;
  }
  for (const auto second : SecondWords()) {
    const std::string name = std::string(FirstWords()[0]) + "-" + std::string(second);
    EXPECT_TRUE(CheckServiceName(name)) << name;
  }
}

TEST(ProposeNameTest, IsAPairOfBothLists) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::string name = ProposeName(random, 0).str();
    const auto dash = name.find('-');
    ASSERT_NE(dash, std::string::npos);
    EXPECT_TRUE(std::ranges::binary_search(FirstWords(), std::string_view(name).substr(0, dash)));
    EXPECT_TRUE(std::ranges::binary_search(SecondWords(), std::string_view(name).substr(dash + 1)));
    EXPECT_TRUE(CheckServiceName(name)) << name;
  }
}

TEST(ProposeNameTest, UsesBothListsWhole) {
  SeededRandom random(2);
  std::set<std::string> names;
  for (int i = 0; i < 20'000; ++i) names.insert(ProposeName(random, 0).str());
  EXPECT_GT(names.size(), 19'500u) << "of 1.6 million pairs few come twice";
}

TEST(ProposeNameTest, GrowsDigitsWithFurtherFailuresAndStaysAName) {
  SeededRandom random(3);
  std::size_t last_digits = 0;
  for (const int attempt : {0, 7, 8, 9, 12, 16, 100, 1'000'000}) {
    for (int i = 0; i < 100; ++i) {
      const std::string name = ProposeName(random, attempt).str();
      EXPECT_TRUE(CheckServiceName(name)) << name;
      const auto digits = static_cast<std::size_t>(
          std::ranges::count_if(name, [](char c) { return c <= '9' && c >= '0'; }));
      EXPECT_GE(digits, last_digits) << name;
      EXPECT_EQ(digits > 0, attempt >= 8) << name;
      last_digits = digits;
    }
  }
  EXPECT_EQ(last_digits, 9u);
}

TEST(ReservedNamesTest, HostsOfTheProductAndOfficialWordsAreReserved) {
  for (const char* name : {"api",
                           "billing",
                           "console",
                           "www",
                           "mail",
                           "default",
                           "kuberlogic",
                           "admin",
                           "localhost",
                           "kube-system",
                           "kube-public",
                           "kube-anything",
                           "kuberlogic-console",
                           "xn--80ak6aa92e",
                           "smtp",
                           "autodiscover",
                           "status",
                           "abuse",
                           "www2",
                           "wpad"}) {
    EXPECT_TRUE(IsReservedName(name)) << name;
    EXPECT_FALSE(CheckServiceName(name)) << name;
  }
}

TEST(ReservedNamesTest, NamesThatOnlyLookLikeThemAreFree) {
  for (const char* name : {"apis", "my-api", "kubelet", "kubectl", "webmail-otter", "defaults"}) {
    EXPECT_FALSE(IsReservedName(name)) << name;
  }
}

TEST(ServiceNameTest, TwoToTwentyLettersDigitsAndInnerHyphens) {
  for (const char* name : {"ab", "a1", "01", "a-b", "a--b", "magnetic-llama-4242x"}) {
    EXPECT_TRUE(CheckServiceName(name)) << name;
  }
  for (const char* name : {"", "a", "-ab", "ab-", "a_b", "a.b", "Ab", "a b", "ä1", "--",
                           "magnetic-llama-4242xy", "ab\n", "../x"}) {
    const auto checked = CheckServiceName(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(checked.error().field, "id");
  }
}

TEST(HostTest, ADnsHostOfAtMost99CharactersIsGood) {
  for (const char* host : {"a.b", "magnetic-llama.example.com", "x.apps.localhost",
                           "1a.example.com", "xn--bcher-kva.example", "a.1b"}) {
    EXPECT_TRUE(CheckHost(host)) << host;
  }
  std::string longest(99, 'a');
  longest[63] = '.';
  EXPECT_TRUE(CheckHost(longest));
}

TEST(HostTest, OtherTextsAreInvalidAndNameTheField) {
  const std::vector<std::string> bad = {"",
                                        "localhost",
                                        ".",
                                        "a.",
                                        ".a",
                                        "a..b",
                                        "-a.b",
                                        "a-.b",
                                        "A.b",
                                        "a_b.c",
                                        "a.b/c",
                                        "a.b:80",
                                        "https://a.b",
                                        "a b.c",
                                        "192.168.1.1",
                                        "*.a.b",
                                        "a.b\n",
                                        "bücher.de",
                                        std::string(64, 'a') + ".b",
                                        std::string(63, 'a') + "." + std::string(36, 'b')};
  for (const auto& host : bad) {
    const auto checked = CheckHost(host);
    ASSERT_FALSE(checked) << host;
    EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid) << host;
    EXPECT_EQ(checked.error().field, "domain") << host;
  }
}

TEST(BareHostTest, SchemeCasePortAndFinalSlashGo) {
  for (const char* value : {"a.example.com", "https://a.example.com", "http://a.example.com/",
                            "HTTPS://A.Example.COM", "https://a.example.com:443/",
                            "http://a.example.com:80", " a.example.com \n", "a.example.com."}) {
    EXPECT_EQ(BareHost(value), "a.example.com") << value;
  }
}

TEST(BareHostTest, OtherPortsAndPathsStay) {
  EXPECT_EQ(BareHost("https://a.example.com:8443"), "a.example.com:8443");
  EXPECT_EQ(BareHost("https://A.example.com/Shop"), "a.example.com/Shop");
  EXPECT_EQ(BareHost("ftp://a.example.com"), "ftp://a.example.com");
  EXPECT_EQ(BareHost(" "), "");
  EXPECT_EQ(BareHost("https://"), "");
}

TEST(NameInHostTest, TheLabelDirectlyBelowTheDomainIsTheName) {
  for (const char* value : {"https://magnetic-llama.example.com/", "magnetic-llama.example.com",
                            "HTTP://Magnetic-Llama.EXAMPLE.com"}) {
    EXPECT_EQ(NameInHost(value, "example.com"), ServiceName("magnetic-llama")) << value;
  }
  EXPECT_EQ(NameInHost("a1.apps.localhost", "Apps.Localhost"), ServiceName("a1"));
}

TEST(NameInHostTest, EverythingElseIsNoNameOfOurs) {
  for (const char* value :
       {"", "example.com", "https://example.com", "x.y.example.com", "magnetic-llama.other.com",
        "magnetic-llamaexample.com", "api.example.com", "kube-system.example.com", "a.example.com",
        ".example.com", "magnetic-llama.example.com/shop", "magnetic-llama.example.com:8443",
        "far-too-long-for-a-name.example.com", "magnetic_llama.example.com"}) {
    EXPECT_TRUE(NameInHost(value, "example.com").empty()) << value;
  }
  EXPECT_TRUE(NameInHost("magnetic-llama.", "").empty());
}

}  // namespace
}  // namespace kl
