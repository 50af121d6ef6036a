#include "device/port/stm32f411/systick.h"

#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kEnable = bit(0) | bit(1) | bit(2);  // counting core cycles, with the interrupt

// Two halves, because 64 bits cannot be read at once.
volatile uint32_t g_low;
volatile uint32_t g_high;

}  // namespace

extern "C" void systick_handler() {
  const uint32_t next = g_low + 1;
  if (next == 0) g_high = g_high + 1;
  g_low = next;
}

void start_systick(uint32_t core_hz) {
  systick().RVR = core_hz / 1000 - 1;
  systick().CVR = 0;
  systick().CSR = kEnable;
}

uint64_t milliseconds() {
  for (;;) {
    const uint32_t high = g_high;
    const uint32_t low = g_low;
    if (high == g_high) return uint64_t{high} << 32 | low;
  }
}

uint32_t systick_value() { return systick().CVR; }

}  // namespace stm32f411
