// Where things are on an STM32F411xE (RM0383 section 2.3, 3.3).
#pragma once

#include <array>
#include <cstdint>

namespace virtual_board {

struct Region {
  uint32_t base;
  uint32_t size;  // bytes
};

inline constexpr Region kFlash{0x0800'0000, 512 * 1024};
inline constexpr Region kSystemMemory{0x1FFF'0000, 30 * 1024};  // ST's boot loader; reads as erased here
inline constexpr Region kOtp{0x1FFF'7800, 512};
inline constexpr Region kOtpLocks{0x1FFF'7A00, 16};
inline constexpr Region kUniqueId{0x1FFF'7A10, 12};
inline constexpr uint32_t kFlashSizeRegister = 0x1FFF'7A22;
inline constexpr Region kOptionBytes{0x1FFF'C000, 16};
inline constexpr Region kSram{0x2000'0000, 128 * 1024};

struct Sector {
  uint32_t base;
  uint32_t size;
};
inline constexpr std::array<Sector, 8> kSectors{{
    {0x0800'0000, 16 * 1024},
    {0x0800'4000, 16 * 1024},
    {0x0800'8000, 16 * 1024},
    {0x0800'C000, 16 * 1024},
    {0x0801'0000, 64 * 1024},
    {0x0802'0000, 128 * 1024},
    {0x0804'0000, 128 * 1024},
    {0x0806'0000, 128 * 1024},
}};

}  // namespace virtual_board
