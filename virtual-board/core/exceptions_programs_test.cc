// Exceptions as programs see them: the programs are in testdata/, named as the tests say.
#include <algorithm>

#include "virtual-board/core/program_test_support.h"

namespace virtual_board::test {
namespace {

using Log = std::vector<uint32_t>;

TEST(Exceptions, PrioritiesDecideOnPreemption) {
  const Log expected{1,    0x10, 0x20, 0x11, 0x30, 2,  // IRQ1 preempts IRQ0, IRQ2 does not
                     3,    0x40, 0x20, 4,              // BASEPRI 0x40 holds IRQ1 back until it is 0
                     0x11, 0x20, 5,                    // PRIMASK too: 17 is pending meanwhile
                     6};                               // pending, not enabled: never
  EXPECT_EQ(ProgramBoard("masks").run(), expected);
}

TEST(Exceptions, SysTickComesEveryThousandCycles) {
  const Log counts = ProgramBoard("systick").run();
  ASSERT_EQ(counts.size(), 4U);
  for (size_t i = 1; i < counts.size(); i++) {
    // The loop that is interrupted may be in an instruction of a few cycles.
    EXPECT_NEAR(counts[i] - counts[i - 1], 1000, 5);
  }
}

TEST(Exceptions, SupervisorCallStacksAndReturnsToTheProcessStack) {
  const Log log = ProgramBoard("supervisor").run();
  const Log expected{0x2000'8000, 0xFFFF'FFFF,  // SP and LR after the reset
                     0xFFFF'FFFD, 11,           // EXC_RETURN: thread, process stack; IPSR
                     0,                         // CONTROL.SPSEL is 0 in handlers
                     0x2000'3FE0, 0x200,        // the frame, moved to a multiple of 8, which bit 9 tells
                     42,                        // found through the stacked PC
                     0x51,        0x52,         // PendSV behind it
                     1,           77,           // R0 as it was, R1 as the handler put it into the frame
                     0x6000'0000,               // flags restored
                     0x2000'4004, 2};           // SP and CONTROL too
  EXPECT_EQ(log, expected);
}

TEST(Exceptions, VectorTableAndCodeInSram) {
  const Log expected{8,           7,    // the handler in flash
                     0x2000'0200, 9,    // the one in SRAM
                     42,          43};  // code that is written over runs as it is now
  EXPECT_EQ(ProgramBoard("relocate").run(), expected);
}

TEST(Exceptions, FloatingPointRegistersAreStackedAndRestored) {
  const Log expected{0xFFFF'FFE9, 0x2000'8000 - 26 * 4,  // extended frame; 0x...98 is a multiple of 8
                     0x3FC0'0000, 0x4040'0000,          0x3FC0'0000, 0x2000'8000};
  EXPECT_EQ(ProgramBoard("floating").run(), expected);
}

TEST(Exceptions, EveryFaultHasItsStatusAndItsAddress) {
  ProgramBoard board("faults");
  const Log log = board.run();
  // BusFault: IPSR, CFSR (PRECISERR, BFARVALID), BFAR, PC of the instruction.
  const auto has = [&log](std::initializer_list<uint32_t> part) {
    return std::search(log.begin(), log.end(), part.begin(), part.end()) != log.end();
  };
  ASSERT_EQ(log.size(), 44U);
  EXPECT_EQ(Log(log.begin(), log.begin() + 4), (Log{1, 5, 0x8200, 0x6000'0000}));
  EXPECT_EQ(log[5], 5U) << "the register that a failed read would have set";
  EXPECT_TRUE(has({2, 5, 0x8200, 0xA000'0010}));
  EXPECT_TRUE(has({3, 5, 0x8200, 0x4003'0000}));
  EXPECT_EQ(log[16], 6U) << "the register that a failed read of a peripheral would have set";
  EXPECT_TRUE(has({4, 5, 0x8200, 0x6000'0000}));
  EXPECT_TRUE(has({1, 0, 5})) << "IT block: R6 and R7 after the faulting instruction ran again";
  EXPECT_TRUE(has({5, 6, 0x1'0000})) << "UNDEFINSTR";
  EXPECT_TRUE(has({6, 6, 0x8'0000})) << "NOCP";
  EXPECT_TRUE(has({7, 4, 1, 0x4000'0000})) << "IACCVIOL";
  EXPECT_TRUE(has({8, 6, 0x2'0000, 0x0800'0100})) << "INVSTATE";
  EXPECT_EQ(Log(log.end() - 4, log.end()), (Log{9, 3, 0x1'0000, 0x4000'0000})) << "HardFault, FORCED";
  // The stacked PC is the very instruction.
  constexpr uint32_t kLoad = 0x6828;   // LDR R0,[R5]
  constexpr uint32_t kStore = 0x6028;  // STR R0,[R5]
  EXPECT_EQ(board.word(log[4]) & 0xFFFF, kLoad);
  EXPECT_EQ(board.word(log[10]) & 0xFFFF, kStore);
  EXPECT_EQ(board.word(log[15]) & 0xFFFF, kLoad);
  EXPECT_EQ(board.word(log[21]) & 0xFFFF, kLoad);
  EXPECT_EQ(board.word(log[27]) & 0xFFFF, 0xDE01U) << "UDF #1";
}

TEST(Exceptions, ProtectionAlignmentAndDivisionsByZero) {
  ProgramBoard board("protection");
  const Log log = board.run();
  ASSERT_EQ(log.size(), 19U);
  EXPECT_EQ(Log(log.begin(), log.begin() + 3), (Log{0x800, 1, 0x01})) << "eight regions; IACCVIOL";
  EXPECT_EQ(log[4], 0x2000'0100U) << "the PC is the target of the branch";
  EXPECT_EQ(Log(log.begin() + 5, log.begin() + 8), (Log{2, 0x82, 0x1FFF'FFF0})) << "DACCVIOL, MMARVALID; MMFAR";
  EXPECT_EQ(board.word(log[8]) & 0xFFFF, 0x6801U) << "LDR R1,[R0]";
  EXPECT_EQ(Log(log.begin() + 9, log.begin() + 14), (Log{3, 0, 2, 0x0200'0000, 4})) << "0, 7/3; then DIVBYZERO";
  EXPECT_EQ(Log(log.begin() + 14, log.begin() + 17), (Log{0x0100'0000, 0x0100'0000, 5}))
      << "UNALIGNED, for LDRD and LDM";
  EXPECT_EQ(log[17] & 0x10, 0x10U) << "MSTKERR";
  EXPECT_EQ(log[18], 4U) << "MemManage instead of SVCall";
}

TEST(Exceptions, AFaultInTheHardFaultHandlerLocksUp) {
  ProgramBoard board("lockup");
  EXPECT_EQ(board.board().run(kSecond), StopReason::kLockup);
  EXPECT_EQ(board.words(2), (Log{1, 2}));
  EXPECT_NE(board.board().trouble().find("0x60000000"), std::string::npos) << board.board().trouble();
  // Time goes on, the core does not.
  const uint64_t instructions = board.board().counters().instructions;
  board.board().run(board.board().now() + kMillisecond);
  EXPECT_EQ(board.board().counters().instructions, instructions);
  board.board().press_reset();
  EXPECT_EQ(board.board().trouble(), "");
  EXPECT_EQ(board.board().run(board.board().now() + kSecond), StopReason::kLockup);
}

TEST(Exceptions, TheWatchdogResetsACoreThatIsLockedUp) {
  ProgramBoard board("lockup");
  ASSERT_TRUE(board.board().bus_write(0x4000'3000, 0xCCCC));  // IWDG: 512 ms as it is after a reset
  EXPECT_EQ(board.board().run(kSecond), StopReason::kLockup);
  EXPECT_LT(board.board().now(), kMillisecond);
  EXPECT_EQ(board.board().run(kSecond), StopReason::kLockup) << "again, by the same program";
  EXPECT_NEAR(static_cast<double>(board.board().now()), 512e9, 1e9);
  EXPECT_EQ(board.board().counters().resets, 1U);
}

TEST(Exceptions, NoProgramLocksUpAtOnce) {
  Image image(1);
  Board board(image, {});
  board.power_on();
  EXPECT_EQ(board.run(kSecond), StopReason::kLockup);
  EXPECT_NE(board.trouble().find("no program"), std::string::npos);
}

TEST(Sleep, InterruptsWakeTheCoreUnderPrimaskToo) {
  ProgramBoard board("sleep");
  const Log expected{0x10, 1,         // WFI: the handler runs
                     2,    0x10, 3,   // under PRIMASK: awake, the handler when it is allowed
                     4,               // SEV before WFE
                     0x10, 0x10, 5};  // SLEEPONEXIT until the handler clears it
  EXPECT_EQ(board.run(), expected);
  const BoardCounters counters = board.board().counters();
  EXPECT_GT(counters.asleep, 3'990 * kMicrosecond);  // four ticks of 1 ms
  EXPECT_LT(counters.asleep, 4'000 * kMicrosecond);
}

TEST(IfThen, BlocksSurviveInterruptsInTheirMiddle) {
  const Log log = ProgramBoard("if_then").run(500 * kMillisecond);
  ASSERT_EQ(log.size(), 2U);
  const auto rotate = [](uint32_t value, unsigned by) { return value >> by | value << (32 - by); };
  uint32_t sum = 0;
  for (uint32_t i = 20'000; i > 0; i--) {
    if ((i & 1) == 0) {
      sum += 3;
      sum ^= i;
      sum += rotate(sum, 7);
    } else {
      sum -= 5;
    }
    if ((i & 6) != 0) {
      sum += i;
      sum ^= sum >> 3;
    } else {
      sum = 17 - sum;
      sum += 1;
    }
    if (sum > i) {
      sum += 9;
      sum ^= i << 5;
    }
  }
  EXPECT_EQ(log[0], sum);
  EXPECT_GT(log[1], 1'000U) << "interrupts";
}

}  // namespace
}  // namespace virtual_board::test
