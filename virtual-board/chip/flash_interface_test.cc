// What the flash interface refuses and does, seen from its registers. Nothing of our own driver is used here.
#include "virtual-board/chip/flash_interface.h"

#include "virtual-board/chip/flash_test_support.h"

namespace virtual_board::test {
namespace {

using namespace flash;

constexpr uint32_t kWord = 0x0804'0000;

class FlashInterfaceTest : public testing::Test, protected FlashBench {
 protected:
  void expect_refused(uint32_t flags, uint32_t address = kWord) {
    EXPECT_EQ(status(), flags);
    EXPECT_EQ(word(address & ~3u), 0xFFFF'FFFFu);
    EXPECT_EQ(interface.counters().operations, 0u);
    EXPECT_FALSE(interface.busy_until());
  }
};

TEST_F(FlashInterfaceTest, ProgramsAWord) {
  unlock();
  set(kCr, kX32 | cr::kPg);
  interface.write_cells(kWord, 0x1234'5678, 4);
  EXPECT_EQ(status(), sr::kBsy);
  EXPECT_EQ(interface.next_event(), 16 * kMicrosecond);
  EXPECT_EQ(wait(), 16 * kMicrosecond);
  EXPECT_EQ(status(), 0u) << "EOP only where its interrupt is enabled";
  EXPECT_EQ(word(kWord), 0x1234'5678u);
  EXPECT_EQ(interface.read_cells(kWord + 1, 1), 0x56u);
  EXPECT_EQ(interface.read_cells(kWord + 2, 2), 0x1234u);
  EXPECT_EQ(interface.counters().units_programmed, 1u);
  EXPECT_EQ(interface.counters().busy, 16 * kMicrosecond);
  ASSERT_EQ(chip.code_changes.size(), 1u);
  EXPECT_EQ(chip.code_changes[0].address, kWord);
  EXPECT_EQ(chip.code_changes[0].size, 4u);
}

TEST_F(FlashInterfaceTest, EveryParallelismProgramsItsUnit) {
  unlock();
  set(kCr, kX8 | cr::kPg);
  interface.write_cells(kWord + 3, 0x12, 1);
  set(kCr, kX16 | cr::kPg);
  interface.write_cells(kWord, 0x3456, 2);
  set(kCr, kX64 | cr::kPg);
  interface.write_cells(kWord + 8, 0x1111'1111, 4);
  EXPECT_EQ(word(kWord + 8), 0xFFFF'FFFFu) << "half a unit is not programmed yet";
  interface.write_cells(kWord + 12, 0x2222'2222, 4);
  wait();
  EXPECT_EQ(status(), 0u);
  EXPECT_EQ(word(kWord), 0x12FF'3456u);
  EXPECT_EQ(word(kWord + 8), 0x1111'1111u);
  EXPECT_EQ(word(kWord + 12), 0x2222'2222u);
  EXPECT_EQ(interface.counters().units_programmed, 3u);
}

TEST_F(FlashInterfaceTest, RefusesHalvesOfDifferentDoubleWords) {
  unlock();
  set(kCr, kX64 | cr::kPg);
  interface.write_cells(kWord + 4, 0, 4);
  expect_refused(sr::kPgserr, kWord + 4);
  clear_status();
  interface.write_cells(kWord, 0, 4);
  interface.write_cells(kWord + 12, 0, 4);
  expect_refused(sr::kPgserr, kWord + 12);
  EXPECT_EQ(word(kWord), 0xFFFF'FFFFu);
  clear_status();
  interface.write_cells(kWord + 4, 0, 4);
  expect_refused(sr::kPgserr, kWord + 4);
  EXPECT_EQ(word(kWord), 0xFFFF'FFFFu) << "the first half was given up";
}

TEST_F(FlashInterfaceTest, RefusesToProgramWhileLocked) {
  interface.write_cells(kWord, 0, 1);
  expect_refused(sr::kPgserr);
  clear_status();
  unlock();
  set(kCr, kX32 | cr::kPg | cr::kLock);
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kPgserr);
}

TEST_F(FlashInterfaceTest, RefusesToProgramWithoutPg) {
  unlock();
  set(kCr, kX32);
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kPgserr);
  clear_status();
  EXPECT_EQ(status(), 0u);
  set(kCr, kX32 | cr::kPg | cr::kSer);
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kPgserr);
}

TEST_F(FlashInterfaceTest, RefusesAnotherSizeThanPsize) {
  unlock();
  for (const uint32_t psize : {kX8, kX16, kX32, kX64}) {
    for (const unsigned size : {1u, 2u, 4u}) {
      const unsigned wanted = std::min(1u << (psize >> cr::kPsizeShift), 4u);
      if (size == wanted) continue;
      SCOPED_TRACE(testing::Message() << "CR " << psize << ", " << size << " bytes");
      set(kCr, psize | cr::kPg);
      interface.write_cells(kWord, 0, size);
      expect_refused(sr::kPgperr);
      clear_status();
    }
  }
}

TEST_F(FlashInterfaceTest, WordWriteAfterResetRaisesBothSequenceAndParallelism) {
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kPgserr | sr::kPgperr);
}

TEST_F(FlashInterfaceTest, RefusesToCrossARow) {
  unlock();
  set(kCr, kX32 | cr::kPg);
  interface.write_cells(kWord + 14, 0, 4);
  expect_refused(sr::kPgaerr | sr::kPgperr, kWord + 12);
  EXPECT_EQ(word(kWord + 16), 0xFFFF'FFFFu);
  clear_status();
  set(kCr, kX16 | cr::kPg);
  interface.write_cells(kWord + 15, 0, 2);
  expect_refused(sr::kPgaerr | sr::kPgperr, kWord + 12);
  clear_status();
  interface.write_cells(kWord + 13, 0, 2);
  expect_refused(sr::kPgperr, kWord + 12);
}

TEST_F(FlashInterfaceTest, BitsOnlyFall) {
  unlock();
  program(kWord, 0x0F0F'0000);
  program(kWord, 0xFF00'FFFF);
  EXPECT_EQ(status(), 0u) << "the chip does not tell";
  EXPECT_EQ(word(kWord), 0x0F00'0000u);
  EXPECT_EQ(interface.counters().units_programmed, 2u);
}

TEST_F(FlashInterfaceTest, RefusesAProtectedSector) {
  image.content().option_bytes = options(kRdpLevel0, 0xFF & ~(1u << 6));
  interface.reset();
  unlock();
  EXPECT_TRUE(interface.is_write_protected(6));
  set(kCr, kX32 | cr::kPg);
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kWrperr);
  clear_status();
  erase(6);
  expect_refused(sr::kWrperr);
  EXPECT_EQ(get(kCr) & cr::kStrt, 0u);
  clear_status();
  set(kCr, kX32 | cr::kMer | cr::kStrt);
  expect_refused(sr::kWrperr);
  clear_status();
  program(0x0803'FFFC, 0);
  program(0x0806'0000, 0);
  EXPECT_EQ(status(), 0u) << "the neighbours are open";
}

TEST_F(FlashInterfaceTest, RefusesWhatIsNeitherFlashNorOtp) {
  unlock();
  set(kCr, kX32 | cr::kPg);
  for (const uint32_t address : {kSystemMemory.base, kUniqueId.base, kOptionBytes.base}) {
    const uint32_t before = word(address);
    interface.write_cells(address, 0, 4);
    EXPECT_EQ(status(), sr::kWrperr);
    EXPECT_EQ(word(address), before);
    clear_status();
  }
  EXPECT_EQ(interface.counters().operations, 0u);
}

TEST_F(FlashInterfaceTest, ErasesOneSector) {
  unlock();
  const auto at = [](const Sector& sector) { return std::array{sector.base, sector.base + sector.size - 4}; };
  for (const Sector& sector : kSectors) {
    for (const uint32_t address : at(sector)) program(address, 0);
  }
  const std::array<Time, 8> milliseconds{250, 250, 250, 250, 550, 1000, 1000, 1000};
  for (uint32_t i = 0; i < kSectors.size(); i++) {
    SCOPED_TRACE(i);
    erase(i);
    EXPECT_EQ(status(), sr::kBsy);
    EXPECT_TRUE(get(kCr) & cr::kStrt);
    EXPECT_EQ(wait(), milliseconds[i] * kMillisecond);
    EXPECT_EQ(status(), 0u);
    EXPECT_FALSE(get(kCr) & cr::kStrt);
    for (uint32_t j = 0; j < kSectors.size(); j++) {
      for (const uint32_t address : at(kSectors[j])) EXPECT_EQ(word(address), j <= i ? 0xFFFF'FFFFu : 0u) << j;
    }
  }
  EXPECT_EQ(interface.counters().sectors_erased, 8u);
}

TEST_F(FlashInterfaceTest, ErasesAllButOtp) {
  unlock();
  program(kFlash.base, 0);
  program(kFlash.base + kFlash.size - 4, 0);
  program(kOtp.base, 0);
  set(kCr, kX32 | cr::kMer | cr::kStrt);
  EXPECT_EQ(wait(), 4'550 * kMillisecond);
  EXPECT_EQ(word(kFlash.base), 0xFFFF'FFFFu);
  EXPECT_EQ(word(kFlash.base + kFlash.size - 4), 0xFFFF'FFFFu);
  EXPECT_EQ(word(kOtp.base), 0u);
}

TEST_F(FlashInterfaceTest, EraseTakesLongerAtLowerParallelism) {
  unlock();
  set(kCr, kX8 | cr::kSer | cr::kStrt);
  EXPECT_EQ(wait(), 400 * kMillisecond);
  set(kCr, kX16 | cr::kSer | (4u << cr::kSnbShift) | cr::kStrt);
  EXPECT_EQ(wait(), 700 * kMillisecond);
}

TEST_F(FlashInterfaceTest, RefusesBothErasesAtOnceAndSectorsThatAreNone) {
  unlock();
  set(kCr, kX32 | cr::kSer | cr::kMer | cr::kStrt);
  expect_refused(sr::kWrperr);
  for (const uint32_t sector : {8u, 12u, 13u, 15u}) {  // 12 and 13: OTP, option bytes
    clear_status();
    erase(sector);
    expect_refused(sr::kWrperr);
  }
  clear_status();
  set(kCr, kX32 | cr::kStrt);
  expect_refused(0);
}

TEST_F(FlashInterfaceTest, EndOfOperationInterrupt) {
  unlock();
  set(kCr, kX32 | cr::kPg | cr::kEopie);
  interface.write_cells(kWord, 0, 4);
  EXPECT_FALSE(chip.irq[kIrq]);
  wait();
  EXPECT_EQ(status(), sr::kEop);
  EXPECT_TRUE(chip.irq[kIrq]);
  set(kSr, sr::kEop);
  EXPECT_EQ(status(), 0u);
  EXPECT_FALSE(chip.irq[kIrq]);
}

TEST_F(FlashInterfaceTest, ErrorInterrupt) {
  unlock();
  set(kCr, kX32 | cr::kErrie);
  interface.write_cells(kWord, 0, 4);
  expect_refused(sr::kPgserr | sr::kOperr);
  EXPECT_TRUE(chip.irq[kIrq]);
  set(kSr, sr::kPgserr);
  EXPECT_EQ(status(), sr::kOperr);
  EXPECT_TRUE(chip.irq[kIrq]);
  set(kSr, sr::kOperr);
  EXPECT_FALSE(chip.irq[kIrq]);
}

TEST_F(FlashInterfaceTest, OperationsWithoutWaitingFollowEachOther) {
  unlock();
  set(kCr, kX32 | cr::kPg);
  for (uint32_t i = 0; i < 3; i++) interface.write_cells(kWord + 4 * i, i, 4);
  EXPECT_EQ(wait(), 48 * kMicrosecond);
  for (uint32_t i = 0; i < 3; i++) EXPECT_EQ(word(kWord + 4 * i), i);
}

TEST_F(FlashInterfaceTest, StatusIsRightEvenIfTheChipCallsLate) {
  unlock();
  set(kCr, kX32 | cr::kPg);
  interface.write_cells(kWord, 0, 4);
  chip.time = 16 * kMicrosecond - 1;
  EXPECT_EQ(status(), sr::kBsy);
  chip.time++;
  EXPECT_EQ(status(), 0u);
}

TEST_F(FlashInterfaceTest, UniqueIdAndFlashSize) {
  const auto& id = image.content().unique_id;
  EXPECT_EQ(word(kUniqueId.base + 8), id[8] | id[9] << 8 | id[10] << 16 | uint32_t{id[11]} << 24);
  EXPECT_EQ(interface.read_cells(kFlashSizeRegister, 2), 512u);
  EXPECT_TRUE(FlashInterface::covers(kFlashSizeRegister));
  EXPECT_FALSE(FlashInterface::covers(kSram.base));
  EXPECT_FALSE(FlashInterface::covers(kFlash.base + kFlash.size));
}

}  // namespace
}  // namespace virtual_board::test
