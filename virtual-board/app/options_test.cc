#include "virtual-board/app/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace virtual_board::app {
namespace {

ParsedOptions parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "virtual-board");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, Everything) {
  const auto parsed = parse({"--firmware", "a.elf",  "--image", "b.bin", "--link",
                             "tty",        "--seed", "7",       "--uid", "00112233445566778899aabb",
                             "--cut-at",   "12",     "--cut",   "torn",  "--no-hse",
                             "--run-for",  "1.5",    "--pace",  "all",   "--figures"});
  ASSERT_TRUE(parsed.options) << parsed.text;
  const Options& options = *parsed.options;
  EXPECT_EQ(options.firmware, "a.elf");
  EXPECT_EQ(options.image, "b.bin");
  EXPECT_EQ(options.link, "tty");
  EXPECT_EQ(options.seed, 7U);
  ASSERT_TRUE(options.unique_id);
  EXPECT_EQ((*options.unique_id)[0], 0x00);
  EXPECT_EQ((*options.unique_id)[11], 0xBB);
  EXPECT_EQ(options.cut_at, 12U);
  EXPECT_EQ(options.cut, Cut::kTorn);
  EXPECT_FALSE(options.hse);
  EXPECT_EQ(options.run_for, 1'500 * kMillisecond);
  EXPECT_EQ(options.pace, Pace::Mode::kAll);
  EXPECT_TRUE(options.figures);
  EXPECT_FALSE(options.flash_only);
}

TEST(Options, Defaults) {
  const auto parsed = parse({});
  ASSERT_TRUE(parsed.options);
  EXPECT_TRUE(parsed.options->hse);
  EXPECT_FALSE(parsed.options->seed);
  EXPECT_FALSE(parsed.options->cut_at);
  EXPECT_FALSE(parsed.options->run_for);
  EXPECT_EQ(parsed.options->pace, Pace::Mode::kWaiting);
}

TEST(Options, WhatIsWrongIsRefused) {
  const std::vector<std::vector<const char*>> wrong{{"--nonsense"},
                                                    {"extra"},
                                                    {"--cut-at", "x"},
                                                    {"--cut-at", "-1"},
                                                    {"--cut", "torn"},
                                                    {"--flash-only"},
                                                    {"--uid", "0011"},
                                                    {"--uid", "zz112233445566778899aabb"},
                                                    {"--run-for", "0"},
                                                    {"--pace", "fast"},
                                                    {"--flash-only", "--firmware", "a.elf"},
                                                    {"--cut-at", "99999999999999999999"},
                                                    {"--cut-at", "1", "--cut", "half"}};
  for (const auto& arguments : wrong) {
    const auto parsed = parse(arguments);
    EXPECT_FALSE(parsed.options) << arguments[0];
    EXPECT_EQ(parsed.exit_code, kExitUsage) << arguments[0];
    EXPECT_FALSE(parsed.text.empty()) << arguments[0];
  }
}

TEST(Options, HelpNamesEveryOption) {
  const auto parsed = parse({"--help"});
  EXPECT_FALSE(parsed.options);
  EXPECT_EQ(parsed.exit_code, 0);
  for (const char* option : {"--firmware", "--image", "--link", "--seed", "--uid", "--cut-at", "--cut", "--no-hse",
                             "--flash-only", "--unprotect", "--run-for", "--pace", "--figures", "SIGUSR1"}) {
    EXPECT_NE(parsed.text.find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace virtual_board::app
