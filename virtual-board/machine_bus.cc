// Who answers at which address, and what the chip's parts ask of each other.
#include <algorithm>
#include <cstring>

#include "virtual-board/machine.h"

namespace virtual_board {
namespace {

constexpr Region kSramBits{0x2200'0000, 0x40'0000};  // the bit-band alias of SRAM
constexpr Region kCorePeripherals{0xE000'0000, 0x10'0000};

constexpr bool is_in(const Region& region, uint32_t address) { return address - region.base < region.size; }

}  // namespace

void Board::Machine::Span::add(uint32_t address, size_t size) {
  begin = std::min(begin, address);
  end = std::max(end, static_cast<uint32_t>(address + size));
}

bool Board::Machine::access(uint32_t address, uint32_t& value, unsigned size, bool write) {
  if (is_in(kSram, address)) {
    uint8_t* const at = &sram_.bytes()[address - kSram.base];
    if (size > kSram.size - (address - kSram.base)) {
      return false;
    }
    if (write) {
      std::memcpy(at, &value, size);
      sram_changed(address, size);
    } else {
      value = 0;
      std::memcpy(&value, at, size);
    }
    return true;
  }
  if (address < kFlash.size) {
    address += kFlash.base;  // BOOT0 is low: main flash is at 0 too
  }
  if (FlashInterface::covers(address)) {
    bus_error_ = false;
    if (write) {
      flash_.write_cells(address, value, size);
      if (is_in(kFlash, address)) {
        stale_copy_.add(address, size);
      }
    } else {
      value = flash_.read_cells(address, size);
    }
    return !bus_error_;
  }
  if (is_in(kSramBits, address)) {
    return access_sram_bit(address, value, write);
  }
  if (Peripherals::covers(address)) {
    bus_error_ = false;
    const bool answered = write ? peripherals_.write(address, value, size) : peripherals_.read(address, value, size);
    if (write) {
      follow_clocks();
    }
    return answered && !bus_error_;
  }
  return is_in(kCorePeripherals, address) && access_core(address, value, size, write);
}

bool Board::Machine::access_core(uint32_t address, uint32_t& value, unsigned size, bool write) {
  const uint32_t debug_offset = address - DebugRegisters::kBase;
  const bool is_debug = (debug_offset & ~3U) == DebugRegisters::kDemcr || address < SystemControl::kBase;
  if (address >= SystemControl::kBase + 0x1000) {  // what else is there is for a debugger
    value = write ? value : 0;
    return true;
  }
  Peripheral& model = is_debug ? static_cast<Peripheral&>(debug_) : system_control_;
  const uint32_t offset = is_debug ? debug_offset : address - SystemControl::kBase;
  if (write) {
    model.write(offset, value, size);
  } else {
    value = model.read(offset, size);
  }
  return true;
}

bool Board::Machine::access_sram_bit(uint32_t address, uint32_t& value, bool write) {
  const uint32_t offset = address - kSramBits.base;
  uint8_t& byte = sram_.bytes()[offset >> 5];
  const unsigned bit = offset >> 2 & 7U;
  if (write) {
    byte = static_cast<uint8_t>((byte & ~(1U << bit)) | (value & 1U) << bit);
    sram_changed(kSram.base + (offset >> 5), 1);
  } else {
    value = byte >> bit & 1U;
  }
  return true;
}

bool Board::Machine::is_privileged() const { return exceptions_.running() != 0 || (cpu_.control() & 1) == 0; }

bool Board::Machine::is_below_zero() const {
  return exceptions_.is_active(kHardFault) || exceptions_.is_active(kNmi) || cpu_.faultmask() != 0;
}

bool Board::Machine::is_forbidden(uint32_t address, bool write) {
  return mpu_.is_enabled() && mpu_.is_on(is_below_zero()) &&
         !mpu_.allows(address, write ? MemoryUse::kWrite : MemoryUse::kRead, is_privileged());
}

bool Board::Machine::cpu_access(uint32_t address, uint32_t& value, unsigned size, bool write) {
  if (!powered_) {
    return true;  // nothing happens any more
  }
  if (is_in(kCorePeripherals, address) && !is_privileged()) {
    return false;
  }
  return !is_forbidden(address, write) && access(address, value, size, write);
}

uint32_t Board::Machine::cpu_read(uint32_t address, unsigned size) {
  uint32_t value = 0;
  if (!cpu_access(address, value, size, false)) {
    cpu_.fail_access(address, false);
  }
  return value;
}

void Board::Machine::cpu_write(uint32_t address, uint32_t value, unsigned size) {
  if (!cpu_access(address, value, size, true)) {
    cpu_.fail_access(address, true);
  }
  // Clocks, events and interrupts may be others now; and flash_copy_ is wrong until settle().
  cpu_.attend();
}

void Board::Machine::set_irq(unsigned number, bool level) {
  if (exceptions_.set_level(number, level)) {
    core_.interrupt_pended();
    cpu_.attend();
  }
}

void Board::Machine::request_reset(ResetCause cause) {
  reset_ = cause;
  cpu_.attend();
}

void Board::Machine::power_lost() {
  powered_ = false;
  cpu_.attend();
}

void Board::Machine::code_changed(uint32_t address, size_t size) {
  if (!is_in(kFlash, address)) {
    return;
  }
  stale_copy_.add(address, size);
  if (cpu_.may_hold_code(address, static_cast<uint32_t>(size))) {
    stale_code_.add(address, size);
  }
  cpu_.attend();
}

void Board::Machine::sram_changed(uint32_t address, size_t size) {
  if (cpu_.may_hold_code(address, static_cast<uint32_t>(size))) {
    stale_sram_.add(address, size);
    cpu_.attend();
  }
}

bool Board::Machine::dma_read(uint32_t address, void* out, size_t size) {
  uint32_t value = 0;
  if (size > sizeof value || !(is_in(kSram, address) || FlashInterface::covers(address)) ||
      !access(address, value, static_cast<unsigned>(size), false)) {
    return false;
  }
  std::memcpy(out, &value, size);
  return true;
}

bool Board::Machine::dma_write(uint32_t address, const void* bytes, size_t size) {
  uint32_t value = 0;
  if (size > sizeof value || !(is_in(kSram, address) || FlashInterface::covers(address))) {
    return false;
  }
  std::memcpy(&value, bytes, size);
  return access(address, value, static_cast<unsigned>(size), true);
}

}  // namespace virtual_board
