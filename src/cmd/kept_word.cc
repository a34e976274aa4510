#include "cmd/kept_word.h"

#include "adapters/store_sqlite/files.h"

namespace kl::cmd {
namespace {

constexpr std::size_t kWordBytesMax = 4096;

}  // namespace

Result<std::string> KeptWord(const std::string& path, Random& random) {
  auto known = sqlite::ReadSmallFile(path, kWordBytesMax);
  if (!known && known.error().kind == ErrorKind::kNotFound) {
    std::string word = random.Uid();
    KL_RETURN_IF_ERROR(sqlite::CreateDurably(path, word + "\n"));
    return word;
  }
  if (!known) return Wrap(known.error(), "data_dir");
  const std::size_t end = known->find_last_not_of("\r\n ");
  if (end == std::string::npos) {
    return Fail(ErrorKind::kCorrupt,
                "file '" + path +
                    "': is empty: put it back from a backup of the data directory, or "
                    "remove it if this installation never ran anything",
                "data_dir");
  }
  known->resize(end + 1);
  return known;
}

}  // namespace kl::cmd
