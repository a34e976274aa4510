// kuberlogic-bench ROW [--directory D] [--simulator URL] [--count N] [--seconds S] [--rate R]
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>

#include "tests/bench/rows.h"

int main(int argc, char** argv) {
  using kl::bench::Wish;
  const std::map<std::string, std::function<void(const Wish&)>> rows = {
      {"intake", [](const Wish& w) { kl::bench::Intake(w, true); }},
      {"intake-floor", [](const Wish& w) { kl::bench::Intake(w, false); }},
      {"orders", kl::bench::Orders},
      {"templates", kl::bench::Templates},
      {"fill", kl::bench::Fill},
      {"idle", kl::bench::Idle},
  };
  auto row = argc > 1 ? rows.find(argv[1]) : rows.end();
  if (row == rows.end()) {
    std::fprintf(stderr, "rows: intake intake-floor orders templates fill idle\n");
    return 2;
  }
  Wish wish;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--directory")
      wish.directory = argv[i + 1];
    else if (flag == "--simulator")
      wish.simulator = argv[i + 1];
    else if (flag == "--count")
      wish.count = std::atoi(argv[i + 1]);
    else if (flag == "--seconds")
      wish.seconds = std::atoi(argv[i + 1]);
    else if (flag == "--rate")
      wish.rate = std::atoi(argv[i + 1]);
  }
  row->second(wish);
  return 0;
}
