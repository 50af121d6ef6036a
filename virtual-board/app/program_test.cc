// The program as a user starts it, with programs for the chip that know nothing of this project.
#include "virtual-board/app/program_test_support.h"

namespace virtual_board::app {
namespace {

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
  child_->send(SIGUSR1);  // the reset button
  EXPECT_TRUE(hear_out("boot 3\n"));
  child_->send(SIGUSR2);  // the power switch
  EXPECT_TRUE(hear_out("boot 4\n"));
  EXPECT_EQ(stop(), 0);
  EXPECT_NE(log().find("the chip was reset"), std::string::npos) << log();
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

}  // namespace
}  // namespace virtual_board::app
