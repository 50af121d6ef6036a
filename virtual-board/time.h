// Virtual time: what the chip's clocks would show, never what the host's do. Picoseconds, so that a cycle of every clock
// that the chip can make is a whole number close enough (100 MHz: 10,000; HSI 16 MHz: 62,500); 64 bits last for 213 days.
#pragma once

#include <cstdint>

namespace virtual_board {

using Time = uint64_t;  // picoseconds since the board was made; goes on over resets and power cuts
inline constexpr Time kNever = ~Time{0};
inline constexpr Time kNanosecond = 1'000;
inline constexpr Time kMicrosecond = 1'000 * kNanosecond;
inline constexpr Time kMillisecond = 1'000 * kMicrosecond;
inline constexpr Time kSecond = 1'000 * kMillisecond;

}  // namespace virtual_board
