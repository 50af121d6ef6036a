// Milliseconds since the start. SysTick's interrupt counts them, and the core does not take interrupts while it waits
// for flash: a sector's erasure (250 ms, at most 800 ms) is missing from the count. Waits become longer by it, never
// shorter, and the count never runs backwards.
#pragma once

#include <cstdint>

namespace stm32f411 {

// `core_hz`: of the core's clock, which SysTick counts.
void start_systick(uint32_t core_hz);
[[nodiscard]] uint64_t milliseconds();
// The counter itself: core cycles down to the next millisecond.
[[nodiscard]] uint32_t systick_value();

}  // namespace stm32f411
