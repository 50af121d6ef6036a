#include "device/port/stm32f411/clock.h"

#include "device/port/stm32f411/registers.h"

namespace stm32f411 {
namespace {

constexpr uint32_t kHsionBit = bit(0);
constexpr uint32_t kHseonBit = bit(16);
constexpr uint32_t kHserdyBit = bit(17);
constexpr uint32_t kHsebypBit = bit(18);
constexpr uint32_t kCssonBit = bit(19);
constexpr uint32_t kPllonBit = bit(24);
constexpr uint32_t kPllrdyBit = bit(25);
constexpr uint32_t kPwrenBit = bit(28);

constexpr uint32_t kHsiHz = 16'000'000;
constexpr uint32_t kCoreHz = 100'000'000;

// Both sources give 2 MHz to the PLL, the value with the least jitter: times 200, by 4.
constexpr uint32_t kPllSettings = 200U << 6 | 1U << 16 | 9U << 24;  // N, P, Q (unused; within its 48 MHz)
constexpr uint32_t kPllMask = 0x0F43'7FFF;
constexpr uint32_t kPllFromHse = 4 | bit(22);
constexpr uint32_t kPllFromHsi = 8;

constexpr uint32_t kApb1Half = 4U << 10;
constexpr uint32_t kSystemClockPll = 2;
constexpr uint32_t kThreeWaitStates = 3;  // above 90 MHz at 2.7 V and more
constexpr uint32_t kCachesAndPrefetch = bit(8) | bit(9) | bit(10);
constexpr uint32_t kVoltageScale1 = 3U << 14;

// Times round a loop at 16 MHz: more than 30 ms, where an oscillator needs 2 and the PLL 0.3.
constexpr uint32_t kStartLimit = 100'000;

bool await(Register& value, uint32_t mask, uint32_t wanted) {
  for (uint32_t i = 0; i < kStartLimit; ++i) {
    if ((value & mask) == wanted) return true;
  }
  return false;
}

bool start_hse() {
  set_bits(rcc().CR, kHsebypBit);
  set_bits(rcc().CR, kHseonBit);
  if (await(rcc().CR, kHserdyBit, kHserdyBit)) return true;
  clear_bits(rcc().CR, kHseonBit);
  clear_bits(rcc().CR, kHsebypBit);
  return false;
}

}  // namespace

Clocks start_clocks() {
  const bool from_hse = start_hse();
  set_bits(rcc().APB1ENR, kPwrenBit);
  (void)rcc().APB1ENR;  // the clock reaches the peripheral two cycles after the write
  // Set while the PLL is off; takes effect once it is on.
  set_bits(pwr().CR, kVoltageScale1);
  replace_bits(rcc().PLLCFGR, kPllMask, kPllSettings | (from_hse ? kPllFromHse : kPllFromHsi));
  set_bits(rcc().CR, kPllonBit);
  if (!await(rcc().CR, kPllrdyBit, kPllrdyBit)) {
    clear_bits(rcc().CR, kPllonBit);
    return {kHsiHz, kHsiHz, false};
  }
  flash_acr() = kThreeWaitStates | kCachesAndPrefetch;
  // Slower flash before the faster clock: the new wait states hold once they read back.
  (void)await(flash_acr(), 0xF, kThreeWaitStates);
  replace_bits(rcc().CFGR, 7U << 10, kApb1Half);
  replace_bits(rcc().CFGR, 3, kSystemClockPll);
  if (!await(rcc().CFGR, 3U << 2, kSystemClockPll << 2)) return {kHsiHz, kHsiHz / 2, false};
  // Should the ST-LINK's clock stop, the chip falls back to its own and the NMI records it (faults.h).
  if (from_hse) set_bits(rcc().CR, kCssonBit);
  return {kCoreHz, kCoreHz / 2, from_hse};
}

}  // namespace stm32f411
