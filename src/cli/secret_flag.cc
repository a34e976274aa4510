#include "cli/secret_flag.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

namespace kl::cli {

constexpr std::size_t kBytesMax = 64 << 10;

Result<SecretString> ReadSecretFlag(const std::string& text) {
  std::string value = text;
  if (text == "-") {
    std::getline(std::cin, value);
  } else if (text.starts_with('@')) {
    const std::string path = text.substr(1);
    std::ifstream in(path, std::ios::binary);
    value.assign(kBytesMax + 1, '\0');
    if (in) in.read(value.data(), static_cast<std::streamsize>(value.size()));
    if (!in.is_open() || in.bad() || (in.fail() && !in.eof()))
      return Fail(ErrorKind::kInvalid, path + " cannot be read: " + std::strerror(errno));
    value.resize(static_cast<std::size_t>(in.gcount()));
    if (value.size() > kBytesMax)
      return Fail(ErrorKind::kInvalid,
                  path + " is larger than " + std::to_string(kBytesMax) + " bytes");
  }
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  return SecretString(std::move(value));
}

}  // namespace kl::cli
