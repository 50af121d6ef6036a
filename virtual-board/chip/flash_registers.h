// Registers of the flash interface and what their bits are called (RM0383 section 3.8), and of the option bytes.
#pragma once

#include <cstdint>

namespace virtual_board::flash {

inline constexpr unsigned kIrq = 4;

enum Register : uint32_t { kAcr = 0x00, kKeyr = 0x04, kOptkeyr = 0x08, kSr = 0x0C, kCr = 0x10, kOptcr = 0x14 };

inline constexpr uint32_t kKey1 = 0x4567'0123;
inline constexpr uint32_t kKey2 = 0xCDEF'89AB;
inline constexpr uint32_t kOptionKey1 = 0x0819'2A3B;
inline constexpr uint32_t kOptionKey2 = 0x4C5D'6E7F;

namespace acr {
inline constexpr uint32_t kLatency = 0xF;
inline constexpr uint32_t kPrefetch = 1u << 8;
inline constexpr uint32_t kInstructionCache = 1u << 9;
inline constexpr uint32_t kDataCache = 1u << 10;
inline constexpr uint32_t kInstructionCacheReset = 1u << 11;  // writable only while that cache is off
inline constexpr uint32_t kDataCacheReset = 1u << 12;
}  // namespace acr

namespace sr {
inline constexpr uint32_t kEop = 1u << 0;
inline constexpr uint32_t kOperr = 1u << 1;
inline constexpr uint32_t kWrperr = 1u << 4;
inline constexpr uint32_t kPgaerr = 1u << 5;
inline constexpr uint32_t kPgperr = 1u << 6;
inline constexpr uint32_t kPgserr = 1u << 7;
inline constexpr uint32_t kRderr = 1u << 8;
inline constexpr uint32_t kBsy = 1u << 16;
inline constexpr uint32_t kClearable = kEop | kOperr | kWrperr | kPgaerr | kPgperr | kPgserr | kRderr;
}  // namespace sr

namespace cr {
inline constexpr uint32_t kPg = 1u << 0;
inline constexpr uint32_t kSer = 1u << 1;
inline constexpr uint32_t kMer = 1u << 2;
inline constexpr unsigned kSnbShift = 3;
inline constexpr uint32_t kSnb = 0xFu << kSnbShift;
inline constexpr unsigned kPsizeShift = 8;  // 0 to 3: 1, 2, 4, 8 bytes
inline constexpr uint32_t kPsize = 3u << kPsizeShift;
inline constexpr uint32_t kStrt = 1u << 16;
inline constexpr uint32_t kEopie = 1u << 24;
inline constexpr uint32_t kErrie = 1u << 25;
inline constexpr uint32_t kLock = 1u << 31;
inline constexpr uint32_t kStored = kPg | kSer | kMer | kSnb | kPsize | kEopie | kErrie;
}  // namespace cr

namespace optcr {
inline constexpr uint32_t kLock = 1u << 0;
inline constexpr uint32_t kStrt = 1u << 1;
inline constexpr uint32_t kUser = 0xECu;  // BOR_LEV, WDG_SW, nRST_STOP, nRST_STDBY
inline constexpr unsigned kRdpShift = 8;
inline constexpr uint32_t kRdp = 0xFFu << kRdpShift;
inline constexpr unsigned kNwrpShift = 16;
inline constexpr uint32_t kNwrp = 0xFFu << kNwrpShift;
inline constexpr uint32_t kReservedOnes = 0xFu << 24;  // as in the reset value, 0x0FFFAAED
inline constexpr uint32_t kSprmod = 1u << 31;
inline constexpr uint32_t kStored = kUser | kRdp | kNwrp | kSprmod;

inline constexpr uint32_t kFactory = 0x0FFF'AAEC;
// After the erase of their sector, SPRMOD apart: RDP 0xFF (level 1), nWRP all ones.
inline constexpr uint32_t kErased = kUser | kRdp | kNwrp | kReservedOnes;
}  // namespace optcr

inline constexpr uint8_t kRdpLevel0 = 0xAA;  // every other value: level 1
inline constexpr uint8_t kRdpLevel2 = 0xCC;

}  // namespace virtual_board::flash
