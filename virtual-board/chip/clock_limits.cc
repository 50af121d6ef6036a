#include "virtual-board/chip/clock_limits.h"

#include <array>

namespace virtual_board {
namespace {

constexpr uint32_t kMega = 1'000'000;
constexpr uint32_t kMostHclk = 100 * kMega;
constexpr uint32_t kMostPclk1 = 50 * kMega;
// Up to which HCLK 0, 1, 2... wait states suffice.
constexpr std::array<uint32_t, 4> kByWaitStates{30 * kMega, 64 * kMega, 90 * kMega, 100 * kMega};
// By the bits of VOS; 0 is reserved.
constexpr std::array<uint32_t, 4> kByScale{64 * kMega, 64 * kMega, 84 * kMega, 100 * kMega};

std::string mega(uint64_t hz) {
  const uint64_t tenths = hz / (kMega / 10);
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " MHz";
}

}  // namespace

std::string clock_trouble(const Rcc& rcc, const Pwr& pwr, std::optional<unsigned> wait_states) {
  const uint32_t hclk = rcc.hclk_hz();
  if (rcc.runs_on_pll()) {
    const uint64_t input = rcc.vco_input_hz();
    const uint64_t vco = rcc.vco_hz();
    if (input < 950'000 || input > 2'100'000) return "the PLL gets " + mega(input) + ", it needs 1 to 2 MHz";
    if (vco < 100 * kMega || vco > 432 * kMega)
      return "the PLL's oscillator runs at " + mega(vco) + ", it can 100 to 432 MHz";
    if (hclk > kByScale[pwr.voltage_scale_bits()]) {
      return "HCLK is " + mega(hclk) + ", the voltage scale (PWR_CR VOS) allows " +
             mega(kByScale[pwr.voltage_scale_bits()]);
    }
  }
  if (hclk > kMostHclk) return "HCLK is " + mega(hclk) + ", the chip can 100 MHz";
  if (rcc.pclk1_hz() > kMostPclk1) return "PCLK1 is " + mega(rcc.pclk1_hz()) + ", APB1 can 50 MHz";
  if (wait_states && *wait_states < kByWaitStates.size() && hclk > kByWaitStates[*wait_states]) {
    return "HCLK is " + mega(hclk) + ", flash with " + std::to_string(*wait_states) + " wait states can " +
           mega(kByWaitStates[*wait_states]);
  }
  return {};
}

}  // namespace virtual_board
