#include "virtual-board/chip/usart.h"

#include <gtest/gtest.h>

#include "virtual-board/chip/wired_chip_test_support.h"

namespace virtual_board::test {
namespace {

constexpr uint32_t kSr = kUsart2, kDr = kUsart2 + 4, kBrr = kUsart2 + 8, kCr1 = kUsart2 + 0x0C, kCr2 = kUsart2 + 0x10,
                   kCr3 = kUsart2 + 0x14;
constexpr uint32_t kOn = 0x200C;  // UE, TE, RE
constexpr uint32_t kOre = 8, kIdle = 0x10, kRxne = 0x20, kTc = 0x40, kTxe = 0x80;
constexpr unsigned kIrq = 38;
constexpr Time kByte = WiredChip::byte_time();

void send_in(WiredChip& chip, std::initializer_list<uint8_t> bytes) {
  chip.parts.usart2().line_in(std::vector<uint8_t>(bytes));
}

TEST(Usart, ResetValues) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1U << 17);
  EXPECT_EQ(chip.get(kSr), 0xC0U);
  EXPECT_EQ(chip.get(kBrr), 0U);
  EXPECT_EQ(chip.get(kCr1), 0U);
  EXPECT_EQ(chip.parts.usart2().baud(), 0U);
}

TEST(Usart, ByteArrivesAtTheEndOfItsStopBit) {
  WiredChip chip;
  chip.set_up_usart2();
  EXPECT_EQ(chip.parts.usart2().baud(), 115'108U);
  send_in(chip, {0x5A});
  chip.run_for(kByte - 1);
  EXPECT_EQ(chip.get(kSr) & kRxne, 0U);
  chip.run_for(1);
  EXPECT_EQ(chip.get(kSr) & kRxne, kRxne);
  EXPECT_EQ(chip.get(kDr), 0x5AU);
  EXPECT_EQ(chip.get(kSr) & kRxne, 0U);
}

TEST(Usart, BytesComeBackToBackFromWhenTheyWereGiven) {
  WiredChip chip;
  chip.set_up_usart2();
  send_in(chip, {1, 2});
  chip.run_for(kByte / 2);
  send_in(chip, {3});
  for (uint32_t expected = 1; expected <= 3; ++expected) {
    chip.run_for(expected == 1 ? kByte - kByte / 2 : kByte);
    EXPECT_EQ(chip.get(kSr) & kRxne, kRxne) << expected;
    EXPECT_EQ(chip.get(kDr), expected);
  }
}

TEST(Usart, OverrunKeepsTheOldByteAndIsClearedBySequence) {
  WiredChip chip;
  chip.set_up_usart2();
  send_in(chip, {1, 2, 3});
  chip.run_for(3 * kByte);
  EXPECT_EQ(chip.get(kSr) & (kRxne | kOre), kRxne | kOre);
  EXPECT_EQ(chip.get(kDr), 1U);
  EXPECT_EQ(chip.get(kSr) & (kRxne | kOre), 0U);
  EXPECT_EQ(chip.parts.usart2().counters().overruns, 2U);
  EXPECT_EQ(chip.parts.usart2().counters().bytes_in, 1U);
}

TEST(Usart, FlagsAreNotClearedByDataAlone) {
  WiredChip chip;
  chip.set_up_usart2();
  send_in(chip, {1, 2});
  chip.run_for(2 * kByte);
  EXPECT_EQ(chip.get(kDr), 1U);  // SR was not read
  EXPECT_EQ(chip.get(kSr) & kOre, kOre);
  chip.set(kSr, 0);
  EXPECT_EQ(chip.get(kSr) & kOre, kOre) << "writing does not clear it";
}

TEST(Usart, IdleFrameAfterAByteOnceOnly) {
  WiredChip chip;
  chip.set_up_usart2(kOn | kIdle);
  EXPECT_FALSE(chip.irq(kIrq));
  send_in(chip, {1});
  chip.run_for(2 * kByte - 1);
  EXPECT_EQ(chip.get(kSr) & kIdle, 0U);
  chip.run_for(1);
  EXPECT_TRUE(chip.irq(kIrq));
  EXPECT_EQ(chip.get(kSr) & kIdle, kIdle);
  chip.get(kDr);
  EXPECT_EQ(chip.get(kSr) & kIdle, 0U);
  EXPECT_FALSE(chip.irq(kIrq));
  chip.run_for(20 * kByte);
  EXPECT_EQ(chip.get(kSr) & kIdle, 0U);
}

TEST(Usart, NoIdleBetweenBytesThatFollow) {
  WiredChip chip;
  chip.set_up_usart2(kOn | kIdle);
  send_in(chip, {1, 2});
  chip.run_for(kByte + kByte / 2);
  EXPECT_EQ(chip.get(kSr) & kIdle, 0U);
  chip.run_for(kByte + kByte / 2);
  EXPECT_EQ(chip.get(kSr) & kIdle, kIdle);
}

TEST(Usart, SendsThroughDataAndShiftRegister) {
  WiredChip chip;
  chip.set_up_usart2();
  const Time start = chip.now();
  chip.set(kDr, 'A');
  EXPECT_EQ(chip.get(kSr) & kTxe, kTxe) << "the first byte goes to the shift register at once";
  chip.set(kDr, 'B');
  EXPECT_EQ(chip.get(kSr) & kTxe, 0U);
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kSr) & (kTxe | kTc), kTxe);
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kSr) & (kTxe | kTc), kTxe | kTc);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].value, 'A');
  EXPECT_EQ(sent[0].at, start + kByte);
  EXPECT_EQ(sent[1].value, 'B');
  EXPECT_EQ(sent[1].at, start + 2 * kByte);
}

TEST(Usart, CompleteFlagIsClearedBySequenceOrByZero) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kDr, 'A');  // without a read of SR before
  EXPECT_EQ(chip.get(kSr) & kTc, kTc);
  chip.set(kSr, ~kTc);
  EXPECT_EQ(chip.get(kSr) & kTc, 0U);
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kSr) & kTc, kTc);
  chip.set(kDr, 'B');
  EXPECT_EQ(chip.get(kSr) & kTc, 0U);
}

TEST(Usart, TransmitterSendsAnIdleFrameFirst) {
  WiredChip chip;
  chip.set_up_usart2(0);
  chip.set(kCr1, kOn);
  const Time start = chip.now();
  chip.set(kDr, 'A');
  chip.run_for(5 * kByte);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].at, start + 2 * kByte);
}

TEST(Usart, InterruptsFollowTheirFlags) {
  WiredChip chip;
  chip.set_up_usart2(kOn | kRxne);
  EXPECT_FALSE(chip.irq(kIrq));
  send_in(chip, {7});
  chip.run_for(kByte);
  EXPECT_TRUE(chip.irq(kIrq));
  chip.get(kDr);
  EXPECT_FALSE(chip.irq(kIrq));
  chip.set(kCr1, kOn | kTxe);
  EXPECT_TRUE(chip.irq(kIrq));
  chip.set(kDr, 1);
  chip.set(kDr, 2);
  EXPECT_FALSE(chip.irq(kIrq));
  chip.run_for(kByte);
  EXPECT_TRUE(chip.irq(kIrq));
  chip.set(kCr1, kOn | kTc);
  EXPECT_TRUE(chip.irq(kIrq));  // TC of the time before: never cleared
  chip.set(kSr, ~kTc);
  EXPECT_FALSE(chip.irq(kIrq));
  chip.run_for(kByte);
  EXPECT_TRUE(chip.irq(kIrq));
}

TEST(Usart, Oversampling8AndTwoStopBits) {
  WiredChip chip;
  chip.set_up_usart2(kOn | 1U << 15);
  chip.set(kBrr, 2U << 4 | 1);  // 2.125 of 8 cycles: 17
  EXPECT_EQ(chip.parts.usart2().baud(), 941'176U);
  chip.set(kCr2, 2U << 12);
  const Time start = chip.now();
  chip.set(kDr, 1);
  chip.run_for(kMillisecond);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].at, start + kSecond / 16'000'000 * 17 * 11);
}

TEST(Usart, Parity) {
  WiredChip chip;
  chip.set_up_usart2(kOn | 1U << 10);  // even, 7 data bits
  send_in(chip, {0x07, 0x03});
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kDr), 0x87U);
  chip.run_for(kByte);
  EXPECT_EQ(chip.get(kDr), 0x03U);
  chip.set(kDr, 0xFF);
  chip.run_for(kByte);
  EXPECT_EQ(chip.parts.usart2().take_line_out().at(0).value, 0x7F);
}

TEST(Usart, NothingPassesPinsThatBelongToOthers) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kGpioA, chip.get(kGpioA) & ~0xF0U);
  send_in(chip, {1});
  chip.set(kDr, 2);
  chip.run_for(5 * kByte);
  EXPECT_EQ(chip.get(kSr) & kRxne, 0U);
  EXPECT_TRUE(chip.parts.usart2().take_line_out().empty());
  EXPECT_EQ(chip.parts.usart2().counters().lost_in, 1U);
  EXPECT_EQ(chip.parts.usart2().counters().lost_out, 1U);
  // Another alternate function is no better than none.
  chip.or_in(kGpioA, 0xA0);
  chip.set(kGpioA + 0x20, 0x5500);
  chip.set(kDr, 2);
  chip.run_for(5 * kByte);
  EXPECT_EQ(chip.parts.usart2().counters().lost_out, 2U);
}

TEST(Usart, BytesThatComeBeforeTheReceiverIsOnAreLostOneByOne) {
  WiredChip chip;
  send_in(chip, {1, 2, 3});
  const Time usual = kSecond * 10 / 115'200;
  chip.run_for(2 * usual + 1);
  EXPECT_EQ(chip.parts.usart2().counters().lost_in, 2U);
  chip.set_up_usart2();
  EXPECT_EQ(chip.parts.usart2().counters().lost_in, 3U) << "the third one's start bit was not seen";
  EXPECT_EQ(chip.get(kSr) & kRxne, 0U);
}

TEST(Usart, AResetLosesWhatIsUnderWayAndTheLineGoesOn) {
  WiredChip chip;
  chip.set_up_usart2();
  send_in(chip, {1, 2, 3, 4, 5, 6});
  chip.set(kDr, 'x');
  chip.run_for(kByte / 2);
  chip.parts.reset(ResetCause::kSoftware, false);
  chip.set_up_usart2();  // waits two bytes long
  EXPECT_TRUE(chip.parts.usart2().take_line_out().empty());
  chip.run_for(10 * kByte);
  EXPECT_EQ(chip.get(kDr), 2U) << "the first byte after the reset is the first whose start bit was seen";
  EXPECT_EQ(chip.parts.usart2().counters().lost_in, 1U);
}

TEST(Usart, ByteWritesReachTheDataRegister) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kDr, 0x41, 1);
  chip.run_for(kByte);
  EXPECT_EQ(chip.parts.usart2().take_line_out().at(0).value, 0x41);
}

TEST(Usart, CountsReadsThatFindNothing) {
  WiredChip chip;
  chip.set_up_usart2();
  const uint64_t before = chip.parts.vain_reads();
  for (int i = 0; i < 5; ++i) chip.get(kSr);
  EXPECT_EQ(chip.parts.vain_reads(), before + 5);
  send_in(chip, {1});
  chip.get(kSr);
  chip.run_for(kByte);
  chip.get(kSr);
  EXPECT_EQ(chip.parts.vain_reads(), before + 5);
}

TEST(Usart, SwitchingTheTransmitterOffSpoilsTheByte) {
  WiredChip chip;
  chip.set_up_usart2();
  chip.set(kDr, 1);
  chip.set(kDr, 2);
  chip.run_for(kByte / 2);
  chip.set(kCr1, kOn & ~8U);
  chip.run_for(5 * kByte);
  EXPECT_TRUE(chip.parts.usart2().take_line_out().empty());
  // Switching the USART off lets the byte under way end.
  chip.set(kCr1, kOn);
  chip.run_for(2 * kByte);
  chip.set(kDr, 3);
  chip.set(kDr, 4);
  chip.run_for(kByte / 2);
  chip.set(kCr1, kOn & ~0x2000U);
  chip.run_for(5 * kByte);
  const auto sent = chip.parts.usart2().take_line_out();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].value, 3);
}

}  // namespace
}  // namespace virtual_board::test
