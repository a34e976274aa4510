#include "adapters/machine_linux/machine.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <map>

namespace kl {
namespace {

// "MemTotal:       24683712 kB", in bytes.
Result<std::map<std::string, std::int64_t>> ReadMeminfo(const std::string& proc) {
  std::ifstream in(proc + "/meminfo");
  std::map<std::string, std::int64_t> out;
  std::string name, unit;
  for (std::int64_t kilobytes = 0; in >> name >> kilobytes; std::getline(in, unit)) {
    out[name] = kilobytes * 1024;
  }
  if (!out.contains("MemTotal:") || !out.contains("MemAvailable:"))
    return Fail(ErrorKind::kUnavailable, proc + "/meminfo cannot be read");
  return out;
}

struct Disk {
  std::int64_t total = 0;
  std::int64_t used = 0;
};

Result<Disk> ReadDisk(const std::string& path) {
  struct statvfs disk{};
  if (::statvfs(path.c_str(), &disk) != 0)
    return Fail(ErrorKind::kUnavailable, "file system of " + path + " cannot be asked");
  const auto block = static_cast<std::int64_t>(disk.f_frsize);
  return Disk{.total = static_cast<std::int64_t>(disk.f_blocks) * block,
              .used = static_cast<std::int64_t>(disk.f_blocks - disk.f_bfree) * block};
}

}  // namespace

Result<Amounts> LinuxMachine::Has() {
  KL_TRY(const auto memory, ReadMeminfo(proc_));
  KL_TRY(const Disk disk, ReadDisk(storage_));
  return Amounts{.cpu_millis = std::int64_t{::sysconf(_SC_NPROCESSORS_ONLN)} * 1000,
                 .memory_bytes = memory.at("MemTotal:"),
                 .storage_bytes = disk.total};
}

Result<Amounts> LinuxMachine::Used() {
  KL_TRY(const auto memory, ReadMeminfo(proc_));
  KL_TRY(const Disk disk, ReadDisk(storage_));
  double load = 0;
  if (std::ifstream in(proc_ + "/loadavg"); !(in >> load))
    return Fail(ErrorKind::kUnavailable, proc_ + "/loadavg cannot be read");
  return Amounts{.cpu_millis = std::llround(load * 1000),
                 .memory_bytes = memory.at("MemTotal:") - memory.at("MemAvailable:"),
                 .storage_bytes = disk.used};
}

}  // namespace kl
