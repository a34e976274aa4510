#include "adapters/gateway_caddy/storage.h"

#include <fstream>
#include <system_error>

#include "adapters/gateway_caddy/certificate.h"
#include "base/log.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

Status Checked(const std::error_code& error, const fs::path& path) {
  if (!error) return {};
  return Fail(ErrorKind::kUnavailable,
              "cannot prepare the gateway's storage: '" + path.string() + "': " + error.message());
}

// "<name>.crt" and "<name>.key" are both absent, or both whole and of each other.
bool IsSound(const fs::path& directory, const std::string& name) {
  const CertificatePair pair{directory / (name + ".crt"), directory / (name + ".key")};
  if (!fs::exists(pair.cert_file) && !fs::exists(pair.key_file)) return true;
  return CheckCertificate(pair, "").has_value();
}

Status PutAside(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path)) return {};
  fs::rename(path, path.string() + ".broken", error);
  return Checked(error, path);
}

Status RepairAuthority(const fs::path& directory) {
  const bool root = IsSound(directory, "root");
  if (root && IsSound(directory, "intermediate")) return {};
  Log(LogLevel::kWarn, "gateway's certificate authority was left half written and is made anew",
      {{"directory", directory.string()}, {"part", root ? "intermediate" : "root"}});
  for (const char* name : {"root.crt", "root.key", "intermediate.crt", "intermediate.key"}) {
    if (root && std::string_view(name).starts_with("root")) continue;
    KL_RETURN_IF_ERROR(PutAside(directory / name));
  }
  return {};
}

}  // namespace

Status PrepareStorage(const fs::path& storage, const std::string& domain) {
  for (const std::string& name : {"wildcard_." + domain, domain}) {
    const fs::path path = storage / "certificates/local" / name;
    std::error_code error;
    fs::create_directories(path, error);
    KL_RETURN_IF_ERROR(Checked(error, path));
    std::ofstream keep(path / "keep");
    keep.close();
    if (!keep) return Checked(std::make_error_code(std::errc::io_error), path / "keep");
  }
  return {};
}

Status RepairStorage(const fs::path& storage) {
  std::error_code error;
  const fs::path certificates = storage / "certificates";
  fs::remove_all(certificates, error);
  KL_RETURN_IF_ERROR(Checked(error, certificates));
  return RepairAuthority(storage / fs::path(kRootCertificate).parent_path());
}

Status WriteConfigFile(const fs::path& directory, const std::string& text) {
  const std::string path = directory / "caddy.json";
  const std::string fresh = path + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) {
    return Fail(ErrorKind::kUnavailable, "cannot write the gateway's configuration: " + fresh);
  }
  std::error_code error;
  fs::rename(fresh, path, error);
  if (!error) return {};
  return Fail(ErrorKind::kUnavailable,
              "cannot write the gateway's configuration: " + path + ": " + error.message());
}

}  // namespace kl::gateway
