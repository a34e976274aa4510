#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace kl::fuzz {
namespace {

std::size_t Below(Random& random, std::size_t end) { return end == 0 ? 0 : random.Below(end); }

std::string Piece(const std::string& text, Random& random) {
  if (text.empty()) return {};
  const std::size_t begin = Below(random, text.size());
  return text.substr(begin, 1 + Below(random, std::min<std::size_t>(text.size() - begin, 64)));
}

// A line of `text` with its end.
std::string Line(const std::string& text, Random& random) {
  const std::size_t at = Below(random, text.size() + 1);
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return text.substr(begin, std::min(text.find('\n', begin), text.size() - 1) + 1 - begin);
}

void ChangeNumber(std::string& text, Random& random) {
  const std::size_t at = text.find_first_of("0123456789", Below(random, text.size() + 1));
  if (at == text.npos) return;
  constexpr std::string_view kNumbers[] = {
      "0", "1", "-1", "7", "255", "65536", "4294967296", "9223372036854775808", "1e9", "0.5", "00"};
  const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
  text.replace(at, end - at, kNumbers[Below(random, std::size(kNumbers))]);
}

void MutateOnce(std::string& text, const std::vector<std::string>& pool, const Target& target,
                Random& random) {
  const std::size_t at = Below(random, text.size() + 1);
  const std::string& other = pool[Below(random, pool.size())];
  switch (Below(random, 9)) {
    case 0: text.erase(at, 1 + Below(random, 8)); return;
    case 1: text.insert(at, 1, static_cast<char>(random.Below(256))); return;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(random, 8)));
      return;
    case 3: text.insert(at, Piece(other, random)); return;
    case 4: text.insert(at == 0 ? 0 : text.rfind('\n', at - 1) + 1, Line(other, random)); return;
    case 5: ChangeNumber(text, random); return;
    case 6: {
      const std::string line = Line(text, random);
      if (const auto found = text.find(line); !line.empty() && found != text.npos)
        text.erase(found, line.size());
      return;
    }
    case 7:
      if (target.words.empty()) return;
      text.insert(at, target.words[Below(random, target.words.size())]);
      return;
    default:
      if (target.words.empty() || at >= text.size()) return;
      text.replace(at, 1 + Below(random, 6), target.words[Below(random, target.words.size())]);
  }
}

}  // namespace

std::string Mutate(const std::vector<std::string>& pool, const Target& target, Random& random) {
  std::string text = pool[Below(random, pool.size())];
  for (std::size_t changes = 1 + Below(random, 8); changes > 0; --changes)
    MutateOnce(text, pool, target, random);
  if (text.size() > target.bytes_max) text.resize(target.bytes_max);
  return text;
}

}  // namespace kl::fuzz
