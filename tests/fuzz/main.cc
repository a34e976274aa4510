// kuberlogic-fuzz TARGET [--seconds N] [--seed N] [--corpus DIR] [--crashes DIR] [--grow DIR]
// [FILE...]
//
// With files it runs these and nothing else. Without, it changes the corpus for N seconds (15). Run
// from the root of the repository. Exit code 0: nothing was found.
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fuzz/fuzz.h"

namespace kl::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// An input that takes so long hangs: a slow one takes milliseconds.
constexpr unsigned kHangSeconds = 20;

struct Options {
  const Target* target = nullptr;
  int seconds = 15;
  std::uint64_t seed = SystemRandom().Below(std::uint64_t{1} << 32);
  fs::path corpus = "tests/fuzz/corpus";
  fs::path crashes = "build/fuzz";
  fs::path grow;  // where inputs that reach new code are written; empty: nowhere
  std::vector<fs::path> files;
};

// What is running now, for whoever writes it down when the program ends.
struct Current {
  std::string_view input;
  std::string path;
  bool written = false;
} current;

void WriteInput() {
  if (current.written || current.path.empty()) return;
  current.written = true;
  if (FILE* file = std::fopen(current.path.c_str(), "wb")) {
    std::fwrite(current.input.data(), 1, current.input.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "\nthe input is in %s\n", current.path.c_str());
}

void OnSignal(int signal) {
  if (signal == SIGALRM) std::fprintf(stderr, "hangs: no end after %u s\n", kHangSeconds);
  WriteInput();
  _exit(1);
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::string> ReadCorpus(const Options& options) {
  std::vector<fs::path> paths;
  auto add = [&](const fs::path& folder) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(folder, error))
      if (entry.is_regular_file() && entry.path().extension() != ".expected")
        paths.push_back(entry.path());
  };
  add(options.corpus / options.target->name);
  for (std::string_view folder : options.target->seeds) add(folder);
  std::ranges::sort(paths);
  std::vector<std::string> out;
  for (const fs::path& path : paths) {
    std::string text = ReadFile(path);
    if (text.size() <= options.target->bytes_max) out.push_back(std::move(text));
  }
  return out;
}

void RunOne(const Target& target, const std::string& input) {
  current.input = input;
  ForgetCoverage();
  alarm(kHangSeconds);
  target.run(input);
  alarm(0);
}

void Keep(const Options& options, const std::string& input) {
  if (options.grow.empty()) return;
  char name[20];
  std::snprintf(name, sizeof name, "%016zx", std::hash<std::string>()(input));
  std::ofstream(options.grow / name, std::ios::binary) << input;
}

int Search(const Options& options) {
  const Target& target = *options.target;
  const std::string name(target.name);
  std::vector<std::string> pool = ReadCorpus(options);
  if (pool.empty()) {
    std::fprintf(stderr, "%s: no corpus: run it from the root of the repository\n", name.c_str());
    return 2;
  }
  fs::create_directories(options.crashes);
  current.path = (options.crashes / (name + "-" + std::to_string(options.seed))).string();
  for (const std::string& input : pool) {
    RunOne(target, input);
    SawSomethingNew();
  }
  const std::size_t given = pool.size();
  const std::size_t before = EdgesSeen();
  SeededRandom random(options.seed);
  std::uint64_t runs = 0;
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  for (; Clock::now() < end; ++runs) {
    std::string input = Mutate(pool, target, random);
    RunOne(target, input);
    if (!SawSomethingNew()) continue;
    Keep(options, input);
    pool.push_back(std::move(input));
  }
  std::printf("%-14s seed %lu: %lu runs in %d s, corpus %zu + %zu, edges %zu + %zu\n", name.c_str(),
              options.seed, runs, options.seconds, given, pool.size() - given, before,
              EdgesSeen() - before);
  return 0;
}

bool Parse(int argc, char** argv, Options& options) {
  if (argc < 2) return false;
  for (const Target& target : Targets())
    if (target.name == argv[1]) options.target = &target;
  for (int i = 2; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (!flag.starts_with("--")) {
      options.files.emplace_back(argv[i]);
      continue;
    }
    if (++i == argc) return false;
    if (flag == "--seconds")
      options.seconds = std::atoi(argv[i]);
    else if (flag == "--seed")
      options.seed = std::strtoull(argv[i], nullptr, 10);
    else if (flag == "--corpus")
      options.corpus = argv[i];
    else if (flag == "--crashes")
      options.crashes = argv[i];
    else if (flag == "--grow")
      options.grow = argv[i];
    else
      return false;
  }
  return options.target != nullptr;
}

int Main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options)) {
    std::fprintf(stderr, "kuberlogic-fuzz TARGET [--seconds N] [--seed N] [FILE...]; targets:");
    for (const Target& target : Targets())
      std::fprintf(stderr, " %s", std::string(target.name).c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::signal(SIGALRM, OnSignal);
  std::signal(SIGABRT, OnSignal);
  __sanitizer_set_death_callback(WriteInput);
  for (const fs::path& path : options.files) RunOne(*options.target, ReadFile(path));
  return options.files.empty() ? Search(options) : 0;
}

}  // namespace

void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", promise);
  std::abort();
}

}  // namespace kl::fuzz

int main(int argc, char** argv) { return kl::fuzz::Main(argc, argv); }
