#include "device/port/stm32f411/timing.h"

#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kTim2Clock = bit(0);
constexpr uint32_t kCounting = bit(0);
constexpr uint32_t kUpdate = bit(0);            // EGR: takes over the prescaler
constexpr uint32_t kHalfMillisecondsHz = 2000;  // the slowest that the prescaler's 16 bits allow

constexpr uint32_t kTicking = bit(0) | bit(1) | bit(2);  // counting core cycles, with the interrupt

uint32_t g_last_count;
uint32_t g_wraps;

}  // namespace

extern "C" void systick_handler() {}

void start_timing(uint32_t core_hz) {
  set_bits(rcc().APB1ENR, kTim2Clock);
  (void)rcc().APB1ENR;
  tim2().PSC = core_hz / kHalfMillisecondsHz - 1;
  tim2().EGR = kUpdate;
  tim2().CR1 = kCounting;

  systick().RVR = core_hz / 1000 - 1;
  systick().CVR = 0;
  systick().CSR = kTicking;
}

uint64_t milliseconds() {
  const uint32_t count = tim2().CNT;
  if (count < g_last_count) ++g_wraps;
  g_last_count = count;
  return (uint64_t{g_wraps} << 32 | count) / 2;
}

uint32_t cycles_to_tick() { return systick().CVR; }

}  // namespace stm32f411
