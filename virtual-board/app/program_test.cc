// The program as a user starts it, with programs for the chip that know nothing of this project.
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

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string kProgram = VIRTUAL_BOARD;

std::string elf(const std::string& name) { return std::string(TEST_PROGRAMS) + "/" + name + ".elf"; }

std::string text_of(const fs::path& path) {
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

TEST_F(ProgramTest, PollingEcho) {
  start({"--firmware", elf("echo_polling")});
  open_line();
  reach_echo();
  std::string sent;
  for (int i = 0; i < 3'000; ++i) sent += static_cast<char>(i * 7);
  say(sent);
  EXPECT_EQ(hear(sent.size()), sent);
  EXPECT_EQ(stop(), 0) << log();
  EXPECT_FALSE(fs::exists(fs::symlink_status(link())));
}

TEST_F(ProgramTest, DmaEchoAndHostsThatComeAndGo) {
  start({"--firmware", elf("echo_dma"), "--figures"});
  std::string sent(2'000, 'a');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 26);
  std::string upper = sent;
  for (char& c : upper) c = static_cast<char>(c - 32);
  for (int i = 0; i < 3; ++i) {
    open_line();
    reach_echo();
    say(sent);
    EXPECT_EQ(hear(sent.size()), upper) << i;
    close_line();
  }
  EXPECT_EQ(stop(), 0) << log();
  EXPECT_NE(log().find("\"overruns\": 0"), std::string::npos) << log();
  EXPECT_NE(log().find("\"baud\": 913043"), std::string::npos) << log();
  EXPECT_NE(log().find("\"end\": \"ended\""), std::string::npos) << log();
}

// A program that waits for its host must not see more time pass than the host does.
TEST_F(ProgramTest, VirtualTimeDoesNotRunAheadWhileTheProgramSleeps) {
  start({"--firmware", elf("echo_dma")});
  open_line();
  reach_echo();
  const auto milliseconds = [this] {
    say("T\n");
    std::string text;
    while (!text.ends_with('\n')) text += hear(1);
    return std::stoul(text);
  };
  const auto begin = std::chrono::steady_clock::now();
  const unsigned long first = milliseconds();
  ::usleep(400'000);
  const unsigned long second = milliseconds();
  const auto real =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LE(second - first, static_cast<unsigned long>(real) + 5);
  EXPECT_GT(second, first);
  EXPECT_EQ(stop(), 0);
}

// Processor time, which other load of this computer does not lengthen: an idle board has next to none.
TEST_F(ProgramTest, AnIdleBoardCostsNextToNothing) {
  start({"--firmware", elf("asleep")});
  const auto ticks = [this] {
    std::ifstream stat("/proc/" + std::to_string(child_->pid()) + "/stat");
    std::string word;
    for (int i = 0; i < 13; ++i) stat >> word;
    unsigned long user = 0;
    unsigned long system = 0;
    stat >> user >> system;
    return user + system;
  };
  ::usleep(300'000);  // it may still be starting
  const unsigned long before = ticks();
  ::usleep(1'000'000);
  EXPECT_LE(ticks() - before, 3U) << "hundredths of a second in one second";
  EXPECT_EQ(stop(), 0);
}

TEST_F(ProgramTest, TheImageOutlivesTheProgramAndResetsAreSurvived) {
  start({"--firmware", elf("boots"), "--image", image()});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 1\n"));
  say("r");
  EXPECT_TRUE(hear_out("boot 2\n"));
  EXPECT_NE(log().find("the chip was reset"), std::string::npos) << log();
  child_->send(SIGUSR1);  // the reset button
  EXPECT_TRUE(hear_out("boot 3\n"));
  child_->send(SIGUSR2);  // the power switch
  EXPECT_TRUE(hear_out("boot 4\n"));
  EXPECT_EQ(stop(), 0);
  // Without --firmware: what is in the image.
  start({"--image", image()});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 5\n"));
  EXPECT_EQ(stop(), 0);
  // Flashing again touches the program's own sector only.
  const auto flashed = test::run({kProgram, "--flash-only", "--firmware", elf("boots"), "--image", image()});
  EXPECT_EQ(flashed.exit_code, 0) << flashed.err;
  start({"--image", image()});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 6\n"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ProgramTest, PowerCutsStrikeAtTheirOperation) {
  // Operation 0 is the first word that the program writes.
  auto cut = test::run(
      {kProgram, "--firmware", elf("boots"), "--image", image(), "--seed", "1", "--cut-at", "0", "--figures"});
  EXPECT_EQ(cut.exit_code, 3) << cut.err;
  EXPECT_NE(cut.out.find("\"end\": \"power-cut\""), std::string::npos) << cut.out;
  EXPECT_NE(cut.out.find("\"units-programmed\": 1"), std::string::npos) << cut.out;
  start({"--image", image(), "--cut-at", "2", "--cut", "torn"});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 2\n")) << "the cut left the whole word";
  say("n");
  EXPECT_TRUE(hear_out("boot 3\n"));
  say("n");
  EXPECT_EQ(child_->wait(20s), 3) << log();
  EXPECT_NE(log().find("cut at flash operation 2"), std::string::npos) << log();
  EXPECT_FALSE(fs::exists(fs::symlink_status(link())));
  // What a torn word leaves is no whole one.
  start({"--image", image()});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 4\n"));
  EXPECT_EQ(stop(), 0);
}

TEST_F(ProgramTest, ProtectedChipsAreFlashedOnlyOnceUnprotected) {
  start({"--firmware", elf("boots"), "--image", image()});
  open_line();
  say("p");
  EXPECT_TRUE(hear_out("boot 1\n"));
  say("?");
  EXPECT_TRUE(hear_out("boot 1\n"));
  EXPECT_EQ(stop(), 0);
  const auto refused = test::run({kProgram, "--flash-only", "--firmware", elf("boots"), "--image", image()});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("protection"), std::string::npos) << refused.err;
  const auto taken =
      test::run({kProgram, "--unprotect", "--flash-only", "--firmware", elf("boots"), "--image", image()});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  start({"--image", image()});
  open_line();
  say("?");
  EXPECT_TRUE(hear_out("boot 1\n")) << "all of flash was erased";
  EXPECT_EQ(stop(), 0);
}

TEST_F(ProgramTest, LockUpSaysWhere) {
  start({"--firmware", elf("boots"), "--image", image()});
  open_line();
  say("c");
  EXPECT_EQ(child_->wait(20s), 1) << log();
  EXPECT_NE(log().find("lock-up: "), std::string::npos) << log();
}

TEST_F(ProgramTest, ClocksThatAChipCannotRunAtAreTold) {
  const auto result = test::run({kProgram, "--firmware", elf("overclocked"), "--run-for", "0.1", "--pace", "never"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("0 wait states"), std::string::npos) << result.err;
}

TEST_F(ProgramTest, AnEmptyChipLocksUp) {
  const auto empty = test::run({kProgram, "--seed", "1", "--figures"});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_NE(empty.out.find("\"trouble\": "), std::string::npos) << empty.out;
}

// Whether anybody is at the line or not, and without a moment of waiting.
TEST_F(ProgramTest, ABusyBoardEndsWhenToldTo) {
  for (const bool host : {false, true}) {
    for (const char* pace : {"never", "waiting"}) {
      start({"--firmware", elf("overclocked"), "--pace", pace});
      if (host) open_line();
      ::usleep(50'000);
      EXPECT_EQ(stop(), 0) << pace << host;
    }
  }
}

TEST_F(ProgramTest, RunForIsVirtualTime) {
  const auto result =
      test::run({kProgram, "--firmware", elf("asleep"), "--run-for", "3600", "--pace", "never", "--figures"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\"virtual-seconds\": 3600.000"), std::string::npos) << result.out;
}

TEST_F(ProgramTest, TheSameSeedIsTheSameRun) {
  const auto run = [](const char* seed) {
    return test::run({kProgram, "--firmware", elf("boots"), "--run-for", "0.1", "--pace", "never", "--seed", seed,
                      "--figures"})
        .out;
  };
  EXPECT_EQ(run("5"), run("5"));
  EXPECT_FALSE(run("5").empty());
}

TEST_F(ProgramTest, UniqueId) {
  const std::string id = "0102030405060708090a0b0c";
  EXPECT_EQ(
      test::run({kProgram, "--flash-only", "--firmware", elf("asleep"), "--image", image(), "--uid", id}).exit_code, 0);
  EXPECT_NE(text_of(image()).find(std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12)),
            std::string::npos);
  EXPECT_EQ(
      test::run({kProgram, "--flash-only", "--firmware", elf("asleep"), "--image", image(), "--uid", id}).exit_code, 0);
  const auto other = test::run(
      {kProgram, "--flash-only", "--firmware", elf("asleep"), "--image", image(), "--uid", "ff" + id.substr(2)});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_NE(other.err.find("unique id"), std::string::npos) << other.err;
}

TEST_F(ProgramTest, WrongArguments) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--nonsense"},
                                                    {"--cut", "torn"},
                                                    {"--flash-only"},
                                                    {"--uid", "12"},
                                                    {"--cut-at", "soon"}}) {
    std::vector<std::string> command = arguments;
    command.insert(command.begin(), kProgram);
    const auto result = test::run(command);
    EXPECT_EQ(result.exit_code, 2) << arguments[0];
    EXPECT_FALSE(result.err.empty()) << arguments[0];
    EXPECT_TRUE(result.out.empty()) << arguments[0];
  }
  EXPECT_EQ(test::run({kProgram, "--help"}).exit_code, 0);
}

TEST_F(ProgramTest, WhatCannotBeUsedIsNamed) {
  const auto expect_trouble = [](const std::vector<std::string>& arguments, const std::string& named) {
    std::vector<std::string> command = arguments;
    command.insert(command.begin(), kProgram);
    const auto result = test::run(command);
    EXPECT_EQ(result.exit_code, 4) << named;
    EXPECT_NE(result.err.find(named), std::string::npos) << result.err;
  };
  expect_trouble({"--firmware", dir_ / "missing.elf"}, "missing.elf");
  std::ofstream(dir_ / "garbage.elf") << "this is no program, but it is long enough to look for a header in it";
  expect_trouble({"--firmware", dir_ / "garbage.elf"}, "garbage.elf");
  expect_trouble({"--firmware", kProgram}, "virtual-board");  // an ELF for this computer
  std::string cut = text_of(elf("echo_dma"));
  std::ofstream(dir_ / "cut.elf") << cut.substr(0, cut.size() / 8);
  expect_trouble({"--firmware", dir_ / "cut.elf"}, "cut.elf");
  std::ofstream(dir_ / "image") << "no image of a board";
  expect_trouble({"--firmware", elf("asleep"), "--image", dir_ / "image"}, "image");
  expect_trouble({"--firmware", elf("asleep"), "--image", "/nowhere/board.bin"}, "/nowhere/board.bin");
  expect_trouble({"--firmware", elf("asleep"), "--link", dir_ / "image"}, "image");
  EXPECT_EQ(text_of(dir_ / "image"), "no image of a board");
}

TEST_F(ProgramTest, ABoardIsOneProcessOnly) {
  start({"--firmware", elf("asleep"), "--image", image()});
  const auto second = test::run({kProgram, "--image", image(), "--run-for", "1"});
  EXPECT_EQ(second.exit_code, 4) << second.err;
  EXPECT_EQ(stop(), 0);
}

}  // namespace
