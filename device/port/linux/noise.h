// What varies from boot to boot and from unit to unit on Linux. Credited with nothing.
#pragma once

#include "entropy/device/generator.h"

namespace device {

// SHA-256 over the jitter of the clock, the times, the kernel's boot id, the bytes it gave this process (AT_RANDOM),
// the process id, and where things lie in memory.
class LinuxNoise final : public entropy::NoiseSource {
 public:
  size_t collect(base::MutableBytes out) override;
};

}  // namespace device
