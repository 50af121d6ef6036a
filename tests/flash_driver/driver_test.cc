// Every rule of flash, OTP and option bytes as the driver keeps them, on the virtual board.
#include "rot/rot_test_support.h"
#include "tests/flash_driver/remote_chip.h"

namespace driver_test {
namespace {

using base::ByteView;
using base::ErrorCode;
using Bytes = std::vector<uint8_t>;

constexpr uint32_t kFlashRegisters = 0x4002'3C00;
constexpr uint32_t kBatch = 0x0800'3F00;  // in S0, behind the program

class DriverTest : public testing::Test {
 protected:
  // The flash interface is closed, idle and free of errors, the caches are on: as before every call.
  void expect_closed() {
    const auto reg = [&](uint32_t offset) {
      uint32_t value = 0;
      EXPECT_TRUE(chip.board.bus_read(kFlashRegisters + offset, value));
      return value;
    };
    EXPECT_EQ(reg(0x10), 0x8000'0000U) << "CR: LOCK and nothing else";
    EXPECT_EQ(reg(0x14) & 3, 1U) << "OPTCR: OPTLOCK";
    EXPECT_EQ(reg(0x00), 0x0000'0700U) << "ACR";
  }
  void TearDown() override { expect_closed(); }
  uint32_t& options() { return chip.image.content().option_bytes; }
  uint8_t rdp() { return static_cast<uint8_t>(options() >> 8); }
  // Option bytes as another tool left them, loaded by a start.
  void start_with(uint32_t value) {
    chip.board.power_off();
    options() = value;
    ASSERT_TRUE(chip.power_on());
  }
  uint8_t level() {
    const auto reply = chip.call(Operation::kLevel);
    EXPECT_TRUE(reply);
    return reply ? reply->value : 0xFF;
  }

  RemoteChip chip;
  RemoteFlash flash{chip};
  RemoteOtp otp{chip};
};

// ---- flash ----

TEST_F(DriverTest, FlashKeepsTheRulesOfFlash) {
  const Bytes data{1, 2, 3, 4, 5, 6, 7, 8};
  for (uint32_t sector = 0; sector < 3; ++sector) {
    ASSERT_SUCCESS(flash.program(sector, 16, data));
    Bytes out(8);
    ASSERT_SUCCESS(chip.read(Operation::kRead, sector, 16, out));
    EXPECT_EQ(out, data);
    const auto* cells = &chip.image.content().flash[(sector + 1) * 0x4000 + 16];
    EXPECT_TRUE(std::equal(data.begin(), data.end(), cells));
    EXPECT_ERROR(flash.program(sector, 16, data), "kFlashNotErased");
    EXPECT_ERROR(flash.program(sector, 20, Bytes(4, 0xFF)), "kFlashNotErased");
    ASSERT_SUCCESS(flash.program(sector, 16, Bytes(8)));  // a second time, to zeros
    ASSERT_SUCCESS(flash.program(sector, 16, Bytes(8)));  // and again
    ASSERT_SUCCESS(flash.program(sector, 0x3FFC, Bytes(4, 0x5A)));
    ASSERT_SUCCESS(flash.erase(sector));
    const auto* begin = &chip.image.content().flash[(sector + 1) * 0x4000];
    EXPECT_TRUE(std::all_of(begin, begin + 0x4000, [](uint8_t byte) { return byte == 0xFF; }));
    ASSERT_SUCCESS(chip.read(Operation::kRead, sector, 16, out));  // not what a cache remembers
    EXPECT_EQ(out, Bytes(8, 0xFF));
  }
  EXPECT_EQ(chip.board.counters().flash.sectors_erased, 3U);
}

TEST_F(DriverTest, WhatIsOutsideOrNotAlignedIsRefused) {
  const Bytes word(4, 0);
  Bytes out(4);
  const uint64_t before = chip.board.counters().flash.operations;
  EXPECT_ERROR(flash.program(0, 2, word), "kFlashAlignment");
  EXPECT_ERROR(flash.program(0, 0, ByteView(word).first(3)), "kFlashAlignment");
  EXPECT_ERROR(flash.program(0, 0x4000, word), "kFlashAlignment");
  EXPECT_ERROR(flash.program(0, 0x3FFC, Bytes(8)), "kFlashAlignment");
  EXPECT_ERROR(flash.program(0, 0xFFFF'FFFC, word), "kFlashAlignment");
  EXPECT_ERROR(flash.program(3, 0, word), "kFlashAlignment");
  EXPECT_ERROR(flash.erase(3), "kFlashAlignment");
  EXPECT_ERROR(flash.protect(3), "kFlashAlignment");
  EXPECT_ERROR(flash.is_protected(3), "kFlashAlignment");
  EXPECT_ERROR(chip.read(Operation::kRead, 0, 0x3FFD, out), "kFlashAlignment");
  EXPECT_ERROR(chip.read(Operation::kRead, 3, 0, out), "kFlashAlignment");
  EXPECT_ERROR(chip.run(Operation::kDriverErase, 8), "kFlashAlignment");
  EXPECT_ERROR(otp.program_word(512, 0), "kFlashAlignment");
  EXPECT_ERROR(otp.program_word(2, 0), "kFlashAlignment");
  EXPECT_ERROR(otp.lock_block(16), "kFlashAlignment");
  EXPECT_ERROR(otp.is_locked(16), "kFlashAlignment");
  EXPECT_ERROR(chip.read(Operation::kOtpRead, 509, 0, out), "kFlashAlignment");
  EXPECT_EQ(chip.board.counters().flash.operations, before);
}

TEST_F(DriverTest, TheDriverSaysWhatTheChipRefused) {
  EXPECT_ERROR(chip.run(Operation::kDriverProgram, 0x0801'0002, 0), "kFlashProgram");  // unaligned
  ASSERT_SUCCESS(chip.run(Operation::kDriverProgram, 0x0801'0000, 0x0000'FFFF));
  EXPECT_ERROR(chip.run(Operation::kDriverProgram, 0x0801'0000, 0xFFFF'0000), "kFlashProgram");  // reads back as 0
  EXPECT_ERROR(chip.run(Operation::kDriverProgram, 0x1FFF'0000, 0), "kFlashProtected");          // system memory
  ASSERT_SUCCESS(chip.run(Operation::kDriverErase, 4));
  ASSERT_SUCCESS(chip.run(Operation::kDriverProgram, 0x0801'0000, 0x1234'5678));
  ASSERT_SUCCESS(chip.run(Operation::kDriverErase, 7));
  uint32_t calls = 0;
  ASSERT_TRUE(chip.board.bus_read(kHookCounter, calls));
  EXPECT_EQ(calls, 2U) << "each long operation gives the watchdog its due";
}

// Errors that another program, or the call before, left behind are not taken for this call's.
TEST_F(DriverTest, OldErrorsAreCleared) {
  ASSERT_TRUE(chip.board.bus_write(0x0800'8000, 0));  // without PG: PGSERR
  uint32_t status = 0;
  ASSERT_TRUE(chip.board.bus_read(kFlashRegisters + 0x0C, status));
  ASSERT_NE(status & 0x80, 0U);
  EXPECT_SUCCESS(flash.program(1, 0, Bytes(4, 0x11)));
}

// By whatever went wrong before. The chip answers keys with a bus error from then on: the firmware's fault handler
// resets.
TEST_F(DriverTest, AWrongKeyJamsTheInterfaceUntilAReset) {
  EXPECT_FALSE(chip.board.bus_write(kFlashRegisters + 0x04, 0));
  EXPECT_ERROR(flash.program(0, 0, Bytes(4)), "kTimeout");
  ASSERT_TRUE(chip.power_on());
  EXPECT_FALSE(chip.board.bus_write(kFlashRegisters + 0x08, 0));
  EXPECT_SUCCESS(flash.program(0, 0, Bytes(4)));
  EXPECT_ERROR(flash.protect(0), "kTimeout");
  ASSERT_TRUE(chip.power_on());
  EXPECT_SUCCESS(flash.protect(0));
}

// The batch block: words that hold a secret, in a sector that is not the store's.
TEST_F(DriverTest, ZerosGoOverAnyWordOfMainFlash) {
  for (uint32_t at = kBatch; at < kBatch + 64; at += 4) {
    ASSERT_SUCCESS(chip.run(Operation::kDriverProgram, at, 0xDEAD'0000 + at));
  }
  for (uint32_t at = kBatch; at < kBatch + 64; at += 4) ASSERT_SUCCESS(chip.run(Operation::kDriverProgram, at, 0));
  const auto* cells = &chip.image.content().flash[kBatch - 0x0800'0000];
  EXPECT_TRUE(std::all_of(cells, cells + 64, [](uint8_t byte) { return byte == 0; }));
  EXPECT_EQ(cells[64], 0xFF);
  start_with(0x0FFE'AAEC);  // S0 write-protected by somebody
  EXPECT_ERROR(chip.run(Operation::kDriverProgram, kBatch + 64, 0), "kFlashProtected");
  EXPECT_ERROR(chip.run(Operation::kDriverErase, 0), "kFlashProtected");
}

// ---- OTP ----

TEST_F(DriverTest, OtpBitsNeverComeBackAndNumbersAreBigEndian) {
  ASSERT_SUCCESS(otp.program_word(4, 0xFFFF'FFF0));
  ASSERT_SUCCESS(otp.program_word(4, 0x0FFF'FFFF));
  ASSERT_SUCCESS(otp.program_word(508, 0x0123'4567));
  Bytes out(4);
  ASSERT_SUCCESS(chip.read(Operation::kOtpRead, 4, 0, out));
  EXPECT_EQ(out, (Bytes{0x0F, 0xFF, 0xFF, 0xF0}));
  ASSERT_SUCCESS(chip.read(Operation::kOtpRead, 508, 0, out));
  EXPECT_EQ(out, (Bytes{0x01, 0x23, 0x45, 0x67}));
  EXPECT_EQ(chip.image.content().otp[511], 0x67);
}

TEST_F(DriverTest, ALockedBlockTakesNothingMore) {
  ASSERT_SUCCESS(otp.program_word(32, 0xFFFF'FF00));
  ASSERT_SUCCESS(otp.lock_block(1));
  ASSERT_SUCCESS(otp.lock_block(1));
  EXPECT_TRUE(*otp.is_locked(1));
  EXPECT_FALSE(*otp.is_locked(0));
  EXPECT_FALSE(*otp.is_locked(2));
  EXPECT_EQ(chip.image.content().otp_locks[1], 0);
  EXPECT_EQ(std::count(chip.image.content().otp_locks.begin(), chip.image.content().otp_locks.end(), 0xFF), 15);
  EXPECT_ERROR(otp.program_word(32, 0), "kOtpLocked");
  EXPECT_ERROR(chip.run(Operation::kDriverProgram, 0x1FFF'7820, 0), "kFlashProtected");  // the chip itself
  EXPECT_SUCCESS(otp.program_word(28, 0));
  EXPECT_SUCCESS(otp.program_word(64, 0));
  EXPECT_EQ(chip.board.counters().flash.otp_locks, 1U);
}

TEST_F(DriverTest, ATornLockByteIsNoLockAndIsFinished) {
  chip.image.content().otp_locks[3] = 0x5F;
  EXPECT_FALSE(*otp.is_locked(3));
  ASSERT_SUCCESS(otp.lock_block(3));
  EXPECT_TRUE(*otp.is_locked(3));
  EXPECT_EQ(chip.image.content().otp_locks[3], 0);
}

// ---- option bytes ----

TEST_F(DriverTest, ProtectionIsForTheSectorAloneAndStays) {
  ASSERT_SUCCESS(flash.program(0, 0, Bytes(4, 0x12)));
  ASSERT_SUCCESS(flash.protect(0));
  EXPECT_EQ(options(), 0x0FFD'AAECU);
  for (int start = 0; start < 2; ++start) {
    EXPECT_TRUE(*flash.is_protected(0));
    EXPECT_FALSE(*flash.is_protected(1));
    EXPECT_ERROR(flash.program(0, 8, Bytes(4)), "kFlashProtected");
    EXPECT_ERROR(flash.erase(0), "kFlashProtected");
    EXPECT_ERROR(chip.run(Operation::kDriverProgram, 0x0800'4008, 0), "kFlashProtected");  // the chip itself
    EXPECT_SUCCESS(flash.program(1, 8 * static_cast<size_t>(start), Bytes(4)));
    ASSERT_TRUE(chip.power_on());
  }
  const uint64_t changes = chip.board.counters().flash.option_changes;
  ASSERT_SUCCESS(flash.protect(0));
  EXPECT_EQ(chip.board.counters().flash.option_changes, changes) << "nothing to do, nothing at risk";
}

TEST_F(DriverTest, AChangeKeepsAllOtherFields) {
  start_with(0x0F7F'AA64);  // BOR level 1, nRST_STDBY 0, sector 7 protected
  ASSERT_SUCCESS(flash.protect(2));
  EXPECT_EQ(options(), 0x0F77'AA64U);
  ASSERT_SUCCESS(chip.run(Operation::kRaise, 1));
  EXPECT_EQ(options(), 0x0F77'5564U);
  ASSERT_SUCCESS(flash.protect(1));
  EXPECT_EQ(options(), 0x0F73'5564U);
}

TEST_F(DriverTest, ReadProtectionIsRaisedAndNeverLowered) {
  ASSERT_SUCCESS(flash.program(0, 0, Bytes(4, 0x12)));
  EXPECT_EQ(level(), 0);
  ASSERT_SUCCESS(chip.run(Operation::kRaise, 0));
  EXPECT_EQ(chip.board.counters().flash.option_changes, 0U);
  EXPECT_ERROR(chip.run(Operation::kRaise, 3), "kInvalidArgument");
  ASSERT_SUCCESS(chip.run(Operation::kRaise, 1));
  EXPECT_EQ(rdp(), 0x55);
  for (uint32_t lower : {0U, 1U}) ASSERT_SUCCESS(chip.run(Operation::kRaise, lower));
  EXPECT_EQ(rdp(), 0x55);
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(level(), 1);
  ASSERT_SUCCESS(flash.protect(0));
  EXPECT_EQ(rdp(), 0x55);
  EXPECT_EQ(chip.image.content().flash[0x4000], 0x12) << "no mass erase";
}

// What a cut between erase and program leaves: level 1, no sector protected. It is made whole, not opened.
TEST_F(DriverTest, ErasedOptionBytesAreLevel1AndStayIt) {
  start_with(0x0FFF'FFEC);
  EXPECT_EQ(level(), 1);
  EXPECT_FALSE(*flash.is_protected(0));
  ASSERT_SUCCESS(chip.run(Operation::kRaise, 0));
  EXPECT_EQ(options(), 0x0FFF'55ECU);
  start_with(0x0FFF'FFEC);
  ASSERT_SUCCESS(flash.protect(0));
  EXPECT_EQ(options(), 0x0FFD'55ECU);
  EXPECT_TRUE(*flash.is_protected(0));
}

// Half programmed: what reads as done may be weak, and is done again.
TEST_F(DriverTest, ATornReadProtectionByteMakesTheProtectionCountAsUndone) {
  for (const uint32_t byte : {0x5FU, 0xBAU, 0xEEU, 0xDDU}) {
    start_with(0x0FFD'00EC | byte << 8);
    EXPECT_FALSE(*flash.is_protected(0));
    EXPECT_ERROR(flash.erase(0), "kFlashProtected");  // by the chip
    ASSERT_SUCCESS(flash.protect(0));
    EXPECT_EQ(options(), 0x0FFD'55ECU);
    EXPECT_TRUE(*flash.is_protected(0));
  }
}

// From such a byte an erase could, half done, leave 0xCC or 0xAA.
TEST_F(DriverTest, ALevel1ThatIsNotSafeToLeaveIsLeftAlone) {
  for (const uint32_t byte : {0x00U, 0x88U, 0xC8U, 0x2AU, 0x80U}) {
    start_with(0x0FFF'00EC | byte << 8);
    EXPECT_EQ(level(), 1);
    EXPECT_ERROR(flash.protect(0), "kUnsupported");
    EXPECT_ERROR(chip.run(Operation::kRaise, 2), "kUnsupported");
    EXPECT_SUCCESS(chip.run(Operation::kRaise, 1));
    EXPECT_EQ(options(), 0x0FFF'00EC | byte << 8);
    start_with(0x0FFD'00EC | byte << 8);
    EXPECT_TRUE(*flash.is_protected(0));  // so that a unit that was locked before goes on
    EXPECT_SUCCESS(flash.protect(0));
    EXPECT_EQ(options(), 0x0FFD'00EC | byte << 8);
  }
}

TEST_F(DriverTest, Level2IsForGood) {
  ASSERT_SUCCESS(flash.protect(0));
  ASSERT_SUCCESS(chip.run(Operation::kRaise, 2));
  EXPECT_EQ(options(), 0x0FFD'CCECU);
  for (int start = 0; start < 2; ++start) {
    EXPECT_EQ(level(), 2);
    for (uint32_t lower : {0U, 1U, 2U}) EXPECT_SUCCESS(chip.run(Operation::kRaise, lower));
    EXPECT_TRUE(*flash.is_protected(0));
    EXPECT_SUCCESS(flash.protect(0));
    EXPECT_ERROR(flash.protect(1), "kFlashProtected");
    EXPECT_FALSE(*flash.is_protected(1)) << "the register shows what is not stored";
    EXPECT_EQ(options(), 0x0FFD'CCECU);
    EXPECT_SUCCESS(flash.program(1, 8 * static_cast<size_t>(start), Bytes(4)));
    EXPECT_SUCCESS(otp.program_word(64, 0));
    ASSERT_TRUE(chip.power_on());
  }
}

}  // namespace
}  // namespace driver_test
