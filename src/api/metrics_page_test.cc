// docs/reference/metrics.md is what /metrics says.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/api_fixture.h"

namespace kl::api {
namespace {

const char kPage[] = "docs/reference/metrics.md";

class MetricsPage : public ApiFixture {
 protected:
  struct Metric {
    std::string help, type;
    std::map<std::string, std::set<std::string>> labels;  // name -> values seen
  };
  // By name, from the lines "# HELP name text", "# TYPE name type" and "name{label="value"} 1".
  std::map<std::string, Metric> Shown() {
    std::map<std::string, Metric> out;
    std::istringstream lines(Ask("GET", "/metrics").text);
    for (std::string line; std::getline(lines, line);) {
      const auto word = [&line](std::size_t from) {
        return line.substr(from, line.find_first_of(" {", from) - from);
      };
      if (line.starts_with("# HELP ")) {
        const std::string name = word(7);
        out[name].help = line.substr(8 + name.size());
      } else if (line.starts_with("# TYPE ")) {
        const std::string name = word(7);
        out[name].type = line.substr(8 + name.size());
      } else if (const auto brace = line.find('{'); brace != line.npos) {
        const auto equals = line.find('=', brace), end = line.find('"', equals + 2);
        out[word(0)].labels[line.substr(brace + 1, equals - brace - 1)].insert(
            line.substr(equals + 2, end - equals - 2));
      }
    }
    return out;
  }

  std::string Page() {
    std::string page = R"(# Metrics

`GET /metrics` with the API's token, in the text format of Prometheus. This page is made from the program.

| metric | type | labels | meaning |
|---|---|---|---|
)";
    for (const auto& [name, metric] : Shown()) {
      std::string labels;
      for (const auto& [label, values] : metric.labels) {
        labels += (labels.empty() ? "`" : "; `") + label + "`:";
        for (const std::string& value : values)
          labels += (value == *values.begin() ? " " : ", ") + value;
      }
      page += "| `" + name + "` | " + metric.type + " | " + (labels.empty() ? "–" : labels) +
              " | " + metric.help + " |\n";
    }
    return page;
  }
};

TEST_F(MetricsPage, IsWhatTheProgramShows) {
  const std::string page = Page();
  if (std::getenv("KL_BLESS") != nullptr) std::ofstream(kPage) << page;
  std::ifstream in(kPage);
  std::ostringstream kept;
  kept << in.rdbuf();
  EXPECT_TRUE(kept.str() == page) << "run this test with KL_BLESS=1 to write " << kPage;
}

TEST_F(MetricsPage, EveryMetricSaysWhatItIs) {
  const auto shown = Shown();
  EXPECT_GE(shown.size(), 7u);
  for (const auto& [name, metric] : shown) {
    EXPECT_TRUE(name.starts_with("kuberlogic_")) << name;
    EXPECT_NE(metric.help, "") << name;
    EXPECT_TRUE(metric.type == "gauge" || metric.type == "counter") << name;
  }
}

}  // namespace
}  // namespace kl::api
