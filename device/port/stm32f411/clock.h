// The clock tree: 100 MHz for the core, 50 MHz for APB1.
#pragma once

#include <cstdint>

namespace stm32f411 {

struct Clocks {
  uint32_t core_hz;
  uint32_t apb1_hz;
  bool from_hse;  // false: the 8 MHz of the ST-LINK did not come, and the chip's own oscillator (1 %) drives the PLL
};

// Once, from the state after a reset. Where not even the PLL starts the chip stays at its 16 MHz.
Clocks start_clocks();

}  // namespace stm32f411
