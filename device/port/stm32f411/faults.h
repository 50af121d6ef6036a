// What brings the firmware down: each fault is written to a record that survives the reset that follows at once, and
// the next `hello` reports it (reset_cause.h).
#pragma once

#include <cstdint>
#include <optional>

namespace stm32f411 {

// Numbers are on the wire in reset_cause: extend only.
enum class FaultKind : uint8_t {
  kNone = 0,
  kNmi = 1,
  kHardFault = 2,
  kMemManage = 3,  // the MPU: below the stack is kStackOverflow, here it is code in RAM
  kBusFault = 4,
  kUsageFault = 5,  // also __builtin_trap(), what a contract of ours ends in
  kStackOverflow = 6,
  kClockFailed = 7,          // the clock of the ST-LINK stopped
  kUnexpectedInterrupt = 8,  // `fault_status`: its exception number
};

struct FaultRecord {
  FaultKind kind;
  uint32_t pc;             // of the instruction; 0: not known
  uint32_t lr;             // who called it; 0: not known
  uint32_t sp;             // before the exception
  uint32_t fault_status;   // CFSR
  uint32_t hard_fault;     // HFSR
  uint32_t fault_address;  // BFAR or MMFAR where one is valid; else 0
};

// Turns on the faults of their own (else all are hard faults) and the MPU: nothing may be touched below the stack,
// which starts at the lowest address of SRAM, and no code be fetched from SRAM.
void enable_faults();

// The record that the last run left, once.
std::optional<FaultRecord> take_fault_record();

}  // namespace stm32f411
