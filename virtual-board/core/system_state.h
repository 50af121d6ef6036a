// Registers of the System Control Block that exceptions read and write (ARMv7-M B3.2), and the bits of them that are
// used.
#pragma once

#include <cstdint>

namespace virtual_board {

// CFSR: MMFSR, BFSR, UFSR in one word.
inline constexpr uint32_t kIaccViol = 1U << 0, kDaccViol = 1U << 1, kMunstkErr = 1U << 3, kMstkErr = 1U << 4,
                          kMmarValid = 1U << 7;
inline constexpr uint32_t kIBusErr = 1U << 8, kPrecisErr = 1U << 9, kUnstkErr = 1U << 11, kStkErr = 1U << 12,
                          kBfarValid = 1U << 15;
inline constexpr uint32_t kUndefInstr = 1U << 16, kInvState = 1U << 17, kInvPc = 1U << 18, kNoCp = 1U << 19,
                          kUnalignedAccess = 1U << 24, kDivByZero = 1U << 25;
// HFSR
inline constexpr uint32_t kVectTbl = 1U << 1, kForced = 1U << 30, kDebugEvt = 1U << 31;
// SCR
inline constexpr uint32_t kSleepOnExit = 1U << 1, kSleepDeep = 1U << 2, kSevOnPend = 1U << 4;
// CCR
inline constexpr uint32_t kNonBaseThrdEna = 1U << 0, kDiv0Trap = 1U << 4, kStkAlign = 1U << 9;
// FPCCR
inline constexpr uint32_t kAspen = 1U << 31;

struct SystemState {
  uint32_t vtor = 0;
  uint32_t scr = 0;
  uint32_t ccr = kStkAlign;
  uint32_t cfsr = 0;
  uint32_t hfsr = 0;
  uint32_t mmfar = 0;
  uint32_t bfar = 0;
  uint32_t cpacr = 0;
  uint32_t fpccr = kAspen | 1U << 30;
  uint32_t fpdscr = 0;

  // Full or privileged access to CP10 and CP11.
  [[nodiscard]] bool float_enabled() const { return (cpacr >> 20 & 5U) == 5U; }
};

}  // namespace virtual_board
