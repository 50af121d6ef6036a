#include "device/port/stm32f411/reset_cause.h"

#include "device/port/stm32f411/faults.h"
#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kFlags = 0xFE00'0000;
constexpr uint32_t kRmvfBit = bit(24);
constexpr uint32_t kFlashBase = 0x0800'0000;
constexpr uint32_t kFlashSize = 512 * 1024;
constexpr uint32_t kPlaceUnknown = 0x3'FFFF;

constexpr uint32_t kRequestReset = 0x05FA'0000 | bit(2);  // AIRCR: key, SYSRESETREQ

uint32_t place_of(uint32_t pc) {
  if (pc < kFlashBase || pc - kFlashBase >= kFlashSize) return kPlaceUnknown;
  return (pc - kFlashBase) / 2;
}

}  // namespace

uint32_t take_reset_cause() {
  uint32_t cause = rcc().CSR & kFlags;
  set_bits(rcc().CSR, kRmvfBit);
  if (const auto fault = take_fault_record()) cause |= static_cast<uint32_t>(fault->kind) << 20 | place_of(fault->pc);
  return cause;
}

void reset_chip() {
  __asm__ volatile("dsb" : : : "memory");
  scb().AIRCR = kRequestReset;
  __asm__ volatile("dsb" : : : "memory");
  for (;;) {
  }
}

}  // namespace stm32f411
