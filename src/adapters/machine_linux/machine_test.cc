#include "adapters/machine_linux/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace kl {
namespace {

TEST(LinuxMachine, ReadsWhatTheKernelTells) {
  const std::string proc = std::filesystem::temp_directory_path() / "kl-machine-test";
  std::filesystem::create_directories(proc);
  std::ofstream(proc + "/meminfo") << "MemTotal:       4096 kB\nMemFree:        100 kB\n"
                                      "MemAvailable:   1024 kB\nHugePages_Total:       0\n";
  std::ofstream(proc + "/loadavg") << "1.25 0.50 0.10 2/300 4242\n";
  LinuxMachine machine(proc, proc);
  const auto has = machine.Has();
  const auto used = machine.Used();
  std::filesystem::remove_all(proc);
  ASSERT_TRUE(has && used);
  EXPECT_EQ(has->memory_bytes, 4096 * 1024);
  EXPECT_EQ(used->memory_bytes, 3072 * 1024);
  EXPECT_EQ(used->cpu_millis, 1250);
  EXPECT_GE(has->cpu_millis, 1000);
  EXPECT_GT(has->storage_bytes, used->storage_bytes);
}

TEST(LinuxMachine, IsTheOneThisTestRunsOn) {
  LinuxMachine machine(std::filesystem::temp_directory_path());
  const auto has = machine.Has();
  const auto used = machine.Used();
  ASSERT_TRUE(has && used);
  EXPECT_GT(used->memory_bytes, 0);
  EXPECT_LT(used->memory_bytes, has->memory_bytes);
}

TEST(LinuxMachine, WhatCannotBeReadIsAnError) {
  LinuxMachine machine("/", "/nowhere");
  ASSERT_FALSE(machine.Used());
  EXPECT_EQ(machine.Used().error().kind, ErrorKind::kUnavailable);
  LinuxMachine another("/nowhere");
  ASSERT_FALSE(another.Has());
}

}  // namespace
}  // namespace kl
