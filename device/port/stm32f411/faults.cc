#include "device/port/stm32f411/faults.h"

#include "base/crc32c.h"
#include "device/port/stm32f411/registers.h"
#include "device/port/stm32f411/reset_cause.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kSramBase = 0x2000'0000;
constexpr uint32_t kSramSize = 128 * 1024;

struct StoredRecord {
  FaultRecord record;
  uint32_t crc;
};
// Start-up clears it not: after a power-up its checksum does not fit.
[[gnu::section(".noinit")]] StoredRecord g_stored;

constexpr uint32_t kStackingFailed = bit(4) | bit(12);  // CFSR: MSTKERR, STKERR
constexpr uint32_t kMemoryFaults = 0x0000'00FF;
constexpr uint32_t kBusFaults = 0x0000'FF00;
constexpr uint32_t kUsageFaults = 0xFFFF'0000;
constexpr uint32_t kForced = bit(30);  // HFSR
constexpr uint32_t kMmfarValid = bit(7);
constexpr uint32_t kBfarValid = bit(15);
constexpr uint32_t kClockSecurityBit = bit(7);  // RCC_CIR CSSF
// The guard below the stack; nothing of the chip lies there.
constexpr uint32_t kBelowStack = 4 * 1024;
constexpr uint32_t kFrameSize = 32;

uint32_t checksum(const FaultRecord& record) {
  return base::crc32c({reinterpret_cast<const uint8_t*>(&record), sizeof record});
}

// A fault inside an interrupt, or of a kind that is not turned on yet, arrives as a hard fault; its status tells more.
FaultKind cause_of_hard_fault(const FaultRecord& record) {
  if ((record.hard_fault & kForced) == 0) return FaultKind::kHardFault;
  if ((record.fault_status & kUsageFaults) != 0) return FaultKind::kUsageFault;
  if ((record.fault_status & kBusFaults) != 0) return FaultKind::kBusFault;
  return (record.fault_status & kMemoryFaults) != 0 ? FaultKind::kMemManage : FaultKind::kHardFault;
}

FaultKind kind_of(uint32_t exception, const FaultRecord& record) {
  const bool below_stack = record.fault_address >= kSramBase - kBelowStack && record.fault_address < kSramBase;
  if (exception != 2 && (below_stack || record.sp < kSramBase + kFrameSize)) return FaultKind::kStackOverflow;
  switch (exception) {
    case 2:
      return (rcc().CIR & kClockSecurityBit) != 0 ? FaultKind::kClockFailed : FaultKind::kNmi;
    case 3:
      return cause_of_hard_fault(record);
    case 4:
      return FaultKind::kMemManage;
    case 5:
      return FaultKind::kBusFault;
    case 6:
      return FaultKind::kUsageFault;
    default:
      return FaultKind::kUnexpectedInterrupt;
  }
}

uint32_t address_of(uint32_t fault_status) {
  if ((fault_status & kBfarValid) != 0) return scb().BFAR;
  return (fault_status & kMmfarValid) != 0 ? scb().MMFAR : 0;
}

}  // namespace

// `frame`: what the exception stacked, r0 first (Armv7-M ARM, section B1.5.6).
extern "C" [[noreturn, gnu::used]] void record_fault(const uint32_t* frame) {
  uint32_t exception = 0;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  FaultRecord record{};
  record.sp = reinterpret_cast<uint32_t>(frame);
  record.fault_status = scb().CFSR;
  record.hard_fault = scb().HFSR;
  record.fault_address = address_of(record.fault_status);
  const bool stacked = (record.fault_status & kStackingFailed) == 0 && record.sp >= kSramBase &&
                       record.sp <= kSramBase + kSramSize - kFrameSize;
  if (stacked) {
    record.lr = frame[5];
    record.pc = frame[6];
  }
  record.kind = kind_of(exception, record);
  if (record.kind == FaultKind::kUnexpectedInterrupt) record.fault_status = exception;
  g_stored = {record, checksum(record)};
  reset_chip();
}

// Every exception but those with a handler of their own comes here, and none returns. The fault may be the stack's: its
// record is made on another one (stm32f411.ld).
extern "C" [[gnu::naked]] void fault_handler() {
  __asm__ volatile(
      "mov r0, sp\n\t"
      "ldr r1, =fault_stack_top\n\t"
      "mov sp, r1\n\t"
      "b record_fault\n\t"
      ".ltorg");
}

void enable_faults() {
  set_bits(scb().SHCSR, bit(16) | bit(17) | bit(18));
  set_bits(scb().CCR, bit(4));  // division by zero is a usage fault
  // Regions 0 and 1; everything else as without the MPU (PRIVDEFENA). Not in hard faults and the NMI: they still
  // record.
  mpu().RNR = 0;
  mpu().RBAR = kSramBase - kBelowStack;
  mpu().RASR = bit(28) | 11U << 1 | bit(0);  // execute never, no access, 2^12 bytes
  mpu().RNR = 1;
  mpu().RBAR = kSramBase;
  mpu().RASR = bit(28) | 3U << 24 | 6U << 16 | 16U << 1 | bit(0);  // execute never, full access, SRAM, 2^17 bytes
  mpu().CTRL = bit(2) | bit(0);
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

std::optional<FaultRecord> take_fault_record() {
  const StoredRecord stored = g_stored;
  g_stored.crc = ~stored.crc;
  const bool valid = stored.crc == checksum(stored.record) && stored.record.kind > FaultKind::kNone &&
                     stored.record.kind <= FaultKind::kUnexpectedInterrupt;
  return valid ? std::optional(stored.record) : std::nullopt;
}

}  // namespace stm32f411
