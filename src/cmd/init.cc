#include "cmd/init.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/random.h"
#include "cmd/billing_check.h"
#include "domain/naming.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

// The terminal shows nothing of what is typed while this lives.
class WithoutEcho {
 public:
  WithoutEcho() {
    is_terminal_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  ~WithoutEcho() {
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_terminal_ = false;
};

// One line without blanks around; kInvalid at the end of the input.
Result<std::string> ReadLine(const std::string& what) {
  std::string line;
  if (!std::getline(std::cin, line))
    return Fail(ErrorKind::kInvalid, what + ": nothing was given", what);
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return std::string();
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

Result<std::string> Ask(const cli::Globals& globals, const InitWish& wish, const std::string& flag,
                        const std::string& question) {
  if (wish.non_interactive)
    return Fail(ErrorKind::kInvalid, "--" + flag + " is missing: " + question, flag);
  *globals.err << question << ": " << std::flush;
  return ReadLine(flag);
}

Result<SecretString> AskKey(const cli::Globals& globals, const InitWish& wish) {
  if (!wish.key_file.empty())
    return ReadSecretFlag(wish.key_file == "-" ? "-" : "@" + wish.key_file);
  if (wish.non_interactive) {
    return Fail(ErrorKind::kInvalid,
                "--key-file is missing: a file with the site's full-access API key, or - for "
                "standard input",
                "key-file");
  }
  *globals.err << "API key of the site (full access; it is not shown): " << std::flush;
  const WithoutEcho silent;
  auto line = ReadLine("key");
  *globals.err << "\n";
  if (!line) return std::unexpected(line.error());
  return SecretString(std::move(*line));
}

// "https://example-test.chargebee.com/" -> "example-test"
std::string SiteName(std::string text) {
  if (const auto scheme = text.find("://"); scheme != std::string::npos) text.erase(0, scheme + 3);
  return text.substr(0, text.find_first_of("./"));
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// For its owner alone from its first moment on, and whole or not at all.
Status WriteOwnersFile(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return Fail(ErrorKind::kInvalid, fresh + " cannot be written: " + std::strerror(errno),
                "config");
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  if (written && ::rename(fresh.c_str(), path.c_str()) == 0) return {};
  const std::string why = std::strerror(errno);
  ::unlink(fresh.c_str());
  return Fail(ErrorKind::kUnavailable, path + " cannot be written: " + why, "config");
}

// Brings a value into its final form, or says what is wrong with it.
using Check = Status (*)(std::string& value);

Status CheckSite(std::string& value) {
  value = SiteName(value);
  if (!value.empty()) return {};
  return Fail(ErrorKind::kInvalid, "site: a name as in example-test is needed", "site");
}

Status CheckDomain(std::string& value) {
  Status host = CheckHost(value);
  return host ? host : Status(Wrap(host.error(), "domain"));
}

Status CheckTemplate(std::string& value) {
  std::error_code ec;
  const fs::path path = fs::absolute(value, ec);
  if (value.empty() || ec || !fs::is_regular_file(path, ec))
    return Fail(ErrorKind::kInvalid, "template: '" + value + "' is no file", "template");
  value = path.lexically_normal().string();
  return {};
}

struct Question {
  const char* flag;
  const char* text;
  Check check;
};

// A person at a terminal is asked again until the answer will do; anybody else is told once.
Status Settle(std::string& value, const Question& question, const cli::Globals& globals,
              const InitWish& wish) {
  const bool given = !value.empty();
  for (;;) {
    if (!given) {
      KL_TRY(value, Ask(globals, wish, question.flag, question.text));
    }
    Status checked = question.check(value);
    if (checked || given || !isatty(STDIN_FILENO)) return checked;
    *globals.err << checked.error().message << "\n";
  }
}

Status Complete(InitWish& wish, const cli::Globals& globals) {
  const Question site{"site", "Chargebee site, as in example-test", CheckSite};
  KL_RETURN_IF_ERROR(Settle(wish.site, site, globals, wish));
  const Question domain{"domain", "Domain under which instances live, as in apps.example.com",
                        CheckDomain};
  KL_RETURN_IF_ERROR(Settle(wish.domain, domain, globals, wish));
  const Question path{"template", "Path of your application's template (docker-compose.yml)",
                      CheckTemplate};
  return Settle(wish.template_path, path, globals, wish);
}

}  // namespace

std::string InitialConfig(const InitWish& wish, const SecretString& key,
                          const SecretString& webhook_password) {
  std::string text =
      "# Configuration of kuberlogic. It holds secrets: for its owner alone.\n"
      "# All keys: docs/reference/configuration.md\n"
      "kuberlogic_domain: " +
      Quoted(wish.domain) + "\ndocker_compose: " + Quoted(wish.template_path) +
      "\nchargebee_site: " + Quoted(wish.site) + "\nchargebee_key: " + Quoted(key.Reveal()) +
      "\n# Who may send webhooks; kuberlogic billing setup tells the provider.\n"
      "chargebee_webhook_user: \"kuberlogic\"\n"
      "chargebee_webhook_password: " +
      Quoted(webhook_password.Reveal()) + "\n";
  if (!wish.data_dir.empty()) text += "data_dir: " + Quoted(wish.data_dir) + "\n";
  return text;
}

int Init(InitWish wish, const cli::Globals& globals, const Environment& environment) {
  const std::string path = globals.config.empty() ? "kuberlogic.yaml" : globals.config;
  if (!wish.force && fs::exists(path)) {
    return cli::Report(
        globals, {ErrorKind::kInvalid,
                  path + " exists: --force writes over it, --config names another", "config"});
  }
  if (Status complete = Complete(wish, globals); !complete)
    return cli::Report(globals, complete.error());
  auto key = AskKey(globals, wish);
  if (!key) return cli::Report(globals, key.error());
  if (key->empty())
    return cli::Report(globals, {ErrorKind::kInvalid, "key: it is empty", "key-file"});
  if (globals.dry_run) {
    *globals.err << "dry run: would write " << path << " and look at site " << wish.site << "\n";
    return 0;
  }
  const std::string text = InitialConfig(wish, *key, SecretString(SystemRandom().Letters(32)));
  if (Status written = WriteOwnersFile(path, text); !written)
    return cli::Report(globals, written.error());
  *globals.out << path << " written, readable by you alone\n";
  auto config = LoadConfig({{"config", path}}, environment);
  if (!config) return cli::Report(globals, config.error());
  if (!wish.no_check && BillingCheck(*config, globals) != 0)
    *globals.out << "mend these, then: kuberlogic billing check\n";
  return 0;
}

}  // namespace kl::cmd
