// Tells by its name and its value whether a setting is a secret: rules of thumb, in one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kl::importer {

// "DB_PASSWORD", "dbPassword" and "db.password" are the words db, password.
std::vector<std::string> WordsOf(std::string_view name);

// Whether a value under this name must not be copied. An empty one, a switch ("yes"), a short
// number and the path of a file are no secrets, whatever they are called.
bool LooksSecret(std::string_view name, std::string_view value);

// Whether the name alone says so: for a variable nobody gave a value.
bool IsSecretName(std::string_view name);

// Whether it opens an account elsewhere (a mail relay, a cloud), so that an invented value would
// open nothing.
bool IsForeignCredential(std::string_view name, std::string_view value);

// Whether the value is too common a word to be searched for in other texts.
bool IsCommonWord(std::string_view value);

// The password in "scheme://user:password@host/...": its place in `text` from `from` on, or an
// empty one at npos.
struct Span {
  std::size_t begin = std::string_view::npos;
  std::size_t size = 0;
};
Span FindUrlPassword(std::string_view text, std::size_t from);

// "%40" is "@".
std::string UrlDecode(std::string_view text);

}  // namespace kl::importer
