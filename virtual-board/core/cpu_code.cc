// The bytes that are executed: reading them, and noticing that they have changed.
#include <unicorn/unicorn.h>

#include <algorithm>

#include "virtual-board/core/cpu.h"
#include "virtual-board/memory_map.h"

namespace virtual_board {

uint16_t Cpu::half_at(uint32_t address) const {
  const bool in_sram = address - kSram.base < sram_.size();
  const std::span<const uint8_t> memory = in_sram ? sram_ : flash_;
  const size_t at = in_sram ? address - kSram.base : address & (kFlash.base - 1);
  return at + 1 < memory.size() ? static_cast<uint16_t>(memory[at] | (memory[at + 1] << 8)) : uint16_t{0};
}

Instruction Cpu::decode_at(uint32_t address) const { return decode(half_at(address), half_at(address + 2)); }

bool Cpu::may_hold_code(uint32_t address, uint32_t size) const {
  size_t first = 0;
  if (address - kFlash.base < flash_.size()) {
    first = address - kFlash.base;
  } else if (address - kSram.base < sram_.size()) {
    first = flash_.size() + address - kSram.base;
  } else {
    return false;
  }
  const size_t last = std::min((first + size - 1) / kCodePage, code_pages_.size() - 1);
  for (size_t page = first < 4 ? 0 : (first - 4) / kCodePage; page <= last; page++) {
    if (code_pages_[page]) {
      return true;
    }
  }
  return false;
}

void Cpu::forget_code(uint32_t address, uint32_t size) {
  if (address - kFlash.base < kFlash.size) {
    const size_t first = (address - kFlash.base) / 2;
    const size_t last = std::min(first + (size + 1) / 2, flash_instructions_.size());
    for (size_t i = first == 0 ? 0 : first - 1; i < last; i++) {  // the one before may be of 32 bits
      flash_instructions_[i] = {};
    }
    fetches_.forget();
    uc_ctl_remove_cache(engine_, uint64_t{address - kFlash.base}, uint64_t{address - kFlash.base} + size);
  }
  uc_ctl_remove_cache(engine_, uint64_t{address}, uint64_t{address} + size);
}

}  // namespace virtual_board
