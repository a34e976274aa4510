// Templates: the check of a text, and the render of a loaded one, on one core.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "template/template.h"
#include "tests/bench/rows.h"

namespace kl::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The applications of the goldens: from one service to nine.
std::vector<std::string> Texts() {
  std::vector<fs::path> paths = {"examples/wordpress/app.yaml", "examples/tiny/app.yaml"};
  for (const auto& entry : fs::directory_iterator("tests/golden/apps"))
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> out;
  for (const fs::path& path : paths) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    out.push_back(text.str());
  }
  return out;
}

// How often a second, over whole rounds of all.
template <class Round>
double PerSecond(int seconds, std::size_t each, Round round) {
  const auto begun = Clock::now();
  std::size_t done = 0;
  std::chrono::duration<double> spent{};
  do {
    round();
    done += each;
    spent = Clock::now() - begun;
  } while (spent.count() < seconds);
  return static_cast<double>(done) / spent.count();
}

// One instance of a loaded template, its secrets made already.
struct Instance {
  std::shared_ptr<const tmpl::Template> loaded;
  tmpl::RenderInput input;
  tmpl::Secrets secrets;
};

Instance MakeInstance(const std::string& text) {
  Instance out{.loaded = tmpl::Template::Load(text, "bench").value};
  if (!out.loaded) return out;
  const auto& plans = out.loaded->info().plans;
  out.input.name = ServiceName("magnetic-llama");
  out.input.uid = ServiceUid("0123456789abcdef0123456789abcdef");
  out.input.host = "magnetic-llama.apps.example.com";
  out.input.version = "1.2";
  if (!plans.empty()) {
    out.input.plan = plans.begin()->first;
    out.input.limits = plans.begin()->second.limits;
    out.input.parameters = plans.begin()->second.parameters;
  }
  SeededRandom random(1);
  if (auto first = out.loaded->Render(out.input, {}, random)) out.secrets = first->secrets;
  return out;
}

}  // namespace

void Templates(const Wish& wish) {
  const std::vector<std::string> texts = Texts();
  std::vector<Instance> instances;
  std::size_t bytes = 0, refused = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
    instances.push_back(MakeInstance(text));
    refused += !instances.back().loaded;
  }
  const double checked = PerSecond(wish.seconds, texts.size(), [&] {
    for (const std::string& text : texts) refused += !tmpl::Template::Load(text, "bench").value;
  });
  SeededRandom random(1);
  const double rendered = PerSecond(wish.seconds, instances.size(), [&] {
    for (const Instance& each : instances)
      refused += !each.loaded || !each.loaded->Render(each.input, each.secrets, random);
  });
  std::printf(
      "{\"templates\": %zu, \"mean_bytes\": %zu, \"checked_per_second\": %.0f, "
      "\"rendered_per_second\": %.0f, \"refused\": %zu}\n",
      texts.size(), bytes / texts.size(), checked, rendered, refused);
}

}  // namespace kl::bench
