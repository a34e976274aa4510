// RSA keys for templates that ask for one.
#pragma once

#include <expected>
#include <string>

namespace kl::tmpl {

// A new private key as PEM ("BEGIN RSA PRIVATE KEY"). Takes 50 ms to seconds; its randomness is the
// cryptographic library's own. The error is one line.
std::expected<std::string, std::string> GenerateRsaKey(int bits);

// A text that looks like one, for checks.
std::string InventedRsaKey();

}  // namespace kl::tmpl
