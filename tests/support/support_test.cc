#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/line.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace test {
namespace {

TEST(Process, GivesOutputExitCodeAndInput) {
  const auto result = run({"sh", "-c", "cat; echo oops >&2; exit 3"}, {.input = "hello"});
  EXPECT_EQ(result.out, "hello");
  EXPECT_EQ(result.err, "oops\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST(Process, EndsWhatRunsTooLong) {
  const auto result = run({"sleep", "60"}, {.limit = std::chrono::milliseconds(50)});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, 9);
}

TEST(Process, ChildIsKilledAndReaped) {
  TempDir dir;
  pid_t pid = 0;
  {
    Child child({"sleep", "60"}, (dir / "log").string());
    pid = child.pid();
    EXPECT_TRUE(child.running());
  }
  EXPECT_NE(kill(pid, 0), 0);
}

// The device's side of a line: a pseudo-terminal whose master the test holds.
struct DeviceEnd {
  DeviceEnd() {
    char name[128];
    if (openpty(&master, &slave, name, nullptr, nullptr) != 0) return;
    termios settings{};
    tcgetattr(slave, &settings);
    cfmakeraw(&settings);
    tcsetattr(slave, TCSANOW, &settings);
    path = name;
  }
  ~DeviceEnd() {
    close(master);
    close(slave);
  }
  int master = -1;
  int slave = -1;
  std::string path;
};

base::Bytes read_for(int fd, size_t count) {
  base::Bytes all;
  pollfd ready{fd, POLLIN, 0};
  while (all.size() < count && poll(&ready, 1, 2000) > 0) {
    uint8_t buffer[1024];
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0) break;
    all.insert(all.end(), buffer, buffer + n);
  }
  return all;
}

TEST(Line, CarriesBothWaysUnchangedWithoutFaults) {
  DeviceEnd device;
  Line line(device.path, {});
  const int host = open(line.host_path().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(host, 0);
  const base::Bytes sent = {0, 1, 3, 13, 10, 17, 255};
  ASSERT_EQ(write(host, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  EXPECT_EQ(read_for(device.master, sent.size()), sent);
  ASSERT_EQ(write(device.master, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  EXPECT_EQ(read_for(host, sent.size()), sent);
  EXPECT_EQ(line.counts().to_device, sent.size());
  close(host);
}

TEST(Line, DamagesFromItsSeed) {
  DeviceEnd device;
  Line line(device.path, {.seed = 7, .faults = {.flip = 500'000}});
  const int host = open(line.host_path().c_str(), O_RDWR | O_NOCTTY);
  const base::Bytes sent(200, 0x55);
  ASSERT_EQ(write(host, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  const base::Bytes got = read_for(device.master, sent.size());
  EXPECT_EQ(got.size(), sent.size());
  EXPECT_NE(got, sent);
  EXPECT_GT(line.counts().faults, 50U);
  close(host);
}

}  // namespace
}  // namespace test
