#include "virtual-board/core/system_control.h"

#include <array>

namespace virtual_board {
namespace {

// SHCSR: where the enable, pending and active bit of each system exception is; kNoBit: it has none.
constexpr unsigned kNoBit = 32;
struct SystemHandler {
  unsigned exception, enable, pending, active;
};
constexpr std::array kSystemHandlers{SystemHandler{kMemManage, 16, 13, 0},
                                     SystemHandler{kBusFault, 17, 14, 1},
                                     SystemHandler{kUsageFault, 18, 12, 3},
                                     SystemHandler{kSvCall, kNoBit, 15, 7},
                                     SystemHandler{kDebugMonitor, kNoBit, kNoBit, 8},
                                     SystemHandler{kPendSv, kNoBit, kNoBit, 10},
                                     SystemHandler{kSysTick, kNoBit, kNoBit, 11}};

constexpr uint32_t bit(unsigned number) { return number == kNoBit ? 0 : 1U << number; }

}  // namespace

template <typename Visit>
void SystemControl::for_each_irq(uint32_t word, uint32_t bits, Visit visit) {
  for (unsigned i = 0; i < 32; i++) {
    const unsigned irq = word * 32 + i;
    if ((bits & 1U << i) != 0 && irq < kIrqs) {
      visit(kFirstIrq + irq);
    }
  }
}

uint32_t SystemControl::irq_bits(uint32_t word, bool (Exceptions::*property)(unsigned) const) const {
  uint32_t bits = 0;
  for (unsigned i = 0; i < 32; i++) {
    const unsigned irq = word * 32 + i;
    if (irq < kIrqs && (exceptions_.*property)(kFirstIrq + irq)) {
      bits |= 1U << i;
    }
  }
  return bits;
}

uint32_t SystemControl::read_icsr() const {
  const unsigned next = exceptions_.next();
  bool irq_pending = false;
  for (unsigned number = kFirstIrq; number < kExceptions; number++) {
    irq_pending = irq_pending || exceptions_.is_pending(number);
  }
  return bit(31) * exceptions_.is_pending(kNmi) | bit(28) * exceptions_.is_pending(kPendSv) |
         bit(26) * exceptions_.is_pending(kSysTick) | bit(22) * irq_pending | next << 12 |
         bit(11) * (exceptions_.active_count() <= 1) | exceptions_.running();
}

void SystemControl::write_icsr(uint32_t value) {
  if ((value & bit(31)) != 0) {
    exceptions_.set_pending(kNmi);
  }
  if ((value & bit(28)) != 0) {
    exceptions_.set_pending(kPendSv);
  }
  if ((value & bit(27)) != 0) {
    exceptions_.clear_pending(kPendSv);
  }
  if ((value & bit(26)) != 0) {
    exceptions_.set_pending(kSysTick);
  }
  if ((value & bit(25)) != 0) {
    exceptions_.clear_pending(kSysTick);
  }
}

uint32_t SystemControl::read_shcsr() const {
  uint32_t value = 0;
  for (const SystemHandler& handler : kSystemHandlers) {
    value |= exceptions_.is_enabled(handler.exception) ? bit(handler.enable) : 0;
    value |= exceptions_.is_pending(handler.exception) ? bit(handler.pending) : 0;
    value |= exceptions_.is_active(handler.exception) ? bit(handler.active) : 0;
  }
  return value;
}

void SystemControl::write_shcsr(uint32_t value) {
  for (const SystemHandler& handler : kSystemHandlers) {
    if (handler.enable != kNoBit) {
      exceptions_.set_enabled(handler.exception, (value & bit(handler.enable)) != 0);
    }
    if (handler.pending != kNoBit) {
      if ((value & bit(handler.pending)) != 0) {
        exceptions_.set_pending(handler.exception);
      } else {
        exceptions_.clear_pending(handler.exception);
      }
    }
    exceptions_.set_active(handler.exception, (value & bit(handler.active)) != 0);
  }
}

void SystemControl::write_aircr(uint32_t value) {
  if (value >> 16 != 0x05FA) {
    return;
  }
  exceptions_.set_grouping(value >> 8 & 7);
  if ((value & 0x5) != 0) {  // SYSRESETREQ; VECTRESET, which would leave the peripherals alone, is taken for the same
    chip_.request_reset(ResetCause::kSoftware);
  }
}

uint32_t SystemControl::read_priorities(unsigned first) const {
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; i++) {
    if (first + i < kExceptions) {
      value |= static_cast<uint32_t>(exceptions_.priority_byte(first + i)) << (8 * i);
    }
  }
  return value;
}

void SystemControl::write_priorities(unsigned first, uint32_t value, uint32_t mask) {
  for (unsigned i = 0; i < 4; i++) {
    if (first + i < kExceptions && first + i > kHardFault && (mask >> (8 * i) & 0xFF) != 0) {
      exceptions_.set_priority_byte(first + i, static_cast<uint8_t>(value >> (8 * i)));
    }
  }
}

uint32_t SystemControl::read_word(uint32_t offset) {
  if (offset >= 0x10 && offset < 0x20) {
    return systick_.read(offset - 0x10);
  }
  if (offset >= 0x100 && offset < 0x400) {
    const uint32_t word = offset % 0x80 / 4;
    switch (offset / 0x80) {
      case 0x100 / 0x80:
      case 0x180 / 0x80:
        return irq_bits(word, &Exceptions::is_enabled);
      case 0x200 / 0x80:
      case 0x280 / 0x80:
        return irq_bits(word, &Exceptions::is_pending);
      case 0x300 / 0x80:
        return irq_bits(word, &Exceptions::is_active);
      default:
        return 0;
    }
  }
  if (offset >= 0x400 && offset < 0x400 + kIrqs) {
    return read_priorities(kFirstIrq + offset - 0x400);
  }
  if (offset >= Mpu::kFirst && offset < Mpu::kEnd) {
    return mpu_.read(offset);
  }
  switch (offset) {
    case 0x004:
      return 2;  // ICTR: up to 96 interrupts
    case 0xD00:
      return 0x410F'C241;  // CPUID: Cortex-M4 r0p1
    case 0xD04:
      return read_icsr();
    case 0xD08:
      return system_.vtor;
    case 0xD0C:
      return 0xFA05'0000U | exceptions_.grouping() << 8;
    case 0xD10:
      return system_.scr;
    case 0xD14:
      return system_.ccr;
    case 0xD18:
    case 0xD1C:
    case 0xD20:
      return read_priorities(offset - 0xD18 + kMemManage);
    case 0xD24:
      return read_shcsr();
    case 0xD28:
      return system_.cfsr;
    case 0xD2C:
      return system_.hfsr;
    case 0xD34:
      return system_.mmfar;
    case 0xD38:
      return system_.bfar;
    case 0xD88:
      return system_.cpacr;
    case 0xF34:
      return system_.fpccr;
    case 0xF3C:
      return system_.fpdscr;
    case 0xF40:
      return 0x1011'0021;  // MVFR0, MVFR1: single precision
    case 0xF44:
      return 0x1100'0011;
    default:
      return 0;
  }
}

void SystemControl::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  if (offset >= 0x10 && offset < 0x20) {
    return systick_.write(offset - 0x10, value);
  }
  if (offset >= 0x100 && offset < 0x300) {
    return for_each_irq(offset % 0x80 / 4, value, [&](unsigned number) {
      switch (offset / 0x80) {
        case 0x100 / 0x80:
          return exceptions_.set_enabled(number, true);
        case 0x180 / 0x80:
          return exceptions_.set_enabled(number, false);
        case 0x200 / 0x80:
          return exceptions_.set_pending(number);
        default:
          return exceptions_.clear_pending(number);
      }
    });
  }
  if (offset >= 0x400 && offset < 0x400 + kIrqs) {
    return write_priorities(kFirstIrq + offset - 0x400, value, mask);
  }
  if (offset >= Mpu::kFirst && offset < Mpu::kEnd) {
    return mpu_.write(offset, merge(mpu_.read(offset), value, mask));
  }
  switch (offset) {
    case 0xD04:
      return write_icsr(value);
    case 0xD08:
      system_.vtor = value & 0x3FFF'FE00;
      return;
    case 0xD0C:
      return write_aircr(value);
    case 0xD10:
      system_.scr = merge(system_.scr, value, mask) & (kSleepOnExit | kSleepDeep | kSevOnPend);
      return;
    case 0xD14:
      system_.ccr = merge(system_.ccr, value, mask) & 0x31B;
      return;
    case 0xD18:
    case 0xD1C:
    case 0xD20:
      return write_priorities(offset - 0xD18 + kMemManage, value, mask);
    case 0xD24:
      return write_shcsr(merge(read_shcsr(), value, mask));
    case 0xD28:
      system_.cfsr &= ~value;  // write 1 to clear
      return;
    case 0xD2C:
      system_.hfsr &= ~value;
      return;
    case 0xD34:
      system_.mmfar = value;
      return;
    case 0xD38:
      system_.bfar = value;
      return;
    case 0xD88:
      system_.cpacr = merge(system_.cpacr, value, mask) & 0x00F0'0000;
      return float_allowed_(system_.float_enabled());
    case 0xF00:  // STIR
      return for_each_irq((value & 0x1FF) / 32, 1U << (value & 31),
                          [&](unsigned number) { exceptions_.set_pending(number); });
    case 0xF34:
      system_.fpccr = merge(system_.fpccr, value, mask) & 0xC000'0000;
      return;
    case 0xF3C:
      system_.fpdscr = value & 0x07C0'0000;
      return;
    default:
      return;
  }
}

}  // namespace virtual_board
