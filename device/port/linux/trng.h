// A true random number generator of a Linux unit: the kernel's generator or a character device. Only used
// where the configuration names it, because it is credited with full entropy.
#pragma once

#include "device/port/linux/config.h"
#include "device/port/linux/file.h"
#include "entropy/device/generator.h"

namespace device {

class LinuxTrng final : public entropy::Trng {
 public:
  // `trng` of the configuration: "none", "getrandom" or a path. kConfiguration: no such character device.
  base::Status open(const PathText& trng, Diagnostic& diagnostic);
  [[nodiscard]] bool present() const { return kernel_ || device_.valid(); }

  // getrandom(2) waits until the kernel's generator is seeded; a device has 5 s. kTrngFailed.
  base::Status read(base::MutableBytes out) override;

 private:
  bool kernel_ = false;
  FileHandle device_;
};

}  // namespace device
