#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/client.h"
#include "template/yaml_parser.h"

namespace kl::cli {
namespace {

using Flat = std::map<std::string, std::string>;

Result<std::string> ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (in) text << in.rdbuf();
  if (!in.is_open() || in.bad())
    return Fail(ErrorKind::kInvalid, path + " cannot be read: " + std::strerror(errno), "config");
  return std::move(text).str();
}

// The scalars of a YAML file; anything else in it is for `serve` to judge.
Result<Flat> ReadFlat(const std::string& path) {
  KL_TRY(const std::string text, ReadAll(path));
  Flat out;
  if (text.find_first_not_of(" \t\r\n") == text.npos) return out;
  auto document = tmpl::ParseYaml(text);
  if (!document) {
    const tmpl::Diagnostic& wrong = document.error();
    return Fail(ErrorKind::kInvalid, path + ":" + std::to_string(wrong.line) + ": " + wrong.message,
                "config");
  }
  if (!document->root) return out;
  for (const tmpl::Entry& entry : document->root->entries) {
    if (entry.value->is_scalar() && !entry.value->is_null()) out[entry.key] = entry.value->scalar;
  }
  return out;
}

bool IsThere(const std::string& path) { return std::ifstream(path).is_open(); }

class Finder {
 public:
  Finder(Globals& globals, const Variables& variables) : globals_(globals), variables_(variables) {}

  void Find() {
    std::string token = variables_("KUBERLOGIC_TOKEN");
    if (token.empty()) token = variables_("TOKEN");
    Take(variables_("KUBERLOGIC_HOSTNAME"), token);
    std::string config = globals_.config;
    if (config.empty()) config = variables_("KUBERLOGIC_CONFIG");
    if (!config.empty()) {
      TakeServe(config);
    } else {
      if (const std::string home = variables_("HOME"); !home.empty())
        TakeOwn(home + "/.config/kuberlogic/config.yaml");
      for (const char* path : {"kuberlogic.yaml", "/etc/kuberlogic/kuberlogic.yaml"})
        if (IsThere(path)) TakeServe(path);
    }
    Take("127.0.0.1:8001", "");
    TakeTokenFile("/var/lib/kuberlogic");
    SplitScheme();
  }

 private:
  void Take(const std::string& hostname, const std::string& token) {
    if (globals_.hostname.empty()) globals_.hostname = hostname;
    if (globals_.token.empty() && !token.empty()) globals_.token = SecretString(token);
  }

  // A file that only its owner may read is no mistake here: the API then asks for a token.
  void TakeTokenFile(const std::string& data_dir) {
    auto token = ReadAll(data_dir + "/token");
    if (!token) return;
    while (token->ends_with('\n') || token->ends_with('\r')) token->pop_back();
    Take("", *token);
  }

  std::optional<Flat> Read(const std::string& path) {
    auto flat = ReadFlat(path);
    if (flat) return std::move(*flat);
    if (!globals_.problem) globals_.problem = flat.error();
    return std::nullopt;
  }

  void TakeOwn(const std::string& path) {
    if (!IsThere(path)) return;
    auto mine = Read(path);
    if (!mine) return;
    TakeUsers(*mine);
  }

  void TakeUsers(Flat& file) {
    Take(file["hostname"], file["token"]);
    if (const std::string scheme = file["scheme"]; !scheme.empty() && globals_.scheme == "http")
      globals_.scheme = scheme;
  }

  void TakeServe(const std::string& path) {
    auto serve = Read(path);
    if (!serve) return;
    TakeUsers(*serve);
    Take((*serve)["api_listen"], (*serve)["token"]);
    if (const std::string folder = (*serve)["data_dir"]; !folder.empty()) TakeTokenFile(folder);
  }

  // "https://api.example.com/" is what people copy.
  void SplitScheme() {
    std::string& host = globals_.hostname;
    for (const std::string scheme : {"http", "https"}) {
      if (!host.starts_with(scheme + "://")) continue;
      globals_.scheme = scheme;
      host.erase(0, scheme.size() + 3);
    }
    while (host.ends_with('/')) host.pop_back();
  }

  Globals& globals_;
  const Variables& variables_;
};

}  // namespace

void Connect(Globals& globals, const Variables& variables) { Finder(globals, variables).Find(); }

}  // namespace kl::cli
