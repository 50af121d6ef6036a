// What the program refuses, and how it says so.
#include "virtual-board/app/program_test_support.h"

namespace virtual_board::app {
namespace {

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
}  // namespace virtual_board::app
