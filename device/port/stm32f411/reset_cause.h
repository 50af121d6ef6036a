// Why the chip started: the number in `hello`.
//
//   bits 31..25  the flags of RCC_CSR, in its places: 31 low power, 30 window watchdog, 29 independent watchdog,
//                28 software, 27 power-on, 26 reset pin, 25 brown-out. The pin's flag accompanies every other.
//   bits 24..24  0
//   bits 23..20  FaultKind of the run before; 0: none
//   bits 19..18  0
//   bits 17..0   where: the fault's program counter as (address - 0x0800'0000) / 2; all ones: not in flash, or not
//   known;
//                0 without a fault
//
// A start that follows a fault has bit 28 and a kind; one that follows a hang has bit 29 and none. Both parts are taken
// at the start and hold until the next reset.
#pragma once

#include <cstdint>

namespace stm32f411 {

// Once: it clears what it reads.
uint32_t take_reset_cause();

// Starts the chip anew, as a power-up would but for SRAM.
[[noreturn]] void reset_chip();

}  // namespace stm32f411
