// A flash interface with nothing around it, driven by its registers as a program would.
#pragma once

#include <gtest/gtest.h>

#include "virtual-board/chip/fake_chip_test_support.h"
#include "virtual-board/chip/flash_interface.h"

namespace virtual_board::test {

struct FlashBench {
  static constexpr uint32_t kX8 = 0u << flash::cr::kPsizeShift;
  static constexpr uint32_t kX16 = 1u << flash::cr::kPsizeShift;
  static constexpr uint32_t kX32 = 2u << flash::cr::kPsizeShift;
  static constexpr uint32_t kX64 = 3u << flash::cr::kPsizeShift;

  explicit FlashBench(uint64_t seed = 1) : chip(seed), image(seed), interface(chip, image) {}

  FakeChip chip;
  Image image;
  FlashInterface interface;

  uint32_t get(uint32_t reg) { return interface.read(reg, 4); }
  void set(uint32_t reg, uint32_t value) { interface.write(reg, value, 4); }
  uint32_t status() { return get(flash::kSr); }
  void clear_status() { set(flash::kSr, flash::sr::kClearable); }

  void unlock() {
    set(flash::kKeyr, flash::kKey1);
    set(flash::kKeyr, flash::kKey2);
  }
  void unlock_options() {
    set(flash::kOptkeyr, flash::kOptionKey1);
    set(flash::kOptkeyr, flash::kOptionKey2);
  }
  // Until the operation under way is over; how long it took.
  Time wait() {
    const Time start = chip.time;
    if (interface.busy_until()) chip.run(interface, *interface.busy_until());
    return chip.time - start;
  }

  // One word at x32, with everything done as it should be.
  void program(uint32_t address, uint32_t value) {
    set(flash::kCr, kX32 | flash::cr::kPg);
    interface.write_cells(address, value, 4);
    wait();
    set(flash::kCr, kX32);
  }
  void erase(uint32_t sector) {
    set(flash::kCr, kX32 | flash::cr::kSer | (sector << flash::cr::kSnbShift) | flash::cr::kStrt);
  }
  void change_options(uint32_t value) {
    set(flash::kOptcr, value);
    set(flash::kOptcr, value | flash::optcr::kStrt);
  }
  void lock_otp_block(unsigned block) {
    set(flash::kCr, kX8 | flash::cr::kPg);
    interface.write_cells(kOtpLocks.base + block, 0x00, 1);
    wait();
    set(flash::kCr, kX32);
  }

  uint32_t word(uint32_t address) { return interface.read_cells(address, 4); }
};

// Option bytes in the layout of FLASH_OPTCR.
inline constexpr uint32_t options(uint8_t rdp, uint8_t open_sectors = 0xFF) {
  using namespace flash::optcr;
  return (kFactory & ~(kRdp | kNwrp)) | (uint32_t{rdp} << kRdpShift) | (uint32_t{open_sectors} << kNwrpShift);
}
inline constexpr uint8_t kLevel1 = 0x55;

}  // namespace virtual_board::test
