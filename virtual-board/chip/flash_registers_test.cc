// The registers of the flash interface: reset values, access, keys.
#include "virtual-board/chip/flash_test_support.h"

namespace virtual_board::test {
namespace {

using namespace flash;

class FlashRegistersTest : public testing::Test, protected FlashBench {};

TEST_F(FlashRegistersTest, RegistersAfterReset) {
  EXPECT_EQ(get(kAcr), 0u);
  EXPECT_EQ(get(kSr), 0u);
  EXPECT_EQ(get(kCr), 0x8000'0000u);
  EXPECT_EQ(get(kOptcr), 0x0FFF'AAEDu);
}

TEST_F(FlashRegistersTest, AccessControlKeepsLatencyAndCaches) {
  set(kAcr, 0x703);
  EXPECT_EQ(get(kAcr), 0x703u);
  EXPECT_EQ(interface.wait_states(), 3u);
  set(kAcr, 0x703 | acr::kInstructionCacheReset | acr::kDataCacheReset);
  EXPECT_EQ(get(kAcr), 0x703u) << "a cache that is on cannot be reset";
  set(kAcr, 0x103);
  set(kAcr, 0x103 | acr::kInstructionCacheReset | acr::kDataCacheReset);
  EXPECT_EQ(get(kAcr), 0x1903u);
  interface.reset();
  EXPECT_EQ(get(kAcr), 0u);
}

TEST_F(FlashRegistersTest, ControlRegisterIgnoresWritesWhileLocked) {
  set(kCr, cr::kPg | kX32);
  EXPECT_EQ(get(kCr), cr::kLock);
  unlock();
  EXPECT_EQ(get(kCr), 0u);
  set(kCr, cr::kPg | kX32);
  EXPECT_EQ(get(kCr), cr::kPg | kX32);
  set(kCr, cr::kLock);
  EXPECT_EQ(get(kCr), cr::kLock);
  unlock();
  EXPECT_EQ(get(kCr), 0u);
  EXPECT_EQ(chip.bus_errors, 0u);
}

TEST_F(FlashRegistersTest, WrongKeyLocksUntilReset) {
  set(kKeyr, kKey1);
  set(kKeyr, kKey1);
  EXPECT_EQ(chip.bus_errors, 1u);
  unlock();
  EXPECT_EQ(get(kCr), cr::kLock);
  interface.reset();
  unlock();
  EXPECT_EQ(get(kCr), 0u);
}

TEST_F(FlashRegistersTest, KeysInTheWrongOrderLockUntilReset) {
  set(kKeyr, kKey2);
  EXPECT_EQ(chip.bus_errors, 1u);
  unlock();
  EXPECT_EQ(get(kCr), cr::kLock);
}

TEST_F(FlashRegistersTest, ThirdKeyLocksUntilReset) {
  unlock();
  EXPECT_EQ(chip.bus_errors, 0u);
  set(kKeyr, kKey1);
  EXPECT_EQ(chip.bus_errors, 1u);
  EXPECT_EQ(get(kCr), cr::kLock);
  unlock();
  EXPECT_EQ(get(kCr), cr::kLock);
  interface.reset();
  unlock();
  EXPECT_EQ(get(kCr), 0u);
}

TEST_F(FlashRegistersTest, KeyInHalvesIsAWrongKey) {
  interface.write(kKeyr, kKey1 & 0xFFFF, 2);
  EXPECT_EQ(chip.bus_errors, 1u);
  unlock();
  EXPECT_EQ(get(kCr), cr::kLock);
}

TEST_F(FlashRegistersTest, OptionKeysAreApart) {
  unlock_options();
  EXPECT_EQ(get(kOptcr), 0x0FFF'AAECu);
  EXPECT_EQ(get(kCr), cr::kLock);
  interface.reset();
  set(kOptkeyr, kOptionKey1);
  set(kOptkeyr, kKey2);
  EXPECT_EQ(chip.bus_errors, 1u);
  unlock_options();
  EXPECT_EQ(get(kOptcr), 0x0FFF'AAEDu);
  unlock();
  EXPECT_EQ(get(kCr), 0u);
}

TEST_F(FlashRegistersTest, RegistersTakeBytesAndHalfWords) {
  unlock();
  interface.write(kCr + 1, kX32 >> 8, 1);
  interface.write(kCr, cr::kPg, 1);
  EXPECT_EQ(get(kCr), kX32 | cr::kPg);
  EXPECT_EQ(interface.read(kCr + 1, 1), kX32 >> 8);
  interface.write(kCr + 2, cr::kLock >> 16, 2);
  EXPECT_EQ(get(kCr), kX32 | cr::kPg | cr::kLock);
}

}  // namespace
}  // namespace virtual_board::test
