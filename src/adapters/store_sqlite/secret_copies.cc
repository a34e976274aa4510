#include "adapters/store_sqlite/secret_copies.h"

#include <charconv>

#include "adapters/store_sqlite/files.h"

namespace kl::sqlite {
namespace {

// Far above what a template can ask for; a bound against reading a stranger's file.
constexpr std::size_t kCopyBytesMax = 16 << 20;

// The version is part of the place: a copy cannot be passed off as a newer one.
std::string PlaceOf(const ServiceUid& uid, std::string_view version) {
  return "secret-copy/" + uid.str() + "/" + std::string(version);
}

}  // namespace

// A file is "<version> <key id>\n" and the sealed bytes.
Result<std::optional<SecretCopies::Copy>> SecretCopies::Read(const ServiceUid& uid) const {
  if (directory_.empty()) return std::optional<Copy>();
  const auto text = ReadSmallFile(PathOf(uid), kCopyBytesMax);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::optional<Copy>();
  if (!text) return std::unexpected(text.error());
  const std::size_t space = text->find(' ');
  const std::size_t end = text->find('\n');
  Copy copy;
  if (end == std::string::npos || space >= end ||
      std::from_chars(text->data(), text->data() + space, copy.version).ptr !=
          text->data() + space) {
    return Fail(ErrorKind::kCorrupt, "file '" + PathOf(uid) + "': is no copy of secrets");
  }
  const Sealed sealed{.key_id = text->substr(space + 1, end - space - 1),
                      .bytes = text->substr(end + 1)};
  KL_TRY(copy.text, sealer_->Open(PlaceOf(uid, text->substr(0, space)), sealed));
  return std::optional<Copy>(std::move(copy));
}

Status SecretCopies::Write(const ServiceUid& uid, const Copy& copy) const {
  if (directory_.empty()) return {};
  KL_RETURN_IF_ERROR(EnsurePrivateDirectory(directory_));
  const std::string version = std::to_string(copy.version);
  KL_TRY(const Sealed sealed, sealer_->Seal(PlaceOf(uid, version), copy.text.Reveal()));
  return ReplaceDurably(PathOf(uid), version + " " + sealed.key_id + "\n" + sealed.bytes);
}

Status SecretCopies::Remove(const ServiceUid& uid) const {
  return directory_.empty() ? Status{} : RemoveDurably(PathOf(uid));
}

}  // namespace kl::sqlite
