// The small parts of the core by themselves: costs of instructions, the clock, prioritisation.
#include <gtest/gtest.h>

#include "virtual-board/core/clock.h"
#include "virtual-board/core/exceptions.h"
#include "virtual-board/core/fetch_model.h"
#include "virtual-board/core/instruction.h"

namespace virtual_board {
namespace {

struct Sample {
  const char* text;
  uint16_t first;
  uint16_t second;
  unsigned size;
  unsigned cycles;
  InstructionKind kind = InstructionKind::kPlain;
};

// Encodings as the GNU assembler makes them; cycles from table 3-1 of the core's manual.
constexpr Sample kSamples[] = {
    {"movs r0,#1", 0x2001, 0, 2, 1},
    {"ldr r0,[pc,#64]", 0x4810, 0, 2, 2},
    {"str r3,[r2]", 0x6013, 0, 2, 1},
    {"ldr r4,[r2]", 0x6814, 0, 2, 2},
    {"str r0,[r1,r2]", 0x5088, 0, 2, 2},
    {"push {r4-r7,lr}", 0xB5F0, 0, 2, 6},
    {"pop {r4-r7,pc}", 0xBDF0, 0, 2, 6},
    {"stmia r2!,{r0,r1,r3}", 0xC20B, 0, 2, 4, InstructionKind::kAligned},
    {"muls r0,r1", 0x4348, 0, 2, 1},
    {"bx lr", 0x4770, 0, 2, 1},
    {"b .", 0xE7FE, 0, 2, 1},
    {"svc #3", 0xDF03, 0, 2, 1, InstructionKind::kSupervisorCall},
    {"udf #1", 0xDE01, 0, 2, 1},
    {"bkpt #0", 0xBE00, 0, 2, 1, InstructionKind::kBreakpoint},
    {"wfi", 0xBF30, 0, 2, 1, InstructionKind::kWaitInterrupt},
    {"wfe", 0xBF20, 0, 2, 1, InstructionKind::kWaitEvent},
    {"sev", 0xBF40, 0, 2, 1, InstructionKind::kSendEvent},
    {"nop", 0xBF00, 0, 2, 1},
    {"itte eq", 0xBF06, 0, 2, 1, InstructionKind::kIfThen},
    {"cpsid i", 0xB672, 0, 2, 1, InstructionKind::kMaskChange},
    {"msr basepri,r0", 0xF380, 0x8811, 4, 2, InstructionKind::kMaskChange},
    {"mrs r1,control", 0xF3EF, 0x8114, 4, 2},
    {"umull r4,r5,r3,r0", 0xFBA3, 0x4500, 4, 1},
    {"umaal r4,r5,r3,r0", 0xFBE3, 0x4560, 4, 1},
    {"mla r0,r1,r2,r3", 0xFB01, 0x3002, 4, 2},
    {"mul r0,r1,r2", 0xFB01, 0xF002, 4, 1},
    {"udiv r0,r1,r2", 0xFBB1, 0xF0F2, 4, 7, InstructionKind::kDivide},
    {"sdiv r0,r1,r2", 0xFB91, 0xF0F2, 4, 7, InstructionKind::kDivide},
    {"ldrd r0,r1,[r2]", 0xE9D2, 0x0100, 4, 3, InstructionKind::kAligned},
    {"strd r0,r1,[r2]", 0xE9C2, 0x0100, 4, 3, InstructionKind::kAligned},
    {"ldrd r0,r1,[sp]", 0xE9DD, 0x0100, 4, 3},
    {"ldmia.w r1,{r2-r9}", 0xE891, 0x03FC, 4, 9, InstructionKind::kAligned},
    {"push.w {r4-r9}", 0xE92D, 0x03F0, 4, 7},
    {"tbb [pc,r0]", 0xE8DF, 0xF000, 4, 2},
    {"ldrex r0,[r1]", 0xE851, 0x0F00, 4, 2, InstructionKind::kAligned},
    {"ldrexb r0,[r1]", 0xE8D1, 0x0F4F, 4, 2},
    {"ldr.w r0,[r1,#4]", 0xF8D1, 0x0004, 4, 2},
    {"str.w r0,[r1,#4]", 0xF8C1, 0x0004, 4, 1},
    {"str.w r0,[r1,r2,lsl #2]", 0xF841, 0x0022, 4, 2},
    {"bl", 0xF000, 0xF800, 4, 1},
    {"vmov s0,r0", 0xEE00, 0x0A10, 4, 1, InstructionKind::kFloat},
    {"vldr s0,[r0]", 0xED90, 0x0A00, 4, 2, InstructionKind::kFloat},
    {"vdiv.f32 s0,s1,s2", 0xEE80, 0x0A81, 4, 14, InstructionKind::kFloat},
    {"mcr p15,...", 0xEE00, 0x0F10, 4, 1, InstructionKind::kCoprocessor},
};

TEST(Instruction, SizeCyclesAndKind) {
  for (const Sample& sample : kSamples) {
    const Instruction instruction = decode(sample.first, sample.second);
    EXPECT_EQ(instruction.size, sample.size) << sample.text;
    EXPECT_EQ(instruction.cycles, sample.cycles) << sample.text;
    EXPECT_EQ(instruction.kind, sample.kind) << sample.text;
  }
}

TEST(Instruction, EveryEncodingHasASizeAndACost) {
  for (unsigned first = 0; first < 0x1'0000; first++) {
    for (const uint16_t second : {uint16_t{0}, uint16_t{0xFFFF}, uint16_t{0x8A55}}) {
      const Instruction instruction = decode(static_cast<uint16_t>(first), second);
      ASSERT_EQ(instruction.size, first >= 0xE800 ? 4 : 2) << first;
      ASSERT_NE(instruction.cycles, 0) << first;
    }
  }
}

TEST(Clock, CyclesAndTimesAgreeAtEveryFrequency) {
  for (const uint32_t hz : {16'000'000U, 100'000'000U, 84'000'000U, 96'000'000U, 32'768U}) {
    Clock clock;
    clock.cycles = 12'345;
    clock.set_frequency(hz);
    for (const uint64_t cycle : {12'345ULL, 12'346ULL, 99'999ULL, 1'000'000'007ULL}) {
      const Time time = clock.time_of(cycle);
      EXPECT_EQ(clock.cycle_of(time), cycle) << hz;
      EXPECT_EQ(clock.cycle_of(time + 1), cycle + 1) << hz;
    }
  }
}

TEST(Clock, ChangesOfFrequencyLoseNoTime) {
  Clock clock;  // 16 MHz
  clock.cycles += 16'000;
  clock.set_frequency(100'000'000);
  EXPECT_EQ(clock.now(), kMillisecond);
  clock.cycles += 100'000;
  EXPECT_EQ(clock.now(), 2 * kMillisecond);
  EXPECT_EQ(clock.cycle_of(kMillisecond), clock.cycles) << "never back";
  EXPECT_EQ(clock.cycle_of(kNever), kNever);
}

TEST(Fetches, AKeptLineCostsNothingAndAFarOneTheWaitStates) {
  FetchModel fetches;
  fetches.configure(3, true, true);
  EXPECT_EQ(fetches.enter(100, false), 3U);
  EXPECT_EQ(fetches.enter(101, true), 0U) << "prefetched";
  EXPECT_EQ(fetches.enter(100, false), 0U) << "kept";
  EXPECT_EQ(fetches.enter(164, false), 3U);
  EXPECT_EQ(fetches.enter(100, false), 3U) << "pushed out";
  fetches.configure(3, false, false);
  EXPECT_EQ(fetches.enter(100, false), 3U);
  EXPECT_EQ(fetches.enter(101, true), 3U);
  fetches.configure(0, false, false);
  EXPECT_EQ(fetches.enter(7, false), 0U);
}

TEST(Prioritisation, GroupsFirstThenSubprioritiesThenNumbers) {
  Exceptions exceptions;
  exceptions.reset();
  for (const unsigned irq : {3U, 4U, 5U}) {
    exceptions.set_enabled(kFirstIrq + irq, true);
    exceptions.set_pending(kFirstIrq + irq);
    exceptions.set_priority_byte(kFirstIrq + irq, 0x50);
  }
  EXPECT_EQ(exceptions.next(), kFirstIrq + 3);
  exceptions.set_priority_byte(kFirstIrq + 5, 0x40);
  EXPECT_EQ(exceptions.next(), kFirstIrq + 5);
  exceptions.set_grouping(5);  // two bits of group: 0x40 and 0x50 preempt each other no more
  exceptions.enter(kFirstIrq + 4);
  EXPECT_EQ(exceptions.group_priority(kFirstIrq + 5), 0x40);
  EXPECT_EQ(exceptions.execution_priority({}), 0x40);
  EXPECT_EQ(exceptions.next(), kFirstIrq + 5) << "the subpriority still orders them";
  exceptions.set_pending(kNmi);
  EXPECT_EQ(exceptions.next(), kNmi);
  EXPECT_EQ(exceptions.execution_priority({.primask = false, .basepri = 0x20, .faultmask = false}), 0);
  EXPECT_EQ(exceptions.execution_priority({.primask = true, .basepri = 0, .faultmask = false}), 0);
  EXPECT_EQ(exceptions.execution_priority({.primask = false, .basepri = 0, .faultmask = true}), -1);
}

TEST(Prioritisation, ALineThatStaysHighPendsAgain) {
  Exceptions exceptions;
  exceptions.reset();
  EXPECT_TRUE(exceptions.set_level(7, true));
  EXPECT_FALSE(exceptions.set_level(7, true));
  EXPECT_TRUE(exceptions.is_pending(kFirstIrq + 7));
  exceptions.enter(kFirstIrq + 7);
  EXPECT_FALSE(exceptions.is_pending(kFirstIrq + 7));
  exceptions.leave(kFirstIrq + 7);
  EXPECT_TRUE(exceptions.is_pending(kFirstIrq + 7));
  exceptions.clear_pending(kFirstIrq + 7);
  EXPECT_TRUE(exceptions.is_pending(kFirstIrq + 7));
  exceptions.set_level(7, false);
  exceptions.clear_pending(kFirstIrq + 7);
  EXPECT_FALSE(exceptions.is_pending(kFirstIrq + 7));
}

}  // namespace
}  // namespace virtual_board
