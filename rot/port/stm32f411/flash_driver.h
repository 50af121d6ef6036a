// Programs and erases cells of main flash, OTP and option bytes of the STM32F411. Each call unlocks the interface,
// does one operation, reads it back from the cells and locks it again. May run from the flash that it changes: the core
// waits meanwhile. Interrupts may come; bytes of a serial line need DMA.
#pragma once

#include "base/bytes.h"

namespace rot {

struct Stm32FlashDriver {
  // Programs the aligned word at `address` of main flash or OTP; bits only go to 0. The caller knows what is there: a
  // word is either erased, or `value` has no bit that is 0 in it (zeros over anything are fine). kFlashProtected:
  // write-protected or a locked OTP block; kFlashProgram: refused or did not read back; kFlashIo: the interface cannot
  // be unlocked, or stays busy.
  static base::Status program_word(uint32_t address, uint32_t value);
  // The same for one byte.
  static base::Status program_byte(uint32_t address, uint8_t value);
  // Erases sector 0 to 7 and checks every cell; at most 0.8 s for the 16 KiB of sectors 0 to 3.
  // kFlashAlignment: no such sector; kFlashProtected, kFlashErase, kFlashIo.
  static base::Status erase_sector(unsigned sector);
  // Writes all option bytes: the chip erases them and programs them with `options`, in the layout of OPTCR (OPTLOCK and
  // OPTSTRT 0). For Stm32OptionBytes only, which knows what is safe to write and reads it back. kFlashProgram,
  // kFlashProtected, kFlashIo.
  static base::Status write_options(uint32_t options);
};

// Called before an erase and before a change of option bytes, the only operations that take more than 0.1 ms. Does
// nothing unless the firmware defines its own: there it feeds the watchdog, so that no chain of operations is too long.
void before_long_flash_operation();

}  // namespace rot
