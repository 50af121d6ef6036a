// Starts the program as a user would and holds its line.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace virtual_board::app {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline const std::string kProgram = VIRTUAL_BOARD;

inline std::string elf(const std::string& name) { return std::string(TEST_PROGRAMS) + "/" + name + ".elf"; }

inline std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

class ProgramTest : public testing::Test {
 protected:
  ~ProgramTest() override { close_line(); }

  // Starts the board and waits for its line.
  void start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kProgram);
    arguments.insert(arguments.end(), {"--link", link(), "--seed", "1"});
    child_ = std::make_unique<test::Child>(arguments, (dir_ / "log").string());
    for (int i = 0; i < 3'000 && !fs::is_symlink(link()) && child_->running(); ++i) ::usleep(10'000);
    ASSERT_TRUE(fs::is_symlink(link())) << log();
  }
  void open_line() {
    close_line();
    fd_ = ::open(link().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    ASSERT_GE(fd_, 0) << log();
  }
  void close_line() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void say(const std::string& text) {
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t size = ::write(fd_, text.data() + done, text.size() - done);
      if (size > 0) done += static_cast<size_t>(size);
      pollfd state{fd_, POLLOUT, 0};
      ASSERT_EQ(::poll(&state, 1, 20'000), 1);
    }
  }
  // What comes until it is as long as `size`, within 30 seconds.
  std::string hear(size_t size) {
    std::string text;
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (text.size() < size && std::chrono::steady_clock::now() < end) {
      pollfd state{fd_, POLLIN, 0};
      ::poll(&state, 1, 100);
      char buffer[4096];
      const ssize_t got = ::read(fd_, buffer, std::min(sizeof buffer, size - text.size()));
      if (got > 0) text.append(buffer, static_cast<size_t>(got));
    }
    return text;
  }
  // Listens until `text` has come; what came before it is of no interest.
  bool hear_out(const std::string& text) {
    std::string heard;
    while (!heard.ends_with(text)) {
      const std::string more = hear(1);
      if (more.empty()) {
        ADD_FAILURE() << "waited for " << text << ", heard " << heard;
        return false;
      }
      heard += more;
    }
    return true;
  }
  // Bytes that come before the program listens are lost, as on the real board: asks until there is an answer.
  void reach_echo() {
    std::string heard;
    for (int i = 10; i < 100; ++i) {
      const std::string mark = "#" + std::to_string(i) + "#";
      say(mark);
      for (int k = 0; k < 20; ++k) {
        pollfd state{fd_, POLLIN, 0};
        if (::poll(&state, 1, 50) == 1) heard += hear(1);
        while (::poll(&state, 1, 0) == 1) heard += hear(1);
        if (heard.ends_with(mark)) return;
      }
    }
    FAIL() << "no echo; heard " << heard;
  }
  int stop() {
    child_->send(SIGTERM);
    return child_->wait(20s);
  }
  [[nodiscard]] std::string link() const { return (dir_ / "tty").string(); }
  [[nodiscard]] std::string image() const { return (dir_ / "board.bin").string(); }
  [[nodiscard]] std::string log() const { return text_of(dir_ / "log"); }

  test::TempDir dir_;
  std::unique_ptr<test::Child> child_;
  int fd_ = -1;
};

}  // namespace virtual_board::app
