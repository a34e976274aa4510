// What Caddy keeps on disk for its internal CA, made safe against two of its weaknesses (2.6.2):
// it does not start at all when a kill or a power cut left one of its files half written, and its
// cleaning at the start takes away the directory into which the first certificate is being written.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace kl::gateway {

// PEM of the root, relative to the storage.
inline constexpr char kRootCertificate[] = "pki/authorities/local/root.crt";

// Makes the directories of the domain's certificates, each with a file in it: the cleaning leaves
// those alone. (Without it about one first start in 200 had no certificate for a minute.)
Status PrepareStorage(const std::filesystem::path& storage, const std::string& domain);

// Only while no Caddy runs. Removes the leaf certificates, which are signed anew within
// milliseconds, and puts aside (".broken") a root or intermediate whose certificate and key are not
// both whole and of each other. A root that was ever served is whole, so visitors' trust stays.
Status RepairStorage(const std::filesystem::path& storage);

// Replaces the configuration in `directory`, caddy.json, as a whole.
Status WriteConfigFile(const std::filesystem::path& directory, const std::string& text);

}  // namespace kl::gateway
