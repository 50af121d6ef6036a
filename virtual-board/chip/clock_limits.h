// What clocks the chip can run at: RM0383 section 3.4 (wait states at 2.7 to 3.6 V), 5.1 (voltage scale), 6.3.2 (PLL).
#pragma once

#include <optional>
#include <string>

#include "virtual-board/chip/pwr.h"
#include "virtual-board/chip/rcc.h"

namespace virtual_board {

// What is wrong with the clocks as they are set; empty: nothing. `wait_states`: nothing: not looked at.
std::string clock_trouble(const Rcc& rcc, const Pwr& pwr, std::optional<unsigned> wait_states);

}  // namespace virtual_board
