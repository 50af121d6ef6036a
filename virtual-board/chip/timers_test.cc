// TIM and IWDG.
#include <gtest/gtest.h>

#include "virtual-board/chip/wired_chip_test_support.h"

namespace virtual_board::test {
namespace {

constexpr uint32_t kDier = 0x0C, kSr = 0x10, kEgr = 0x14, kCnt = 0x24, kPsc = 0x28, kArr = 0x2C, kCcr1 = 0x34;

TEST(Tim, FreeRunning32Bits) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  EXPECT_EQ(chip.get(kTim2 + kArr), 0xFFFF'FFFFU);
  chip.set(kTim2, 1);
  chip.run_for(10 * kSecond);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 160'000'000U);
  EXPECT_EQ(chip.get(kTim2 + kSr), 0U);
}

TEST(Tim, SixteenBitsWrap) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 2);
  chip.set(kTim3, 1);
  chip.run_for(kSecond / 16'000'000 * 65'540);
  EXPECT_EQ(chip.get(kTim3 + kCnt), 4U);
  EXPECT_EQ(chip.get(kTim3 + kSr) & 1U, 1U);
}

TEST(Tim, PrescalerIsTakenAtAnUpdate) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2 + kPsc, 15);
  chip.set(kTim2 + kEgr, 1);
  EXPECT_EQ(chip.get(kTim2 + kSr), 1U);
  chip.set(kTim2 + kSr, 0);
  chip.set(kTim2, 1);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 1'000U);
  // Not before the next one.
  chip.set(kTim2 + kPsc, 0);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 2'000U);
}

TEST(Tim, InterruptEveryPeriod) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2 + kArr, 15'999);
  chip.set(kTim2 + kDier, 1);
  chip.set(kTim2, 1);
  const Time start = chip.now();
  for (unsigned i = 1; i <= 5; ++i) {
    chip.run_until(start + i * kMillisecond - 1);
    EXPECT_FALSE(chip.irq(28)) << i;
    chip.run_until(start + i * kMillisecond);
    EXPECT_TRUE(chip.irq(28)) << i;
    chip.set(kTim2 + kSr, 0);
    EXPECT_FALSE(chip.irq(28));
  }
  // Many periods at once leave the flag and the right count.
  chip.run_for(100 * kMillisecond + kMillisecond / 2);
  EXPECT_TRUE(chip.irq(28));
  EXPECT_EQ(chip.get(kTim2 + kCnt), 8'000U);
}

TEST(Tim, CompareMatches) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2 + kArr, 999);
  chip.set(kTim2 + kCcr1 + 4, 250);
  chip.set(kTim2 + kDier, 4);
  chip.set(kTim2, 1);
  chip.run_for(kSecond / 16'000'000 * 249);
  EXPECT_FALSE(chip.irq(28));
  chip.run_for(kSecond / 16'000'000);
  EXPECT_TRUE(chip.irq(28));
  EXPECT_EQ(chip.get(kTim2 + kSr) & 4U, 4U);
}

TEST(Tim, OnePulseStopsAtTheUpdate) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2 + kArr, 99);
  chip.set(kTim2, 1 | 8);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kTim2) & 1U, 0U);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 0U);
  EXPECT_EQ(chip.get(kTim2 + kSr) & 1U, 1U);
}

TEST(Tim, ReloadWithAndWithoutPreload) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2 + kArr, 999);
  chip.set(kTim2, 1 | 0x80);
  chip.set(kTim2 + kArr, 99);  // preloaded: from the next period on
  chip.run_for(kSecond / 16'000'000 * 500);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 500U);
  chip.run_for(kSecond / 16'000'000 * 550);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 50U);
}

TEST(Tim, CountsOnWithANewClock) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2, 1);
  chip.run_for(kMillisecond);
  chip.set(kRccCfgr, 9U << 4);  // HCLK / 4, APB1 undivided
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kTim2 + kCnt), 20'000U);
}

TEST(Tim, WithoutItsClockItIsNotThere) {
  WiredChip chip;
  chip.set(kTim2 + kArr, 5);
  EXPECT_EQ(chip.get(kTim2 + kArr), 0U);
  chip.or_in(kApb1Enr, 1);
  EXPECT_EQ(chip.get(kTim2 + kArr), 0xFFFF'FFFFU);
}

TEST(Iwdg, BitesUnlessItIsFed) {
  WiredChip chip;
  chip.set(kIwdg, 0xCCCC);
  chip.set(kIwdg, 0x5555);
  chip.set(kIwdg + 4, 3);    // by 32: 1 ms
  chip.set(kIwdg + 8, 999);  // 1 s
  EXPECT_EQ(chip.get(kIwdg + 0xC), 3U);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kIwdg + 0xC), 0U);
  chip.set(kIwdg, 0xAAAA);
  for (int i = 0; i < 3; ++i) {
    chip.run_for(999 * kMillisecond);
    chip.set(kIwdg, 0xAAAA);
  }
  EXPECT_TRUE(chip.record.resets.empty());
  chip.run_for(kSecond - 1);
  EXPECT_TRUE(chip.record.resets.empty());
  chip.run_for(1);
  ASSERT_EQ(chip.record.resets.size(), 1U);
  EXPECT_EQ(chip.record.resets[0], ResetCause::kIndependentWatchdog);
}

TEST(Iwdg, ValuesAreProtectedAndItIsOffUntilStarted) {
  WiredChip chip;
  chip.set(kIwdg + 8, 5);
  EXPECT_EQ(chip.get(kIwdg + 8), 0xFFFU);
  chip.set(kIwdg, 0x5555);
  chip.set(kIwdg, 0xAAAA);  // closes the access again
  chip.set(kIwdg + 8, 5);
  EXPECT_EQ(chip.get(kIwdg + 8), 0xFFFU);
  chip.run_for(100 * kSecond);
  EXPECT_TRUE(chip.record.resets.empty());
}

TEST(Iwdg, HardwareStartsItWhereTheOptionBytesSay) {
  WiredChip chip;
  chip.parts.reset(ResetCause::kPowerOn, true);
  chip.run_for(512 * kMillisecond);
  EXPECT_EQ(chip.record.resets.size(), 1U);
}

}  // namespace
}  // namespace virtual_board::test
