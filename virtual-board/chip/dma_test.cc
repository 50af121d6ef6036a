#include "virtual-board/chip/dma.h"

#include <gtest/gtest.h>

#include <numeric>

#include "virtual-board/chip/wired_chip_test_support.h"

namespace virtual_board::test {
namespace {

constexpr uint32_t kDr = kUsart2 + 4, kCr3 = kUsart2 + 0x14, kUsartSr = kUsart2;
constexpr uint32_t kReceiveByDma = 0x40, kSendByDma = 0x80;
constexpr Time kByte = WiredChip::byte_time();
constexpr uint32_t kBuffer = kSram.base + 0x100;

constexpr uint32_t stream(uint32_t controller, unsigned number) { return controller + 0x10 + 0x18 * number; }
constexpr uint32_t kRx = stream(kDma1, 5), kTx = stream(kDma1, 6);
constexpr uint32_t kEnable = 1, kTeie = 4, kHtie = 8, kTcie = 0x10, kFromMemory = 0x40, kCopy = 0x80, kCircular = 0x100,
                   kPinc = 0x200, kMinc = 0x400;
constexpr uint32_t kChannel4 = 4U << 25;
constexpr unsigned kRxIrq = 16, kTxIrq = 17;
constexpr uint32_t kRxHalf = 1U << 10, kRxComplete = 1U << 11, kTxComplete = 1U << 21;  // in HISR

void start_stream(WiredChip& chip, uint32_t base, uint32_t peripheral, uint32_t memory, uint32_t items,
                  uint32_t control) {
  chip.set(base + 4, items);
  chip.set(base + 8, peripheral);
  chip.set(base + 0xC, memory);
  chip.set(base, control | kEnable);
}

void start_ring(WiredChip& chip, uint32_t size) {
  chip.set_up_usart2();
  start_stream(chip, kRx, kDr, kBuffer, size, kChannel4 | kMinc | kCircular | kHtie | kTcie);
  chip.set(kCr3, kReceiveByDma);
}

void send_in(WiredChip& chip, size_t count, uint8_t first = 1) {
  std::vector<uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), first);
  chip.parts.usart2().line_in(bytes);
}

uint8_t at(WiredChip& chip, uint32_t address) { return chip.record.sram()[address - kSram.base]; }

TEST(Dma, ReceivesIntoARing) {
  WiredChip chip;
  start_ring(chip, 8);
  send_in(chip, 3);
  chip.run_for(3 * kByte);
  EXPECT_EQ(chip.get(kRx + 4), 5U);
  EXPECT_FALSE(chip.irq(kRxIrq));
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(at(chip, kBuffer + i), i + 1);
  send_in(chip, 1, 4);
  chip.run_for(kByte);
  EXPECT_TRUE(chip.irq(kRxIrq));
  EXPECT_EQ(chip.get(kDma1 + 4), kRxHalf);
  chip.set(kDma1 + 0xC, kRxHalf);
  EXPECT_FALSE(chip.irq(kRxIrq));
  send_in(chip, 6, 5);
  chip.run_for(6 * kByte);
  EXPECT_EQ(chip.get(kDma1 + 4), kRxComplete);
  EXPECT_EQ(chip.get(kRx + 4), 6U);
  EXPECT_EQ(at(chip, kBuffer + 7), 8);
  EXPECT_EQ(at(chip, kBuffer), 9);
  EXPECT_EQ(at(chip, kBuffer + 1), 10);
  EXPECT_EQ(chip.get(kRx) & kEnable, kEnable);
}

// The core stands still while flash works: many bytes are due when the models are asked again.
TEST(Dma, TakesEachByteAtItsTimeHoweverLateItIsAsked) {
  WiredChip chip;
  start_ring(chip, 64);
  send_in(chip, 40);
  chip.jump_for(60 * kByte);
  EXPECT_EQ(chip.parts.usart2().counters().overruns, 0U);
  EXPECT_EQ(chip.get(kRx + 4), 24U);
  for (uint32_t i = 0; i < 40; ++i) EXPECT_EQ(at(chip, kBuffer + i), i + 1);
  EXPECT_NE(chip.get(kUsartSr) & 0x10U, 0U) << "the idle frame was due too";
}

TEST(Dma, WithoutItLateBytesOverrun) {
  WiredChip chip;
  chip.set_up_usart2();
  send_in(chip, 40);
  chip.jump_for(60 * kByte);
  EXPECT_EQ(chip.parts.usart2().counters().overruns, 39U);
}

TEST(Dma, OneShotReceptionStopsAndOverruns) {
  WiredChip chip;
  chip.set_up_usart2();
  start_stream(chip, kRx, kDr, kBuffer, 4, kChannel4 | kMinc);
  chip.set(kCr3, kReceiveByDma);
  send_in(chip, 6);
  chip.run_for(6 * kByte);
  EXPECT_EQ(chip.get(kRx) & kEnable, 0U);
  EXPECT_EQ(chip.get(kRx + 4), 0U);
  EXPECT_EQ(at(chip, kBuffer + 3), 4);
  EXPECT_EQ(at(chip, kBuffer + 4), 0);
  EXPECT_EQ(chip.parts.usart2().counters().overruns, 1U);
  // Switched on again it goes on with the count that was programmed.
  chip.set(kDma1 + 0xC, 0x3FU << 6);
  chip.set(kRx, kChannel4 | kMinc | kEnable);
  EXPECT_EQ(chip.get(kRx + 4), 3U) << "the byte that waits in DR is taken at once";
  EXPECT_EQ(at(chip, kBuffer), 5);
}

TEST(Dma, SendsFromMemory) {
  WiredChip chip;
  chip.set_up_usart2();
  for (uint32_t i = 0; i < 20; ++i) chip.record.sram()[kBuffer - kSram.base + i] = static_cast<uint8_t>('a' + i);
  chip.set(kUsartSr, ~0x40U);
  const Time start = chip.now();
  start_stream(chip, kTx, kDr, kBuffer, 20, kChannel4 | kMinc | kFromMemory | kTcie);
  EXPECT_EQ(chip.get(kTx + 4), 20U) << "nobody asks yet";
  chip.set(kCr3, kSendByDma);
  EXPECT_EQ(chip.get(kTx + 4), 18U) << "one in the shift register, one in DR";
  chip.run_for(18 * kByte);
  EXPECT_TRUE(chip.irq(kTxIrq)) << "all are handed over";
  EXPECT_NE(chip.get(kDma1 + 4) & kTxComplete, 0U);
  EXPECT_EQ(chip.get(kUsartSr) & 0x40U, 0U) << "not all are sent";
  chip.run_for(2 * kByte);
  EXPECT_EQ(chip.get(kUsartSr) & 0x40U, 0x40U);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 20U);
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].value, 'a' + i);
    EXPECT_EQ(sent[i].at, start + (i + 1) * kByte);
  }
}

TEST(Dma, SendsWithoutGapsWhenTheCoreStandsStill) {
  WiredChip chip;
  chip.set_up_usart2();
  const Time start = chip.now();
  start_stream(chip, kTx, kDr, kBuffer, 20, kChannel4 | kMinc | kFromMemory);
  chip.set(kCr3, kSendByDma);
  chip.jump_for(100 * kByte);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 20U);
  EXPECT_EQ(sent.back().at, start + 20 * kByte);
}

TEST(Dma, AnotherChannelIsNotServed) {
  WiredChip chip;
  chip.set_up_usart2();
  start_stream(chip, kRx, kDr, kBuffer, 8, 3U << 25 | kMinc);
  chip.set(kCr3, kReceiveByDma);
  send_in(chip, 1);
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kRx + 4), 8U);
  EXPECT_NE(chip.get(kUsartSr) & 0x20U, 0U);
}

TEST(Dma, WithoutItsClockNothingMoves) {
  WiredChip chip;
  start_ring(chip, 8);
  chip.set(kAhb1Enr, 1);
  send_in(chip, 1);
  chip.run_for(kByte);
  EXPECT_NE(chip.get(kUsartSr) & 0x20U, 0U);
}

TEST(Dma, RegistersAreFixedWhileTheStreamIsOn) {
  WiredChip chip;
  start_ring(chip, 8);
  chip.set(kRx + 4, 100);
  chip.set(kRx + 8, 0);
  chip.set(kRx + 0xC, 0);
  chip.set(kRx, kEnable);
  EXPECT_EQ(chip.get(kRx + 4), 8U);
  EXPECT_EQ(chip.get(kRx + 8), kDr);
  EXPECT_EQ(chip.get(kRx + 0xC), kBuffer);
  EXPECT_EQ(chip.get(kRx), kChannel4 | kMinc | kCircular | kEnable) << "the interrupts may be changed, no more";
  chip.set(kRx, 0);
  EXPECT_EQ(chip.get(kRx) & kEnable, 0U);
  EXPECT_EQ(chip.get(kDma1 + 4), kRxComplete) << "the end of a stream that was switched off";
}

TEST(Dma, BusErrorStopsTheStream) {
  WiredChip chip;
  chip.set_up_usart2();
  start_stream(chip, kRx, kDr, 0x1000'0000, 8, kChannel4 | kMinc | kTeie);
  chip.set(kCr3, kReceiveByDma);
  send_in(chip, 1);
  chip.run_for(kByte);
  EXPECT_TRUE(chip.irq(kRxIrq));
  EXPECT_EQ(chip.get(kRx) & kEnable, 0U);
  EXPECT_EQ(chip.get(kDma1 + 4), 1U << 9);
}

TEST(Dma, DoubleBufferChangesSides) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kRx + 0x10, kBuffer + 0x100);
  start_stream(chip, kRx, kDr, kBuffer, 4, kChannel4 | kMinc | 1U << 18);
  chip.set(kCr3, kReceiveByDma);
  send_in(chip, 6);
  chip.run_for(6 * kByte);
  EXPECT_NE(chip.get(kRx) & 1U << 19, 0U);
  EXPECT_EQ(at(chip, kBuffer + 3), 4);
  EXPECT_EQ(at(chip, kBuffer + 0x101), 6);
  chip.set(kRx + 0x0C, kBuffer + 0x200);
  EXPECT_EQ(chip.get(kRx + 0x0C), kBuffer + 0x200) << "the side that is not in use may be changed";
}

TEST(Dma, MemoryToMemoryIsDma2AndTakesTime) {
  WiredChip chip;
  chip.or_in(kAhb1Enr, 3U << 21);
  for (uint32_t i = 0; i < 64; ++i) chip.record.sram()[i] = static_cast<uint8_t>(i);
  constexpr uint32_t kWords = 2U << 11 | 2U << 13;
  const uint32_t base = stream(kDma2, 0);
  start_stream(chip, base, kSram.base, kBuffer, 16, kCopy | kPinc | kMinc | kWords | kTcie);
  EXPECT_EQ(chip.get(base + 4), 16U);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(base + 4), 0U);
  EXPECT_TRUE(chip.irq(56));
  for (uint32_t i = 0; i < 64; ++i) EXPECT_EQ(at(chip, kBuffer + i), i);

  start_stream(chip, stream(kDma1, 0), kSram.base, kBuffer + 0x100, 16, kCopy | kPinc | kMinc | kWords);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kDma1), 1U << 3) << "DMA1 cannot";
  EXPECT_EQ(at(chip, kBuffer + 0x101), 0);
}

TEST(Dma, FifoPacksBytesIntoWords) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kRx + 0x14, 0x24);  // direct mode off
  start_stream(chip, kRx, kDr, kBuffer, 8, kChannel4 | kMinc | 2U << 13);
  chip.set(kCr3, kReceiveByDma);
  send_in(chip, 8);
  chip.run_for(3 * kByte);
  EXPECT_EQ(at(chip, kBuffer), 0) << "held until a word is full";
  chip.run_for(5 * kByte);
  for (uint32_t i = 0; i < 8; ++i) EXPECT_EQ(at(chip, kBuffer + i), i + 1);
}

}  // namespace
}  // namespace virtual_board::test
