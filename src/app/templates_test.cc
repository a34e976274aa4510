#include "app/templates.h"

#include "app/app_fixture.h"

namespace kl::app {
namespace {

struct TemplatesTest : AppFixture {
  // As a program that was less strict has left it.
  void Keep(const std::string& type, const std::string& text) {
    TemplateVersion version;
    version.meta.name = TemplateObjectName(type, "0123456789abcdef");
    version.spec = {.type = type, .digest = "0123456789abcdef", .text = text, .current = true};
    ASSERT_TRUE(loop.Run(versions.PutSpec(version)));
  }
  StoredTemplates fresh{versions};
};

TEST_F(TemplatesTest, AKeptVersionIsReadAtTheNextStart) {
  ASSERT_TRUE(loop.Run(fresh.Load()));
  EXPECT_TRUE(fresh.CheckLoaded());
  EXPECT_NE(fresh.Current("app"), nullptr);
}

TEST_F(TemplatesTest, AKeptVersionThatIsRefusedNowStandsInNobodysWayOnceItsTypeIsMended) {
  Keep("old", "services: {}");
  ASSERT_TRUE(loop.Run(fresh.Load()));
  EXPECT_NE(fresh.Current("app"), nullptr);
  EXPECT_EQ(fresh.Current("old"), nullptr);
  const Status unmended = fresh.CheckLoaded();
  ASSERT_FALSE(unmended);
  EXPECT_EQ(unmended.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(unmended.error().message.find("old"), std::string::npos);

  ASSERT_TRUE(loop.Run(fresh.Install("old", std::string(kPlainTemplate))));
  EXPECT_TRUE(fresh.CheckLoaded());
  // The version a running instance may still have is told as what it is.
  const auto before = loop.Run(fresh.Find("old", "0123456789abcdef"));
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace kl::app
