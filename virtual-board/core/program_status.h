// Fields of xPSR (ARMv7-M Architecture Reference Manual, B1.4.2).
#pragma once

#include <cstdint>

namespace virtual_board {

inline constexpr uint32_t kThumbBit = 1U << 24;
inline constexpr uint32_t kItBits = 0x0600'FC00;
inline constexpr uint32_t kExceptionNumber = 0x1FF;
inline constexpr uint32_t kAlignedFrame = 1U << 9;  // in a stacked xPSR: four bytes were skipped for alignment

constexpr uint32_t it_to_xpsr(uint8_t it) {
  return (static_cast<uint32_t>(it & 3) << 25) | (static_cast<uint32_t>(it >> 2) << 10);
}
constexpr uint8_t it_from_xpsr(uint32_t xpsr) {
  return static_cast<uint8_t>(((xpsr >> 25) & 3) | (((xpsr >> 10) & 0x3F) << 2));
}

}  // namespace virtual_board
