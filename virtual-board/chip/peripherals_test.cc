// The map of the parts, and the parts that are small.
#include "virtual-board/chip/peripherals.h"

#include <gtest/gtest.h>

#include <set>

#include "virtual-board/chip/wired_chip_test_support.h"

namespace virtual_board::test {
namespace {

TEST(Peripherals, AnswersOnTheBusesOnly) {
  WiredChip chip;
  uint32_t value = 1;
  EXPECT_TRUE(chip.parts.read(0x4000'5400, value, 4));  // I2C1: not modelled
  EXPECT_EQ(value, 0U);
  EXPECT_TRUE(chip.parts.write(0x5000'0000, 1, 4));
  EXPECT_FALSE(chip.parts.read(0x4000'8000, value, 4));
  EXPECT_FALSE(chip.parts.write(0x4008'0000, 1, 4));
  EXPECT_TRUE(chip.parts.read(0xE004'2000, value, 4));
  EXPECT_EQ(value & 0xFFFU, 0x431U);
  EXPECT_TRUE(Peripherals::covers(0x4002'3800));
  EXPECT_TRUE(Peripherals::covers(0x4200'0000));
  EXPECT_TRUE(Peripherals::covers(0xE004'2000));
  EXPECT_FALSE(Peripherals::covers(0xE000'E010));
  EXPECT_FALSE(Peripherals::covers(0x2000'0000));
}

TEST(Peripherals, BitBandAliasReachesSingleBits) {
  WiredChip chip;
  const auto alias = [](uint32_t address, unsigned bit) {
    return 0x4200'0000 + (address - 0x4000'0000) * 32 + bit * 4;
  };
  chip.set(alias(kAhb1Enr, 2), 1);
  EXPECT_EQ(chip.get(kAhb1Enr), 4U);
  EXPECT_EQ(chip.get(alias(kAhb1Enr, 2)), 1U);
  EXPECT_EQ(chip.get(alias(kAhb1Enr, 3)), 0U);
  chip.set(alias(kAhb1Enr, 2), 0);
  EXPECT_EQ(chip.get(kAhb1Enr), 0U);
}

TEST(Peripherals, AddedPartsAnswerAndAreResetToo) {
  struct Part final : Peripheral {
    uint32_t read(uint32_t offset, unsigned) override { return offset + value; }
    void write(uint32_t, uint32_t written, unsigned) override { value = written; }
    void reset() override { value = 7; }
    uint32_t value = 0;
  };
  WiredChip chip;
  Part part;
  chip.parts.add(0x4002'3C00, 0x400, part);
  chip.parts.reset(ResetCause::kPin, false);
  EXPECT_EQ(chip.get(0x4002'3C04), 11U);
  chip.set(0x4002'3C00, 100);
  EXPECT_EQ(part.value, 100U);
}

TEST(Peripherals, ReschedulesOnlyWhenSomethingElseIsNext) {
  WiredChip chip;
  chip.set_up_usart2();
  const unsigned before = chip.reschedules;
  for (int i = 0; i < 10; ++i) chip.get(kUsart2);
  chip.set(kGpioA + 0x18, 1);
  EXPECT_EQ(chip.reschedules, before);
  chip.set(kUsart2 + 4, 'x');
  EXPECT_EQ(chip.reschedules, before + 1);
}

TEST(Gpio, ResetValuesOfTheDebugPins) {
  WiredChip chip;
  chip.set(kAhb1Enr, 7);
  EXPECT_EQ(chip.get(kGpioA), 0xA800'0000U);
  EXPECT_EQ(chip.get(kGpioA + 0xC), 0x6400'0000U);
  EXPECT_EQ(chip.get(kGpioA + 0x400), 0x280U);
  EXPECT_EQ(chip.get(kGpioA + 0x40C), 0x100U);
  EXPECT_EQ(chip.get(kGpioC), 0U);
}

TEST(Gpio, OutputsAndInputs) {
  WiredChip chip;
  chip.set(kAhb1Enr, 7);
  chip.set(kGpioA, 0xA800'0400);  // PA5: the green LED
  chip.set(kGpioA + 0x18, 1U << 5);
  EXPECT_EQ(chip.get(kGpioA + 0x14), 1U << 5);
  EXPECT_NE(chip.get(kGpioA + 0x10) & 1U << 5, 0U);
  chip.set(kGpioA + 0x1A, 1U << 5, 2);  // the upper half of BSRR alone
  EXPECT_EQ(chip.get(kGpioA + 0x14), 0U);
  chip.set(kGpioA + 0x18, 1U << 5 | 1U << 21);
  EXPECT_EQ(chip.get(kGpioA + 0x14), 1U << 5) << "set wins";
  EXPECT_NE(chip.get(kGpioC + 0x10) & 1U << 13, 0U) << "the user button is not pressed";
  EXPECT_EQ(chip.get(kGpioC + 0x10) & 1U, 0U);
  chip.set(kGpioC + 0x0C, 1);
  EXPECT_EQ(chip.get(kGpioC + 0x10) & 1U, 1U) << "pulled up";
}

TEST(Gpio, LockHoldsUntilReset) {
  WiredChip chip;
  chip.set(kAhb1Enr, 1);
  constexpr uint32_t kLckr = kGpioA + 0x1C, kKey = 1U << 16, kPin5 = 1U << 5;
  chip.set(kLckr, kKey | kPin5);
  chip.set(kLckr, kPin5);
  chip.set(kLckr, kKey | kPin5);
  EXPECT_EQ(chip.get(kLckr), kKey | kPin5);
  chip.set(kGpioA, 0xA800'0C05);
  EXPECT_EQ(chip.get(kGpioA), 0xA800'0005U) << "PA5 keeps its mode";
  chip.parts.reset(ResetCause::kSoftware, false);
  chip.set(kAhb1Enr, 1);
  chip.set(kLckr, kKey | kPin5);
  chip.set(kLckr, kPin5 | 1);  // another set of pins
  chip.set(kLckr, kKey | kPin5);
  EXPECT_EQ(chip.get(kLckr) & kKey, 0U);
}

TEST(Adc, ConvertsAfterItsTime) {
  WiredChip chip;
  chip.set(kApb2Enr, 1U << 8);
  chip.set(kAdc1 + 0x304, 1U << 23);
  chip.set(kAdc1 + 0x34, 18);
  chip.set(kAdc1 + 0x0C, 7U << 24);  // 480 cycles
  chip.set(kAdc1 + 8, 1);
  chip.set(kAdc1 + 8, 1 | 1U << 30);
  EXPECT_EQ(chip.get(kAdc1) & 2U, 0U);
  chip.run_for(kSecond / 8'000'000 * 492 - 1);
  EXPECT_EQ(chip.get(kAdc1) & 2U, 0U);
  chip.run_for(1);
  EXPECT_EQ(chip.get(kAdc1) & 2U, 2U);
  const uint32_t value = chip.get(kAdc1 + 0x4C);
  EXPECT_NEAR(value, 952, 8);
  EXPECT_EQ(chip.get(kAdc1) & 2U, 0U);
}

TEST(Adc, LowBitsAreNoise) {
  WiredChip chip;
  chip.set(kApb2Enr, 1U << 8);
  chip.set(kAdc1 + 0x304, 1U << 23);
  chip.set(kAdc1 + 0x34, 17);
  chip.set(kAdc1 + 8, 1);
  std::set<uint32_t> values;
  for (int i = 0; i < 100; ++i) {
    chip.set(kAdc1 + 8, 1 | 1U << 30);
    chip.run_for(100 * kMicrosecond);
    values.insert(chip.get(kAdc1 + 0x4C));
  }
  EXPECT_GT(values.size(), 4U);
  EXPECT_NEAR(*values.begin(), 1'499, 8);
  EXPECT_NEAR(*values.rbegin(), 1'499, 8);
}

TEST(Adc, OffItConvertsNothing) {
  WiredChip chip;
  chip.set(kApb2Enr, 1U << 8);
  chip.set(kAdc1 + 8, 1U << 30);
  chip.run_for(kSecond);
  EXPECT_EQ(chip.get(kAdc1), 0U);
}

TEST(Adc, SequenceByDma) {
  WiredChip chip;
  chip.set(kApb2Enr, 1U << 8);
  chip.or_in(kAhb1Enr, 1U << 22);
  constexpr uint32_t kStream0 = kDma2 + 0x10, kHalfWords = 1U << 11 | 1U << 13;
  chip.set(kStream0 + 4, 2);
  chip.set(kStream0 + 8, kAdc1 + 0x4C);
  chip.set(kStream0 + 0xC, kSram.base);
  chip.set(kStream0, kHalfWords | 0x400 | 1);
  chip.set(kAdc1 + 4, 1U << 8);
  chip.set(kAdc1 + 0x304, 1U << 23);
  chip.set(kAdc1 + 0x2C, 1U << 20);
  chip.set(kAdc1 + 0x34, 17 | 18U << 5);
  chip.set(kAdc1 + 8, 1 | 1U << 8);
  chip.set(kAdc1 + 8, 1 | 1U << 8 | 1U << 30);
  chip.run_for(kMillisecond);
  EXPECT_EQ(chip.get(kStream0 + 4), 0U);
  uint16_t values[2];
  std::memcpy(values, chip.record.sram().data(), sizeof values);
  EXPECT_NEAR(values[0], 1'499, 8);
  EXPECT_NEAR(values[1], 952, 8);
}

TEST(CrcUnit, IsTheEthernetPolynomial) {
  WiredChip chip;
  chip.set(kAhb1Enr, 1U << 12);
  EXPECT_EQ(chip.get(kCrc), 0xFFFF'FFFFU);
  chip.set(kCrc, 0x3132'3334);  // "1234" most significant byte first: CRC-32/MPEG-2
  EXPECT_EQ(chip.get(kCrc), 0xA695'C4AAU);
  chip.set(kCrc + 8, 1);
  EXPECT_EQ(chip.get(kCrc), 0xFFFF'FFFFU);
}

TEST(Syscfg, StoresWhatItHas) {
  WiredChip chip;
  chip.set(kApb2Enr, 1U << 14);
  chip.set(kSyscfg + 8, 0x1'2345);
  EXPECT_EQ(chip.get(kSyscfg + 8), 0x2345U);
  chip.set(kSyscfg + 0x20, 1);
  EXPECT_EQ(chip.get(kSyscfg + 0x20), 0x101U);
}

TEST(Exti, SoftwareRaisesALine) {
  WiredChip chip;
  chip.set(kExti + 0x10, 1U << 7);
  EXPECT_FALSE(chip.irq(23)) << "masked";
  chip.set(kExti + 0x14, 1U << 7);
  chip.set(kExti, 1U << 7);
  chip.set(kExti + 0x10, 1U << 7);
  EXPECT_TRUE(chip.irq(23));
  chip.set(kExti + 0x14, 1U << 7);
  EXPECT_FALSE(chip.irq(23));
}

}  // namespace
}  // namespace virtual_board::test
