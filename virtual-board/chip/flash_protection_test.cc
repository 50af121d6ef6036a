// OTP, option bytes, read and write protection, and what they leave a debugger.
#include "virtual-board/chip/flash_test_support.h"

namespace virtual_board::test {
namespace {

using namespace flash;

class FlashProtectionTest : public testing::Test, protected FlashBench {
 protected:
  FlashProtectionTest() {
    unlock();
    unlock_options();
  }
};

TEST_F(FlashProtectionTest, OtpProgramsAndNeverRises) {
  program(kOtp.base + 32, 0x00FF'00FF);
  program(kOtp.base + 32, 0xFFFF'FF00);
  EXPECT_EQ(status(), 0u);
  EXPECT_EQ(word(kOtp.base + 32), 0x00FF'0000u);
  EXPECT_EQ(interface.counters().otp_units, 2u);
  EXPECT_EQ(interface.counters().units_programmed, 0u);
}

TEST_F(FlashProtectionTest, LockedOtpBlockIsRefused) {
  program(kOtp.base + 3 * 32, 0xFFFF'0000);
  lock_otp_block(3);
  EXPECT_EQ(interface.read_cells(kOtpLocks.base + 3, 1), 0u);
  EXPECT_EQ(interface.counters().otp_locks, 1u);
  program(kOtp.base + 3 * 32, 0);
  EXPECT_EQ(status(), sr::kWrperr);
  EXPECT_EQ(word(kOtp.base + 3 * 32), 0xFFFF'0000u);
  clear_status();
  program(kOtp.base + 4 * 32 - 4, 0);
  EXPECT_EQ(status(), sr::kWrperr);
  clear_status();
  program(kOtp.base + 3 * 32 - 4, 0);
  program(kOtp.base + 4 * 32, 0);
  EXPECT_EQ(status(), 0u) << "the blocks beside it are open";
  interface.reset();
  unlock();
  program(kOtp.base + 3 * 32, 0);
  EXPECT_EQ(status(), sr::kWrperr) << "for good";
}

TEST_F(FlashProtectionTest, HalfProgrammedLockByteLeavesTheBlockOpen) {
  image.content().otp_locks[0] = 0x10;
  program(kOtp.base, 0);
  EXPECT_EQ(status(), 0u);
  lock_otp_block(0);
  program(kOtp.base + 4, 0);
  EXPECT_EQ(status(), sr::kWrperr);
}

TEST_F(FlashProtectionTest, OptionRegisterIgnoresWritesWhileLocked) {
  set(kOptcr, get(kOptcr) | optcr::kLock);
  change_options(options(kRdpLevel0, 0));
  EXPECT_EQ(get(kOptcr), optcr::kFactory | optcr::kLock);
  EXPECT_EQ(image.content().option_bytes, optcr::kFactory);
  EXPECT_FALSE(interface.busy_until());
}

TEST_F(FlashProtectionTest, OptionBytesChangeWithStartOnly) {
  set(kOptcr, options(kRdpLevel0, 0xFD));
  EXPECT_EQ(get(kOptcr), options(kRdpLevel0, 0xFD));
  EXPECT_FALSE(interface.is_write_protected(1));
  interface.reset();
  EXPECT_EQ(get(kOptcr), optcr::kFactory | optcr::kLock) << "loaded from the option bytes again";

  unlock_options();
  change_options(options(kRdpLevel0, 0xFD));
  EXPECT_EQ(status(), sr::kBsy);
  EXPECT_TRUE(get(kOptcr) & optcr::kStrt);
  EXPECT_EQ(wait(), 250 * kMillisecond);
  EXPECT_FALSE(get(kOptcr) & optcr::kStrt);
  EXPECT_TRUE(interface.is_write_protected(1));
  interface.reset();
  EXPECT_EQ(get(kOptcr), options(kRdpLevel0, 0xFD) | optcr::kLock);
  unlock();
  program(kSectors[1].base, 0);
  EXPECT_EQ(status(), sr::kWrperr);
  EXPECT_EQ(interface.counters().option_changes, 1u);
}

TEST_F(FlashProtectionTest, WriteProtectionCanBeTakenBackBelowLevel2) {
  change_options(options(kLevel1, 0x00));
  wait();
  change_options(options(kLevel1, 0xFF));
  wait();
  program(kSectors[1].base, 0);
  EXPECT_EQ(status(), 0u);
}

TEST_F(FlashProtectionTest, OptionRegisterTakesBytes) {
  interface.write(kOptcr + 1, kLevel1, 1);
  interface.write(kOptcr, interface.read(kOptcr, 1) | optcr::kStrt, 1);
  wait();
  EXPECT_EQ(image.content().option_bytes, options(kLevel1));
}

TEST_F(FlashProtectionTest, OptionCellsShowTheOptionBytes) {
  EXPECT_EQ(word(kOptionBytes.base) & 0xFFFF, 0xAAEFu);
  EXPECT_EQ(word(kOptionBytes.base + 8) & 0x80FF, 0x00FFu);
  change_options(options(kLevel1, 0xF1) & ~0xCu);
  EXPECT_EQ(word(kOptionBytes.base) & 0xFFFF, 0x55E3u);
  EXPECT_EQ(word(kOptionBytes.base + 8) & 0x80FF, 0x00F1u);
}

TEST_F(FlashProtectionTest, RegressionErasesFlashAndLeavesOtp) {
  for (const Sector& sector : kSectors) program(sector.base, 0x600D'F00D);
  program(kOtp.base, 0x0123'4567);
  lock_otp_block(0);
  change_options(options(kLevel1, 0xFD));
  EXPECT_EQ(wait(), 250 * kMillisecond);
  EXPECT_EQ(interface.read_protection(), 1u);
  for (const Sector& sector : kSectors)
    EXPECT_EQ(word(sector.base), 0x600D'F00Du) << "a program from flash sees no change";

  chip.code_changes.clear();
  change_options(options(kRdpLevel0, 0xFD));
  EXPECT_EQ(wait(), (250 + 4'550) * kMillisecond);
  EXPECT_EQ(interface.read_protection(), 0u);
  for (const Sector& sector : kSectors) EXPECT_EQ(word(sector.base), 0xFFFF'FFFFu) << "protected or not";
  EXPECT_EQ(word(kOtp.base), 0x0123'4567u);
  EXPECT_EQ(image.content().otp_locks[0], 0u);
  EXPECT_TRUE(interface.is_write_protected(1)) << "the other option bytes stay";
  ASSERT_EQ(chip.code_changes.size(), 1u);
  EXPECT_EQ(chip.code_changes[0].size, kFlash.size);
}

TEST_F(FlashProtectionTest, EveryOtherValueIsLevel1) {
  for (const uint8_t rdp : std::array<uint8_t, 5>{0x00, 0x55, 0xBB, 0xFF, 0xAB}) {
    image.content().option_bytes = options(rdp);
    EXPECT_EQ(interface.read_protection(), 1u) << int{rdp};
  }
}

TEST_F(FlashProtectionTest, Level2IsFinal) {
  change_options(options(kLevel1));
  wait();
  program(kFlash.base, 0);
  change_options(options(kRdpLevel2));
  wait();
  EXPECT_EQ(interface.read_protection(), 2u);
  EXPECT_EQ(word(kFlash.base), 0u) << "going up erases nothing";
  for (const uint32_t wish : {options(kRdpLevel0), options(kLevel1), options(kRdpLevel2, 0x00)}) {
    change_options(wish);
    EXPECT_EQ(status(), sr::kWrperr);
    EXPECT_EQ(image.content().option_bytes, options(kRdpLevel2));
    clear_status();
    interface.reset();
    unlock_options();
  }
  EXPECT_EQ(interface.counters().option_changes, 2u);
  unlock();
  program(kSectors[1].base, 0x1234'5678);
  EXPECT_EQ(word(kSectors[1].base), 0x1234'5678u) << "programs run as before";
}

TEST_F(FlashProtectionTest, CodeReadoutProtectionInvertsTheSectorsBits) {
  program(kSectors[5].base, 0x1111'1111);
  change_options(options(kRdpLevel0, 1u << 5) | optcr::kSprmod);
  wait();
  EXPECT_TRUE(interface.is_write_protected(5));
  EXPECT_FALSE(interface.is_write_protected(4));
  EXPECT_TRUE(interface.is_read_protected(kSectors[5].base));
  EXPECT_FALSE(interface.is_read_protected(kSectors[6].base));
  EXPECT_EQ(word(kSectors[5].base), 0u);
  EXPECT_EQ(status(), sr::kRderr);
  clear_status();
  program(kSectors[5].base, 0);
  EXPECT_EQ(status(), sr::kWrperr);
  clear_status();

  const auto refused = [&](uint32_t wish) {
    const uint32_t before = image.content().option_bytes;
    change_options(wish);
    wait();
    const bool result = status() == sr::kWrperr && image.content().option_bytes == before;
    clear_status();
    return result;
  };
  EXPECT_TRUE(refused(options(kRdpLevel0)));
  EXPECT_TRUE(refused(options(kRdpLevel0, 0) | optcr::kSprmod));
  EXPECT_FALSE(refused(options(kLevel1, 0x60) | optcr::kSprmod)) << "more sectors, a higher level";
  EXPECT_TRUE(refused(options(kLevel1)));
  EXPECT_FALSE(refused(options(kRdpLevel0))) << "with the contents of flash";
  EXPECT_EQ(word(kSectors[5].base), 0xFFFF'FFFFu);
}

// ---- the debugger ----

TEST_F(FlashProtectionTest, LoadErasesOnlyWhatItTouchesAndOnce) {
  for (const Sector& sector : kSectors) program(sector.base + 64, 0);
  const std::vector<uint8_t> bytes(12, 0x5A);
  const std::array<LoadPiece, 3> pieces{
      {{kFlash.base, bytes}, {kFlash.base + 12, bytes}, {kSectors[4].base - 4, bytes}}};
  const FlashCounters before = interface.counters();
  ASSERT_TRUE(interface.load(pieces));
  EXPECT_EQ(word(kFlash.base), 0x5A5A'5A5Au);
  EXPECT_EQ(word(kFlash.base + 20), 0x5A5A'5A5Au);
  EXPECT_EQ(word(kFlash.base + 24), 0xFFFF'FFFFu);
  EXPECT_EQ(word(kSectors[4].base - 4), 0x5A5A'5A5Au);
  EXPECT_EQ(word(kSectors[4].base + 4), 0x5A5A'5A5Au);
  for (size_t i = 0; i < kSectors.size(); i++) {
    const bool touched = i == 0 || i == 3 || i == 4;
    EXPECT_EQ(word(kSectors[i].base + 64), touched ? 0xFFFF'FFFFu : 0u) << i;
  }
  EXPECT_EQ(interface.counters().operations, before.operations);
  ASSERT_TRUE(interface.load(std::span(pieces).first(1)));
  EXPECT_EQ(word(kFlash.base + 20), 0xFFFF'FFFFu) << "a new session erases again";
}

TEST_F(FlashProtectionTest, LoadRefusesProtectedSectorsAndChangesNothing) {
  program(kFlash.base, 0x600D'F00D);
  change_options(options(kRdpLevel0, 0xFD));
  wait();
  const std::vector<uint8_t> bytes(8, 0);
  const std::array<LoadPiece, 2> pieces{{{kFlash.base, bytes}, {kSectors[1].base - 4, bytes}}};
  EXPECT_FALSE(interface.load(pieces));
  EXPECT_EQ(word(kFlash.base), 0x600D'F00Du);
  EXPECT_TRUE(interface.load(std::span(pieces).first(1)));
}

TEST_F(FlashProtectionTest, DebuggerTakesProtectionBack) {
  program(kFlash.base, 0x600D'F00D);
  program(kOtp.base, 0);
  const FlashCounters before = interface.counters();
  image.content().option_bytes = options(kRdpLevel0, 0xF1);
  EXPECT_TRUE(interface.unprotect());
  EXPECT_EQ(image.content().option_bytes, optcr::kFactory);
  EXPECT_EQ(word(kFlash.base), 0x600D'F00Du) << "write protection alone costs nothing";

  for (const uint32_t set : {options(kLevel1, 0xF1), options(kRdpLevel0, 0x01) | optcr::kSprmod}) {
    image.content().flash.fill(0x11);
    image.content().option_bytes = set;
    EXPECT_TRUE(interface.unprotect());
    EXPECT_EQ(image.content().option_bytes, optcr::kFactory);
    EXPECT_EQ(word(kFlash.base), 0xFFFF'FFFFu);
    EXPECT_EQ(word(kFlash.base + kFlash.size - 4), 0xFFFF'FFFFu);
    EXPECT_EQ(word(kOtp.base), 0u);
  }
  EXPECT_EQ(interface.counters().operations, before.operations);

  image.content().flash.fill(0x11);
  image.content().option_bytes = options(kRdpLevel2);
  EXPECT_FALSE(interface.unprotect());
  EXPECT_EQ(image.content().option_bytes, options(kRdpLevel2));
  EXPECT_EQ(word(kFlash.base), 0x1111'1111u);
}

TEST_F(FlashProtectionTest, LoadRefusesReadProtectionAndWhatIsNoFlash) {
  const std::vector<uint8_t> bytes(8, 0);
  for (const uint32_t address : {kFlash.base - 4, kFlash.base + kFlash.size - 4, kOtp.base, 0xFFFF'FFFCu}) {
    const std::array<LoadPiece, 2> pieces{{{kFlash.base, bytes}, {address, bytes}}};
    EXPECT_FALSE(interface.load(pieces)) << address;
  }
  for (const uint8_t rdp : {kLevel1, kRdpLevel2}) {
    image.content().option_bytes = options(rdp);
    EXPECT_FALSE(interface.load(kFlash.base, bytes));
  }
  EXPECT_EQ(word(kFlash.base), 0xFFFF'FFFFu);
}

}  // namespace
}  // namespace virtual_board::test
