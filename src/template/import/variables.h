// Replaces Compose's variables in a text by what the `.env` file, or their default, gives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "template/import/dotenv.h"
#include "template/import/ledger.h"

namespace kl::importer {

// What a text named, for the report.
struct VariableUse {
  std::string name;
  enum class From { kFile, kDefault, kNothing, kSecret } from = From::kFile;
  int line = 0;           // of the .env file
  bool required = false;  // ${NAME:?...}
};

// The environment of the shell plays no part: what a template is must not depend on it.
class Variables {
 public:
  // Both outlive this.
  Variables(const EnvFile& file, Ledger& ledger) : file_(file), ledger_(ledger) {}

  // The text as Compose would see it, with tokens for secrets and for variables without a value.
  // `uses` receives what was replaced.
  std::string Resolve(std::string_view text, std::vector<VariableUse>& uses) const {
    return Resolve(text, uses, 0);
  }
  // The value of one variable, resolved; as ${name} would.
  std::string Value(std::string_view name, std::vector<VariableUse>& uses) const;
  // The value of a line of an env file, resolved. The `$` of a password is only a `$` where nothing
  // has that name.
  std::string ValueOf(const Variable& variable, std::vector<VariableUse>& uses) const {
    return ValueOf(variable, uses, 0);
  }
  bool IsSet(std::string_view name) const { return file_.Find(name) != nullptr; }

 private:
  std::string Resolve(std::string_view text, std::vector<VariableUse>& uses, int depth) const;
  // One reference; `operation` is ":-" and the like, `argument` what stands behind it.
  std::string Refer(std::string_view name, std::string_view operation, std::string_view argument,
                    std::vector<VariableUse>& uses, int depth) const;
  std::string ValueOf(const Variable& variable, std::vector<VariableUse>& uses, int depth) const;
  std::string FromFile(const Variable& variable, std::vector<VariableUse>& uses, int depth) const;

  const EnvFile& file_;
  Ledger& ledger_;
};

}  // namespace kl::importer
