#include "virtual-board/core/instruction.h"

#include <bit>

namespace virtual_board {
namespace {

using Kind = InstructionKind;

constexpr uint8_t kDivisionCycles = 7;

constexpr uint8_t registers_in(uint32_t list) { return static_cast<uint8_t>(std::popcount(list)); }

Instruction narrow(uint16_t op) {
  const auto make = [](unsigned cycles, Kind kind = Kind::kPlain) {
    return Instruction{.cycles = static_cast<uint8_t>(cycles), .size = 2, .kind = kind};
  };
  switch (op >> 12) {
    case 0x4:
      return make((op & 0x0800) != 0 ? 2 : 1);  // LDR literal; data processing
    case 0x5:                                   // register offset: STR too takes a second cycle, for the address
      return make(2);
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9:
      return make((op & 0x0800) != 0 ? 2 : 1);
    case 0xB:
      if ((op & 0x0600) == 0x0400) {  // PUSH, POP
        return make(1u + registers_in(op & 0x1FF));
      }
      if ((op & 0xFFE8) == 0xB660) {
        return make(1, Kind::kMaskChange);  // CPS
      }
      if ((op & 0xFF00) == 0xBE00) {
        return make(1, Kind::kBreakpoint);
      }
      if ((op & 0xFF00) == 0xBF00) {
        if ((op & 0x000F) != 0) {
          return make(1, Kind::kIfThen);
        }
        switch ((op >> 4) & 0xF) {
          case 2:
            return make(1, Kind::kWaitEvent);
          case 3:
            return make(1, Kind::kWaitInterrupt);
          case 4:
            return make(1, Kind::kSendEvent);
          default:
            return make(1);
        }
      }
      return make(1);
    case 0xC:  // STM, LDM
      return make(1u + registers_in(op & 0xFF), Kind::kAligned);
    case 0xD:
      return (op & 0x0F00) == 0x0F00 ? make(1, Kind::kSupervisorCall) : make(1);
    default:
      return make(1);
  }
}

Instruction wide(uint16_t first, uint16_t second) {
  const auto make = [](unsigned cycles, Kind kind = Kind::kPlain) {
    return Instruction{.cycles = static_cast<uint8_t>(cycles), .size = 4, .kind = kind};
  };
  if ((first & 0xEC00) == 0xEC00) {  // coprocessor space
    const unsigned coprocessor = (second >> 8) & 0xF;
    if (coprocessor != 10 && coprocessor != 11) {
      return make(1, Kind::kCoprocessor);
    }
    if ((first & 0xFE00) == 0xEC00 && (first & 0xFE40) != 0xEC40) {  // VLDR, VSTR, VLDM, VSTM
      const bool multiple = (first & 0x0120) != 0x0100;
      return make(multiple ? 1u + (second & 0xFF) : 2u, Kind::kFloat);
    }
    if ((first & 0xFF80) == 0xEE80 && (second & 0x0050) == 0) {
      return make(14, Kind::kFloat);  // VDIV
    }
    if ((first & 0xFFBF) == 0xEEB1 && (second & 0x00D0) == 0x00C0) {
      return make(14, Kind::kFloat);  // VSQRT
    }
    return make((first & 0xFF00) == 0xEE00 && (second & 0x0010) == 0 && (first & 0x00B0) <= 0x0010 ? 3 : 1,
                Kind::kFloat);
  }
  switch (first >> 9) {
    case 0x74: {  // 1110 100: load and store multiple, dual, exclusive, table branch
      const unsigned base = first & 0xF;
      const Kind kind = base == 13 || base == 15 ? Kind::kPlain : Kind::kAligned;
      if ((first & 0x0040) == 0) {
        return make(1u + registers_in(second), kind);
      }
      if ((first & 0xFFE0) == 0xE8C0) {  // TBB, TBH, and exclusive accesses to bytes and half-words
        return make(2);
      }
      return make((first & 0x0120) == 0 ? 2 : 3, kind);  // exclusive; LDRD, STRD
    }
    case 0x7C:  // 1111 100: single loads and stores
      if ((first & 0x0010) != 0) {
        return make(2);
      }
      // A register offset, but not an immediate one, takes a second address cycle.
      return make((first & 0x0080) == 0 && (second & 0x0FC0) == 0 ? 2 : 1);
    case 0x7D:  // 1111 101: register data processing, multiplications
      if ((first & 0xFFF0) == 0xFB00) {
        return make((second & 0xF000) == 0xF000 ? 1 : 2);  // MUL; MLA, MLS
      }
      if ((first & 0xFFD0) == 0xFB90) {
        return make(kDivisionCycles, Kind::kDivide);
      }
      return make(1);
    default:
      if ((first & 0xFFE0) == 0xF380 && (second & 0xD000) == 0x8000) {
        return make(2, Kind::kMaskChange);  // MSR
      }
      if ((first & 0xFFF0) == 0xF3E0 && (second & 0xD000) == 0x8000) {
        return make(2);  // MRS
      }
      if (first == 0xF3AF && (second & 0xD700) == 0x8000) {  // hints
        switch (second & 0xFF) {
          case 2:
            return make(1, Kind::kWaitEvent);
          case 3:
            return make(1, Kind::kWaitInterrupt);
          case 4:
            return make(1, Kind::kSendEvent);
          default:
            return make(1);
        }
      }
      return make(1);
  }
}

}  // namespace

Instruction decode(uint16_t first, uint16_t second) {
  return (first >> 11) >= 0x1D ? wide(first, second) : narrow(first);
}

}  // namespace virtual_board
