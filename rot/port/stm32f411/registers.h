// The flash interface of the STM32F411 and where its cells are (RM0383 section 3). Nothing here acts by itself.
#pragma once

#include <cstdint>

namespace rot::stm32f411 {

struct FlashRegisters {
  volatile uint32_t acr, keyr, optkeyr, sr, cr, optcr;
};

inline FlashRegisters& flash_registers() { return *reinterpret_cast<FlashRegisters*>(0x4002'3C00); }

namespace acr {
inline constexpr uint32_t kInstructionCache = 1U << 9;
inline constexpr uint32_t kDataCache = 1U << 10;
inline constexpr uint32_t kInstructionCacheReset = 1U << 11;
inline constexpr uint32_t kDataCacheReset = 1U << 12;
}  // namespace acr

inline constexpr uint32_t kKey1 = 0x4567'0123;
inline constexpr uint32_t kKey2 = 0xCDEF'89AB;
inline constexpr uint32_t kOptionKey1 = 0x0819'2A3B;
inline constexpr uint32_t kOptionKey2 = 0x4C5D'6E7F;

namespace sr {
inline constexpr uint32_t kOperationError = 1U << 1;
inline constexpr uint32_t kWriteProtectionError = 1U << 4;
inline constexpr uint32_t kAlignmentError = 1U << 5;
inline constexpr uint32_t kParallelismError = 1U << 6;
inline constexpr uint32_t kSequenceError = 1U << 7;
inline constexpr uint32_t kReadProtectionError = 1U << 8;
inline constexpr uint32_t kErrors = kOperationError | kWriteProtectionError | kAlignmentError | kParallelismError |
                                    kSequenceError | kReadProtectionError;
inline constexpr uint32_t kBusy = 1U << 16;
}  // namespace sr

namespace cr {
inline constexpr uint32_t kProgram = 1U << 0;
inline constexpr uint32_t kSectorErase = 1U << 1;
inline constexpr unsigned kSectorShift = 3;
inline constexpr uint32_t kSize8 = 0U << 8;
inline constexpr uint32_t kSize32 = 2U << 8;  // needs 2.7 V
inline constexpr uint32_t kStart = 1U << 16;
inline constexpr uint32_t kLock = 1U << 31;
}  // namespace cr

namespace optcr {
inline constexpr uint32_t kLock = 1U << 0;
inline constexpr uint32_t kStart = 1U << 1;
inline constexpr uint32_t kBrownOutLevel = 3U << 2;
inline constexpr uint32_t kUser = 7U << 5;  // WDG_SW, nRST_STOP, nRST_STDBY
inline constexpr unsigned kReadProtectionShift = 8;
inline constexpr uint32_t kReadProtection = 0xFFU << kReadProtectionShift;
inline constexpr unsigned kNotWriteProtectedShift = 16;  // a bit for each sector; 0: write-protected
inline constexpr uint32_t kNotWriteProtected = 0xFFU << kNotWriteProtectedShift;
inline constexpr uint32_t kCodeProtectionMode = 1U << 31;  // SPRMOD; stays 0
inline constexpr uint32_t kFields = kBrownOutLevel | kUser | kReadProtection | kNotWriteProtected | kCodeProtectionMode;
}  // namespace optcr

// Read protection bytes. Every value but the first and the last is level 1.
inline constexpr uint8_t kLevel0 = 0xAA;
inline constexpr uint8_t kLevel1 = 0x55;
inline constexpr uint8_t kLevel2 = 0xCC;  // never undone

inline constexpr uint32_t kFlashBase = 0x0800'0000;
inline constexpr uint32_t kOtpBase = 0x1FFF'7800;
inline constexpr uint32_t kOtpLockBase = 0x1FFF'7A00;  // a byte for each block; 0xFF open, 0x00 locked
inline constexpr uint32_t kOptionsLow = 0x1FFF'C000;   // bits 0 to 15 of OPTCR
inline constexpr uint32_t kOptionsHigh = 0x1FFF'C008;  // bits 16 to 31

inline constexpr unsigned kSectors = 8;
// Offset of a sector from kFlashBase; sector_offset(kSectors) is the size of it all.
constexpr uint32_t sector_offset(unsigned sector) {
  if (sector < 4) return sector << 14;
  return sector == 4 ? 0x1'0000U : (sector - 4) << 17;
}
static_assert(sector_offset(3) == 0xC000 && sector_offset(5) == 0x2'0000 && sector_offset(kSectors) == 0x8'0000);

}  // namespace rot::stm32f411
