// An ordinary Compose file and its `.env` -> a template: `kuberlogic template import`.
//
// The text is edited where it has to be, so comments and order stay. Every change is reported with
// its line and reason; what the file does not say is left to a person. No password or key of the
// source gets into the result or the report.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "template/template.h"

namespace kl::importer {

// What lies at a path beside the Compose file.
struct SourceFile {
  enum class Kind { kMissing, kFile, kDirectory, kOther };
  Kind kind = Kind::kMissing;
  bool executable = false;
  bool too_large = false;  // of a file: beyond kFileBytesMax; `content` is empty then
  std::string content;
  std::vector<std::string> names;  // of a directory: its files, sorted; at most kFilesMax + 1
  bool has_directories = false;
};

inline constexpr std::size_t kFileBytesMax = 64 << 10;
inline constexpr std::size_t kFilesMax = 20;

// The folder a Compose file lies in.
class Folder {
 public:
  virtual ~Folder() = default;
  // `path` is relative to the folder, or absolute. What cannot be read is kOther.
  virtual SourceFile Look(const std::string& path) const = 0;
};

// On this machine's disk.
std::unique_ptr<Folder> DiskFolder(std::string root);

struct Finding {
  enum class Kind { kChange, kDecision };
  Kind kind = Kind::kChange;
  int line = 0;      // of the Compose file
  std::string path;  // "services.web.ports"; empty: the file as a whole
  std::string message;
  bool operator==(const Finding&) const = default;
};

struct Imported {
  std::string text;               // the template
  std::vector<Finding> findings;  // in order of line, each once
  bool loads = false;             // Template::Load takes it
  std::size_t CountOf(Finding::Kind kind) const;
};

struct ImportInput {
  std::string text;
  std::optional<std::string> env;  // content of the `.env` file
  std::string env_name = ".env";
};

// The error is the reason why `text` is no Compose file at all.
std::expected<Imported, tmpl::Diagnostic> Import(const ImportInput& input, const Folder& folder);

struct ReportNames {
  std::string source;
  std::string target;  // empty: written to standard output
};
// The screen a person reads: decisions last, then the next step.
std::string Report(const Imported& imported, const ReportNames& names);

}  // namespace kl::importer
