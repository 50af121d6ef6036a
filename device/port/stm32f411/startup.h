// What start-up calls once memory is ready; an app defines it. Interrupts are on, the clock is the chip's own 16 MHz.
#pragma once

extern "C" [[noreturn, gnu::noinline]] void run_firmware();
