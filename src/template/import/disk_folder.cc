#include <algorithm>
#include <filesystem>
#include <fstream>

#include "template/import/import.h"

namespace kl::importer {
namespace {

namespace fs = std::filesystem;

class OnDisk : public Folder {
 public:
  explicit OnDisk(fs::path root) : root_(std::move(root)) {}

  SourceFile Look(const std::string& path) const override {
    SourceFile out;
    std::error_code error;
    // Where "~" leads depends on who runs the file.
    if (path.starts_with('~')) return out;
    const fs::path full = root_ / path;
    const fs::file_status status = fs::status(full, error);
    if (!fs::exists(status)) return out;
    if (fs::is_directory(status)) {
      ReadDirectory(full, out);
    } else if (fs::is_regular_file(status)) {
      const auto any = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
      out.executable = (status.permissions() & any) != fs::perms::none;
      ReadFile(full, out);
    } else {
      out.kind = SourceFile::Kind::kOther;
    }
    return out;
  }

 private:
  static void ReadDirectory(const fs::path& path, SourceFile& out) {
    std::error_code error;
    out.kind = SourceFile::Kind::kDirectory;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      std::string name = it->path().filename();
      if (it->is_directory(error))
        out.has_directories = true;
      else if (name != ".gitkeep" && name != ".gitignore" && out.names.size() <= kFilesMax)
        out.names.push_back(std::move(name));
    }
    if (error) out.kind = SourceFile::Kind::kOther;
    std::ranges::sort(out.names);
  }

  static void ReadFile(const fs::path& path, SourceFile& out) {
    std::ifstream file(path, std::ios::binary);
    std::string content(kFileBytesMax + 1, '\0');
    if (file) file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.is_open() || file.bad()) {
      out.kind = SourceFile::Kind::kOther;
      return;
    }
    out.kind = SourceFile::Kind::kFile;
    content.resize(static_cast<std::size_t>(file.gcount()));
    out.too_large = content.size() > kFileBytesMax;
    if (!out.too_large) out.content = std::move(content);
  }

  fs::path root_;
};

}  // namespace

std::unique_ptr<Folder> DiskFolder(std::string root) {
  return std::make_unique<OnDisk>(fs::path(std::move(root)));
}

}  // namespace kl::importer
