// Time. TIM2 counts milliseconds by itself, so they are right although the core stands still while flash is erased;
// SysTick's interrupt only wakes a sleeping core once a millisecond.
#pragma once

#include <cstdint>

namespace stm32f411 {

// Once. `core_hz` is also what drives TIM2: timers run at twice the clock of a divided APB.
void start_timing(uint32_t core_hz);

// Since start_timing(); never runs backwards. Not from an interrupt, and more often than once in 24 days.
[[nodiscard]] uint64_t milliseconds();

// Core cycles down to SysTick's next interrupt: the fine part of the time, for those who want it to vary.
[[nodiscard]] uint32_t cycles_to_tick();

}  // namespace stm32f411
