// The independent watchdog: resets a chip whose main loop stands still. It runs from the chip's slow oscillator
// (17 to 47 kHz by the data sheet), so its 8 s may be 5.4 to 15. Once started nothing stops it but a reset.
#pragma once

namespace stm32f411 {

void start_watchdog();
// The longest time without: a few sector erasures of at most 0.8 s each.
void kick_watchdog();

}  // namespace stm32f411
