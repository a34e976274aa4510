#include "adapters/engine_docker/instance_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kl::docker {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

std::unexpected<Error> FromErrno(const std::string& path) {
  const int error = errno;
  const auto kind = error == ENOSPC ? ErrorKind::kExhausted : ErrorKind::kInternal;
  return Fail(kind, "instance file: " + path + ": " + std::strerror(error));
}

Status WriteTo(const std::string& path, std::string_view content, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FromErrno(path);
  Status status;
  if (fchmod(fd, mode) != 0) status = FromErrno(path);
  while (status && !content.empty()) {
    const ssize_t put = write(fd, content.data(), content.size());
    if (put <= 0) {
      status = FromErrno(path);
    } else {
      content.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  close(fd);
  return status;
}

// Whole or not at all, under the final name.
Status Replace(const std::string& path, std::string_view content, mode_t mode) {
  if (const auto old = ReadAll(path); old && *old == content) {
    if (chmod(path.c_str(), mode) != 0) return FromErrno(path);
    return {};
  }
  const std::string unfinished = path + ".new";
  KL_RETURN_IF_ERROR(WriteTo(unfinished, content, mode));
  if (rename(unfinished.c_str(), path.c_str()) != 0) return FromErrno(path);
  return {};
}

Status MakeDirectories(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return Fail(ErrorKind::kInternal, "instance file: " + path + ": " + code.message());
  return {};
}

std::optional<InstanceRecord> ParseRecord(const std::string& text) {
  InstanceRecord record;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string key = line.substr(0, space);
    const std::string value = line.substr(space + 1);
    if (key == "service") record.service = value;
    if (key == "subscription") record.subscription = value;
    if (key == "spec-digest") record.spec_digest = value;
    if (key == "ports") record.ports = ParsePorts(value);
    if (key == "storage") record.has_storage = value == "yes";
  }
  if (record.service.empty()) return std::nullopt;
  return record;
}

}  // namespace

std::string HostsText(const AppSpec& spec) {
  std::string text =
      "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.0.1 " + spec.name.str() + "\n";
  for (const auto& member : spec.members) {
    if (member.name != spec.name.str()) text += "127.0.0.1 " + member.name + "\n";
  }
  for (const auto& [name, address] : spec.extra_hosts) text += address + " " + name + "\n";
  return text;
}

Status InstanceFiles::Prepare() const {
  if (auto made = MakeDirectories(root_); !made) {
    return Fail(ErrorKind::kUnavailable, made.error().message);
  }
  if (chmod(root_.c_str(), 0700) != 0) {
    return Fail(ErrorKind::kUnavailable, root_ + ": " + std::strerror(errno));
  }
  return {};
}

std::string InstanceFiles::FilePath(const AppSpec& spec, const Member& member,
                                    std::size_t index) const {
  return root_ + "/" + spec.uid.str() + "/files/" + member.name + "/" + std::to_string(index);
}

Status InstanceFiles::Write(const AppSpec& spec) const {
  KL_RETURN_IF_ERROR(MakeDirectories(root_ + "/" + spec.uid.str()));
  const std::string hosts = HostsPath(spec.uid);
  const std::string text = HostsText(spec);
  if (ReadAll(hosts) != text) KL_RETURN_IF_ERROR(WriteTo(hosts, text, 0644));
  for (const auto& member : spec.members) {
    if (member.files.empty()) continue;
    KL_RETURN_IF_ERROR(MakeDirectories(fs::path(FilePath(spec, member, 0)).parent_path().string()));
    for (std::size_t i = 0; i < member.files.size(); ++i) {
      const auto& file = member.files[i];
      KL_RETURN_IF_ERROR(
          Replace(FilePath(spec, member, i), file.content.Reveal(), file.mode & 07777));
    }
  }
  return {};
}

Status InstanceFiles::WriteRecord(const InstanceRecord& record) const {
  const std::string directory = root_ + "/" + record.uid.str();
  KL_RETURN_IF_ERROR(MakeDirectories(directory));
  std::string text = "service " + record.service + "\nspec-digest " + record.spec_digest + "\n";
  if (!record.subscription.empty()) text += "subscription " + record.subscription + "\n";
  if (!record.ports.empty()) text += "ports " + PortsText(record.ports) + "\n";
  if (record.has_storage) text += "storage yes\n";
  return Replace(directory + "/record", text, 0600);
}

std::optional<InstanceRecord> InstanceFiles::ReadRecord(const ServiceUid& uid) const {
  const auto text = ReadAll(root_ + "/" + uid.str() + "/record");
  if (!text) return std::nullopt;
  auto record = ParseRecord(*text);
  if (record) record->uid = uid;
  return record;
}

std::vector<InstanceRecord> InstanceFiles::Records() const {
  std::vector<InstanceRecord> records;
  std::error_code code;
  for (fs::directory_iterator it(root_, code), end; !code && it != end; it.increment(code)) {
    if (auto record = ReadRecord(ServiceUid(it->path().filename().string()))) {
      records.push_back(std::move(*record));
    }
  }
  return records;
}

Status InstanceFiles::Remove(const ServiceUid& uid) const {
  std::error_code code;
  const std::string path = root_ + "/" + uid.str();
  fs::remove_all(path, code);
  if (code) return Fail(ErrorKind::kInternal, "instance file: " + path + ": " + code.message());
  return {};
}

}  // namespace kl::docker
