// What varies on a NUCLEO-F411RE, which has no random number generator: SRAM at power-up, the lowest bits of the ADC,
// the slow oscillator against the fast one. Credited with nothing: the generator lives on the injected seed, and none
// of this was measured on enough chips to claim a number of bits.
#pragma once

#include "entropy/device/generator.h"

namespace device {

// SHA-256 over SRAM that start-up leaves as it is (its lot after a warm reset is what it was, and a debugger may have
// used it), samples of the temperature sensor and the reference voltage, and the phases of two clocks that are not
// derived from each other. About 5 ms.
class Stm32Noise final : public entropy::NoiseSource {
 public:
  size_t collect(base::MutableBytes out) override;
};

}  // namespace device
