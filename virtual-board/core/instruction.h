// What the simulator must know of a Thumb-2 instruction before Unicorn executes it: its length, its cost, and whether
// it is one of the few that are ours to carry out.
#pragma once

#include <cstdint>

namespace virtual_board {

enum class InstructionKind : uint8_t {
  kPlain,
  kIfThen,         // IT
  kMaskChange,     // CPS, MSR: a pending exception may be allowed now
  kSendEvent,      // SEV
  kWaitInterrupt,  // WFI
  kWaitEvent,      // WFE
  kSupervisorCall,
  kBreakpoint,
  kAligned,      // LDM, STM, LDRD, STRD, LDREX, STREX not by SP or PC: must not be unaligned
  kDivide,       // SDIV, UDIV: may have to trap
  kFloat,        // coprocessor 10 or 11
  kCoprocessor,  // any other: this chip has none
};

struct Instruction {
  uint8_t cycles = 0;  // 0: not decoded yet
  uint8_t size = 0;    // bytes
  InstructionKind kind = InstructionKind::kPlain;
};

// `second` is looked at only where `first` starts a 32-bit instruction.
//
// Cycles are those of the Cortex-M4 Technical Reference Manual, table 3-1, without the refill of the pipeline that a
// taken branch costs (Cpu adds it where the branch is seen to be taken). An estimate in these points: divisions take 7
// of their 2 to 12 cycles, loads in a row do not overlap, barriers and IT folding are not followed.
Instruction decode(uint16_t first, uint16_t second);

}  // namespace virtual_board
