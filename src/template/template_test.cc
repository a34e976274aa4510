#include "template/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "template/dump.h"

namespace kl::tmpl {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST(Template, ExampleTinyRenders) {
  const std::string text = ReadFile("examples/tiny/app.yaml");
  ASSERT_FALSE(text.empty());
  auto loaded = Template::Load(text, "tiny");
  ASSERT_TRUE(loaded.value) << Format(loaded.diagnostics, "app.yaml");
  EXPECT_EQ(Format(loaded.diagnostics, "app.yaml"), "");
  const Plan& plan = loaded.value->info().plans.at("team-USD-monthly");
  RenderInput input;
  input.name = ServiceName("magnetic-llama");
  input.host = "magnetic-llama.apps.localhost";
  input.port = 8443;
  input.plan = "team-USD-monthly";
  input.limits = plan.limits;
  input.parameters = plan.parameters;
  input.customer_email = "jane@example.com";
  SeededRandom random(1);
  auto rendered = loaded.value->Render(input, {}, random);
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_TRUE(rendered->generated);
  EXPECT_EQ(rendered->secrets.at("token").Reveal().size(), 32u);
  auto again = loaded.value->Render(input, rendered->secrets, random);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->generated);
  EXPECT_EQ(Dump(again->spec, true), Dump(rendered->spec, true));
  auto welcome = loaded.value->Welcome(input, rendered->secrets);
  ASSERT_TRUE(welcome);
  EXPECT_EQ(*welcome, "Your application runs at https://magnetic-llama.apps.localhost:8443.\n");
}

}  // namespace
}  // namespace kl::tmpl
