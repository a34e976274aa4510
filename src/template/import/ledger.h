// What must not be copied out of a Compose file: the secrets found, each under a name of its own.
//
// While values are worked on, an expression that is to stand in them is a token between two control
// characters, so that it is never mistaken for text. Finish() turns tokens into expressions and
// everything else into literal text of a template.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kl::importer {

struct KnownSecret {
  std::string name;      // of x-kuberlogic-secrets, or of the parameter
  std::string value;     // as found; empty when nothing gave one
  std::string variable;  // the setting it was found under first
  bool foreign = true;   // every setting that has it opens an account elsewhere
  bool used = false;
};

class Ledger {
 public:
  // The number of the secret with this value, or of a new one named after `variable`. Equal values
  // are one secret: what shares a password must go on sharing it.
  int Add(std::string_view variable, std::string_view value);
  // A secret that has no value yet; known by its variable.
  int AddUnknown(std::string_view variable);
  // Values that are in the open (users, names of databases): such a word is not searched for.
  void AddOpen(std::string_view value) { open_.insert(std::string(value)); }

  const std::vector<KnownSecret>& secrets() const { return secrets_; }
  // Parameters that stand for variables without a value; true: an instance needs one.
  const std::map<std::string, bool>& parameters() const { return parameters_; }

  static std::string SecretToken(int number) {
    return '\x01' + ("s" + std::to_string(number)) + '\x02';
  }
  static std::string ParameterToken(std::string_view name) {
    return "\x01p" + std::string(name) + '\x02';
  }
  static std::string EndpointToken() {
    return "\x01"
           "e\x02";
  }
  static std::string HostToken() { return "\x01h\x02"; }

  // Marks every secret that is distinctive enough, in what is literal in `text`.
  std::string MarkSecrets(std::string_view text) const;
  // The text with tokens replaced by what they stand for in the file: for comparisons only.
  std::string Unmask(std::string_view text) const;
  // Text of a template: `$` and `{{` of the literal parts escaped. Remembers what was used.
  std::string Finish(std::string_view text, bool in_services = true);
  // A secret's expression, as the reader sees it in the report.
  std::string Expression(int number) const;

  void set_local_address(std::string address) { local_ = std::move(address); }
  void AddParameter(std::string_view name, bool required);

  // Whether the value may be searched for.
  bool IsDistinct(const KnownSecret& secret) const;

 private:
  std::string TokenExpression(std::string_view token) const;

  std::vector<KnownSecret> secrets_;
  std::map<std::string, bool> parameters_;
  std::set<std::string, std::less<>> open_;
  std::string local_ = "localhost";
};

// `text` with every literal part (what is outside of tokens) replaced by what `change` makes of it.
template <class Change>
std::string MapLiterals(std::string_view text, Change change) {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find('\x01');
    out += change(text.substr(0, begin));
    if (begin == text.npos) break;
    const std::size_t end = text.find('\x02', begin);
    out += text.substr(begin, end - begin + 1);
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace kl::importer
