#include "template/import/looks_secret.h"

#include <algorithm>
#include <array>
#include <span>

namespace kl::importer {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerAll(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), Lower);
  return out;
}

bool Contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

constexpr std::array<std::string_view, 15> kSecretWords = {
    "password",   "passwd",     "pass",        "pwd",     "secret", "token", "apikey", "salt",
    "passphrase", "credential", "credentials", "secrets", "tokens", "pw",    "psk"};

// "KEY" is a secret after these, as in API_KEY, and after nothing at all in SECRET_KEY_BASE.
constexpr std::array<std::string_view, 16> kBeforeKey = {
    "secret", "api",  "app",  "private", "encryption", "access", "master", "signing",
    "jwt",    "auth", "hash", "license", "session",    "cookie", "admin",  "logged"};

constexpr std::array<std::string_view, 5> kPublicWords = {"public", "publishable", "site", "pub",
                                                          "anon"};

constexpr std::array<std::string_view, 31> kForeignWords = {
    "smtp",     "mail",   "email",    "mailer",  "aws",      "openai",     "anthropic",
    "sentry",   "github", "gitlab",   "google",  "oauth",    "oauth2",     "oidc",
    "slack",    "twilio", "sendgrid", "mailgun", "postmark", "cloudflare", "recaptcha",
    "hcaptcha", "ldap",   "telegram", "discord", "paypal",   "license",    "azure",
    "gcp",      "saml",   "facebook"};

// Tokens whose issuers mark them as theirs: known by their form, whatever the setting is called.
constexpr std::array<std::string_view, 12> kForeignPrefixes = {
    "sk_live_", "rk_live_",    "rk_test_", "whsec_", "sk_test_", "AKIA",
    "ghp_",     "github_pat_", "xoxb-",    "xoxp-",  "SG.",      "sk-"};

// "DBPASS", "authtoken": written without a '_' between its words.
bool EndsLikeSecret(std::string_view word) {
  constexpr std::array<std::string_view, 5> kEndings = {"password", "passwd", "secret", "token",
                                                        "pwd"};
  constexpr std::array<std::string_view, 3> kOthers = {"bypass", "compass", "pass"};
  if (word.ends_with("pass")) return !Contains(kOthers, word);
  return std::ranges::any_of(kEndings, [&](auto ending) { return word.ends_with(ending); });
}

// A value nobody thought of: long, without a gap, letters and digits in it.
bool LooksRandom(std::string_view value) {
  if (value.size() < 20 || value.find_first_of(" :") != value.npos) return false;
  return std::ranges::any_of(value, IsDigit) &&
         std::ranges::any_of(value, [](char c) { return IsUpper(c) || IsLower(c); });
}

// The last word that carries meaning decides: PASSWORD_MIN_LENGTH is a length.
bool NamesSecret(const std::vector<std::string>& words) {
  std::size_t size = words.size();
  while (size > 0 && (words[size - 1] == "base" || words[size - 1] == "value" ||
                      std::ranges::all_of(words[size - 1], IsDigit)))
    --size;
  if (size == 0) return false;
  const std::string& last = words[size - 1];
  const std::string_view before = size > 1 ? std::string_view(words[size - 2]) : "";
  if (Contains(kSecretWords, last) || EndsLikeSecret(last)) return true;
  if (last != "key" && last != "keys") return false;
  for (std::size_t i = 0; i + 1 < size; ++i)
    if (Contains(kPublicWords, words[i])) return false;
  // "S3_ACCESS_KEY_ID" ends in another word; "KEY" alone says nothing.
  return Contains(kBeforeKey, before) || (size > 2 && Contains(kBeforeKey, words[size - 3])) ||
         (size > 1 && (words[0] == "secret" || words[0] == "app"));
}

bool IsSwitchOrNumber(std::string_view value) {
  constexpr std::array<std::string_view, 12> kSwitches = {
      "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "disabled", "enabled"};
  if (Contains(kSwitches, LowerAll(value))) return true;
  return value.size() <= 5 && std::ranges::all_of(value, IsDigit);
}

}  // namespace

std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> out;
  bool fresh = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!IsUpper(c) && !IsLower(c) && !IsDigit(c)) {
      fresh = true;
      continue;
    }
    if (i > 0 && IsUpper(c) && IsLower(name[i - 1])) fresh = true;
    if (fresh) out.emplace_back();
    fresh = false;
    out.back() += Lower(c);
  }
  return out;
}

bool IsSecretName(std::string_view name) { return NamesSecret(WordsOf(name)); }

bool LooksSecret(std::string_view name, std::string_view value) {
  if (value.empty() || IsSwitchOrNumber(value)) return false;
  if (value.find("PRIVATE KEY-----") != value.npos) return true;
  if (std::ranges::any_of(kForeignPrefixes, [&](std::string_view prefix) {
        return value.starts_with(prefix) && value.size() >= 16;
      }))
    return true;
  // A path, or a URL, which is looked at for the password in it.
  if (value.starts_with('/') || value.find("://") != value.npos) return false;
  if (IsSecretName(name)) return true;
  // "VAULT_KEY": a key of something; its value tells.
  const auto words = WordsOf(name);
  return !words.empty() && words.back() == "key" && LooksRandom(value) &&
         std::ranges::none_of(words, [](const auto& word) { return Contains(kPublicWords, word); });
}

bool IsForeignCredential(std::string_view name, std::string_view value) {
  for (std::string_view prefix : kForeignPrefixes)
    if (value.starts_with(prefix) && value.size() >= 16) return true;
  const auto words = WordsOf(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (Contains(kForeignWords, words[i])) return true;
    if (words[i] == "client" && i + 1 < words.size() && words[i + 1] == "secret") return true;
    if (words[i] == "api" && i > 0 && i + 1 < words.size() && words[i + 1] == "key") return true;
  }
  return false;
}

bool IsCommonWord(std::string_view value) {
  constexpr std::array<std::string_view, 16> kWords = {
      "password", "secret",    "postgres",  "mysql",   "mariadb",  "root",  "admin",    "default",
      "example",  "localhost", "wordpress", "mongodb", "rabbitmq", "minio", "database", "username"};
  return value.size() < 6 || Contains(kWords, LowerAll(value));
}

Span FindUrlPassword(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("://", from); at != text.npos; at = text.find("://", at + 3)) {
    const std::size_t start = at + 3;
    std::size_t stop = start;
    while (stop < text.size() && std::string_view("/ \n\t\"'?#,").find(text[stop]) == text.npos)
      ++stop;
    const std::string_view authority = text.substr(start, stop - start);
    const std::size_t host = authority.rfind('@');
    if (host == authority.npos) continue;
    const std::size_t colon = authority.find(':');
    if (colon == authority.npos || colon + 1 >= host) continue;
    return {start + colon + 1, host - colon - 1};
  }
  return {};
}

std::string UrlDecode(std::string_view text) {
  auto digit = [](char c) {
    if (IsDigit(c)) return c - '0';
    c = Lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace kl::importer
