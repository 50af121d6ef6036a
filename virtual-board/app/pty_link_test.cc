#include "virtual-board/app/pty_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace virtual_board::app {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Host {
 public:
  explicit Host(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {}
  ~Host() { ::close(fd_); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  void write(const std::string& text) {
    ASSERT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What comes within 5 seconds, until it is as long as `size`; with 0 what comes within 50 ms.
  std::string read(size_t size) {
    std::string text;
    const auto end = std::chrono::steady_clock::now() + (size == 0 ? 50ms : 5000ms);
    while ((size == 0 || text.size() < size) && std::chrono::steady_clock::now() < end) {
      pollfd state{fd_, POLLIN, 0};
      ::poll(&state, 1, 10);
      char buffer[4096];
      const ssize_t got = ::read(fd_, buffer, sizeof buffer);
      if (got > 0) text.append(buffer, static_cast<size_t>(got));
    }
    return text;
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::span<const uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string wait_and_read(PtyLink& line, size_t size, int waits = 500) {
  sigset_t none;
  sigemptyset(&none);
  std::string text;
  for (int i = 0; i < waits && text.size() < size; ++i) {
    line.wait(10 * kMillisecond, true, none);
    for (const uint8_t byte : line.read(4096)) text += static_cast<char>(byte);
  }
  return text;
}

TEST(PtyLink, RawBothWays) {
  test::TempDir dir;
  auto line = PtyLink::open(dir / "tty");
  ASSERT_TRUE(line);
  Host host(dir / "tty");
  const std::string every("\x00\x03\x04\r\n\x11\x13\x7f\xff", 9);
  host.write(every);
  EXPECT_EQ(wait_and_read(*line, every.size()), every);
  line->write(bytes(every));
  EXPECT_EQ(host.read(every.size()), every);
  EXPECT_EQ(line->lost(), 0U);
}

TEST(PtyLink, HostsComeAndGo) {
  test::TempDir dir;
  auto line = PtyLink::open(dir / "tty");
  ASSERT_TRUE(line);
  for (int i = 0; i < 3; ++i) {
    line->write(bytes("nobody listens"));
    EXPECT_EQ(line->lost(), 14U * static_cast<unsigned>(i + 1));
    Host host(dir / "tty");
    EXPECT_EQ(host.read(0), "") << "a new host finds nothing old";
    termios settings{};
    ASSERT_EQ(tcgetattr(host.fd(), &settings), 0);
    EXPECT_EQ(settings.c_lflag & static_cast<tcflag_t>(ECHO | ICANON), 0U) << "still raw";
    host.write("hello");
    EXPECT_EQ(wait_and_read(*line, 5), "hello");
    line->write(bytes("answer"));
    EXPECT_EQ(host.read(6), "answer");
    // What is left unread, on its way or arrived, is not for the next one.
    line->write(bytes("unread"));
    if (i == 1) {
      EXPECT_EQ(wait_and_read(*line, 1, 5), "");
    }
  }
}

TEST(PtyLink, BytesOfAHostThatLeftAtOnceArrive) {
  test::TempDir dir;
  auto line = PtyLink::open(dir / "tty");
  ASSERT_TRUE(line);
  { Host(dir / "tty").write("gone"); }
  EXPECT_EQ(wait_and_read(*line, 4), "gone");
}

TEST(PtyLink, WaitEndsAtItsLimitAndNotBefore) {
  test::TempDir dir;
  auto line = PtyLink::open(dir / "tty");
  ASSERT_TRUE(line);
  sigset_t none;
  sigemptyset(&none);
  for (const bool host_there : {false, true}) {
    std::unique_ptr<Host> host = host_there ? std::make_unique<Host>(dir / "tty") : nullptr;
    const auto start = std::chrono::steady_clock::now();
    line->wait(15 * kMillisecond, true, none);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 15ms) << host_there;
  }
}

TEST(PtyLink, AHostThatDoesNotReadLosesTheOldest) {
  test::TempDir dir;
  auto line = PtyLink::open(dir / "tty");
  ASSERT_TRUE(line);
  Host host(dir / "tty");
  const std::string block(1024, 'x');
  for (int i = 0; i < 200; ++i) line->write(bytes(block));
  EXPECT_GT(line->lost(), 0U);
  EXPECT_LT(line->lost(), 200U * 1024 - PtyLink::kMostUnsent);
  EXPECT_FALSE(host.read(1).empty());
}

TEST(PtyLink, LinkIsReplacedAndRemoved) {
  test::TempDir dir;
  fs::create_symlink("/nowhere", dir / "tty");
  {
    auto line = PtyLink::open(dir / "tty");
    ASSERT_TRUE(line);
    EXPECT_EQ(fs::read_symlink(dir / "tty"), line->path());
  }
  EXPECT_FALSE(fs::is_symlink(dir / "tty"));
  auto first = PtyLink::open(dir / "tty");
  ASSERT_TRUE(first);
  auto second = std::make_unique<base::Outcome<PtyLink>>(PtyLink::open(dir / "tty"));
  ASSERT_TRUE(*second);
  const std::string path = (*second)->path();
  { const PtyLink gone = std::move(*first); }
  EXPECT_EQ(fs::read_symlink(dir / "tty"), path) << "another board's link stays";
}

TEST(PtyLink, WhatIsNoLinkIsNotTouched) {
  test::TempDir dir;
  std::ofstream(dir / "file") << "precious";
  const auto line = PtyLink::open(dir / "file");
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, base::ErrorCode::kIo);
  EXPECT_NE(line.error().to_string().find("file"), std::string::npos);
  std::string text;
  std::ifstream(dir / "file") >> text;
  EXPECT_EQ(text, "precious");
  EXPECT_FALSE(PtyLink::open(dir / "missing" / "tty"));
}

}  // namespace
}  // namespace virtual_board::app
