#include "virtual-board/chip/rcc.h"

#include <gtest/gtest.h>

#include "virtual-board/chip/wired_chip_test_support.h"

namespace virtual_board::test {
namespace {

constexpr uint32_t kHseOn = 1U << 16, kHseReady = 1U << 17, kHseBypass = 1U << 18, kPllOn = 1U << 24,
                   kPllReady = 1U << 25;
constexpr uint32_t kPll100MhzOfHse = 4 | 200U << 6 | 1U << 16 | 1U << 22 | 8U << 24;

void start_hse(WiredChip& chip) {
  chip.or_in(kRccCr, kHseBypass);
  chip.or_in(kRccCr, kHseOn);
  chip.run_for(5 * kMillisecond);
}

void set_scale_1(WiredChip& chip) {
  chip.or_in(kApb1Enr, 1U << 28);
  chip.set(kPwr, 0xC000);
}

// The way to 100 MHz, as any program goes it.
void go_to_100_mhz(WiredChip& chip) {
  start_hse(chip);
  set_scale_1(chip);
  chip.set(kRccPllCfgr, kPll100MhzOfHse);
  chip.or_in(kRccCr, kPllOn);
  chip.run_for(kMillisecond);
  chip.wait_states = 3;
  chip.set(kRccCfgr, 4U << 10);  // APB1 by 2
  chip.set(kRccCfgr, 4U << 10 | 2);
}

TEST(Rcc, ResetValues) {
  WiredChip chip;
  EXPECT_EQ(chip.get(kRccCr) & 0xFFU, 0x83U);
  EXPECT_EQ(chip.get(kRccPllCfgr), 0x2400'3010U);
  EXPECT_EQ(chip.get(kRccCfgr), 0U);
  EXPECT_EQ(chip.get(kAhb1Enr), 0U);
  EXPECT_EQ(chip.hclk_hz(), 16'000'000U);
  EXPECT_EQ(chip.pclk1_hz(), 16'000'000U);
  EXPECT_EQ(chip.get(kRccCsr), 0x0E00'0000U);
}

TEST(Rcc, HseIsReadyAfterItsTime) {
  WiredChip chip;
  chip.or_in(kRccCr, kHseOn);
  EXPECT_EQ(chip.get(kRccCr) & (kHseOn | kHseReady), kHseOn);
  chip.run_for(2 * kMillisecond - 1);
  EXPECT_EQ(chip.get(kRccCr) & kHseReady, 0U);
  chip.run_for(1);
  EXPECT_EQ(chip.get(kRccCr) & kHseReady, kHseReady);
}

TEST(Rcc, HseThatIsMissingNeverComes) {
  WiredChip chip(false);
  start_hse(chip);
  chip.run_for(10 * kSecond);
  EXPECT_EQ(chip.get(kRccCr) & kHseReady, 0U);
  chip.set(kRccPllCfgr, kPll100MhzOfHse);
  chip.or_in(kRccCr, kPllOn);
  chip.run_for(10 * kSecond);
  EXPECT_EQ(chip.get(kRccCr) & kPllReady, 0U) << "the PLL has no input";
}

TEST(Rcc, RunsAt100Mhz) {
  WiredChip chip;
  go_to_100_mhz(chip);
  EXPECT_EQ(chip.get(kRccCfgr) & 0xCU, 8U);
  EXPECT_EQ(chip.hclk_hz(), 100'000'000U);
  EXPECT_EQ(chip.pclk1_hz(), 50'000'000U);
  EXPECT_EQ(chip.pclk2_hz(), 100'000'000U);
  EXPECT_TRUE(chip.troubles.empty()) << chip.troubles.front();
}

TEST(Rcc, SwitchesOnceTheClockIsReady) {
  WiredChip chip;
  chip.or_in(kRccCr, kHseOn);
  chip.set(kRccCfgr, 1);
  EXPECT_EQ(chip.get(kRccCfgr) & 0xCU, 0U);
  EXPECT_EQ(chip.hclk_hz(), 16'000'000U);
  chip.run_for(3 * kMillisecond);
  EXPECT_EQ(chip.hclk_hz(), 8'000'000U);
  EXPECT_EQ(chip.get(kRccCfgr) & 0xCU, 4U);
}

TEST(Rcc, WhatFeedsTheCoreStaysOn) {
  WiredChip chip;
  go_to_100_mhz(chip);
  chip.set(kRccCr, 0);
  EXPECT_EQ(chip.get(kRccCr) & (kHseReady | kPllReady), kHseReady | kPllReady);
  EXPECT_EQ(chip.hclk_hz(), 100'000'000U);
  chip.set(kRccPllCfgr, 0x2400'3010);
  EXPECT_EQ(chip.get(kRccPllCfgr), kPll100MhzOfHse) << "cannot be written while the PLL is on";
}

TEST(Rcc, PrescalersAndTimerClocks) {
  WiredChip chip;
  chip.set(kRccCfgr, 8U << 4 | 5U << 10);  // HCLK / 2, APB1 / 4
  EXPECT_EQ(chip.hclk_hz(), 8'000'000U);
  EXPECT_EQ(chip.pclk1_hz(), 2'000'000U);
  EXPECT_EQ(chip.pclk2_hz(), 8'000'000U);
  chip.or_in(kApb1Enr, 1);
  chip.set(kTim2, 1);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kTim2 + 0x24), 4'000U) << "twice APB1 where that is divided";
}

TEST(Rcc, ResetFlagsAddUpUntilTheyAreRemoved) {
  WiredChip chip;
  chip.parts.reset(ResetCause::kSoftware, false);
  EXPECT_EQ(chip.get(kRccCsr), 0x0E00'0000U | 1U << 28);
  chip.or_in(kRccCsr, 1U << 24);
  EXPECT_EQ(chip.get(kRccCsr), 0U);
  chip.parts.reset(ResetCause::kIndependentWatchdog, false);
  EXPECT_EQ(chip.get(kRccCsr), 1U << 29 | 1U << 26);
  chip.parts.reset(ResetCause::kPowerOn, false);
  EXPECT_EQ(chip.get(kRccCsr), 0x0E00'0000U);
}

TEST(Rcc, BackupDomainNeedsDbpAndKeepsItsValueOverAReset) {
  WiredChip chip;
  constexpr uint32_t kBdcr = kRcc + 0x70;
  chip.set(kBdcr, 0x8100);
  EXPECT_EQ(chip.get(kBdcr), 0U);
  chip.or_in(kApb1Enr, 1U << 28);
  chip.or_in(kPwr, 1U << 8);
  chip.set(kBdcr, 0x8101);
  EXPECT_EQ(chip.get(kBdcr), 0x8101U);
  chip.run_for(2 * kSecond);
  EXPECT_EQ(chip.get(kBdcr), 0x8103U);
  chip.parts.reset(ResetCause::kSoftware, false);
  EXPECT_EQ(chip.get(kBdcr), 0x8103U);
  chip.parts.reset(ResetCause::kPowerOn, false);
  EXPECT_EQ(chip.get(kBdcr), 0U);
}

TEST(Rcc, ReadyInterrupt) {
  WiredChip chip;
  chip.set(kRcc + 0x0C, 1U << 11);
  chip.or_in(kRccCr, kHseOn);
  EXPECT_FALSE(chip.irq(Rcc::kIrq));
  chip.run_for(3 * kMillisecond);
  EXPECT_TRUE(chip.irq(Rcc::kIrq));
  chip.set(kRcc + 0x0C, 1U << 11 | 1U << 19);
  EXPECT_FALSE(chip.irq(Rcc::kIrq));
}

TEST(Rcc, ResetRegisterResetsAPart) {
  WiredChip chip;
  chip.or_in(kApb1Enr, 1U << 17);
  chip.set(kUsart2 + 8, 0x123);
  chip.set(kRcc + 0x20, 1U << 17);
  chip.set(kRcc + 0x20, 0);
  EXPECT_EQ(chip.get(kUsart2 + 8), 0U);
}

TEST(ClockLimits, TooFewWaitStatesAreTrouble) {
  WiredChip chip;
  go_to_100_mhz(chip);
  ASSERT_TRUE(chip.troubles.empty());
  chip.wait_states = 2;
  chip.parts.check_clocks();
  ASSERT_EQ(chip.troubles.size(), 1U);
  EXPECT_NE(chip.troubles[0].find("2 wait states"), std::string::npos) << chip.troubles[0];
}

TEST(ClockLimits, VoltageScaleIsLooked) {
  WiredChip chip;
  start_hse(chip);
  chip.wait_states = 3;
  chip.set(kRccPllCfgr, kPll100MhzOfHse);
  chip.or_in(kRccCr, kPllOn);
  chip.run_for(kMillisecond);
  chip.set(kRccCfgr, 4U << 10 | 2);
  ASSERT_EQ(chip.troubles.size(), 1U);
  EXPECT_NE(chip.troubles[0].find("84 MHz"), std::string::npos) << chip.troubles[0];
}

TEST(ClockLimits, TooFastForChipAndForApb1) {
  WiredChip chip;
  start_hse(chip);
  set_scale_1(chip);
  chip.wait_states = 3;
  chip.set(kRccPllCfgr, 4 | 216U << 6 | 1U << 16 | 1U << 22);  // 108 MHz
  chip.or_in(kRccCr, kPllOn);
  chip.run_for(kMillisecond);
  chip.set(kRccCfgr, 4U << 10 | 2);
  ASSERT_EQ(chip.troubles.size(), 1U);
  EXPECT_NE(chip.troubles[0].find("108 MHz"), std::string::npos) << chip.troubles[0];

  WiredChip other;
  go_to_100_mhz(other);
  other.set(kRccCfgr, 2);
  ASSERT_EQ(other.troubles.size(), 1U);
  EXPECT_NE(other.troubles[0].find("APB1"), std::string::npos) << other.troubles[0];
}

TEST(ClockLimits, PllOutOfItsRange) {
  WiredChip chip;
  start_hse(chip);
  chip.set(kRccPllCfgr, 8 | 50U << 6 | 3U << 16 | 1U << 22);  // 1 MHz in, 50 MHz
  chip.or_in(kRccCr, kPllOn);
  chip.run_for(kMillisecond);
  chip.set(kRccCfgr, 2);
  ASSERT_EQ(chip.troubles.size(), 1U);
  EXPECT_NE(chip.troubles[0].find("oscillator"), std::string::npos) << chip.troubles[0];
}

TEST(Pwr, ScaleIsFixedWhileThePllRuns) {
  WiredChip chip;
  set_scale_1(chip);
  EXPECT_EQ(chip.get(kPwr), 0xC000U);
  EXPECT_EQ(chip.get(kPwr + 4) & 1U << 14, 0U) << "the regulator settles";
  chip.run_for(Pwr::kSettle);
  EXPECT_NE(chip.get(kPwr + 4) & 1U << 14, 0U);
  chip.or_in(kRccCr, kPllOn);
  chip.set(kPwr, 0x4000);
  EXPECT_EQ(chip.get(kPwr), 0xC000U);
}

}  // namespace
}  // namespace virtual_board::test
