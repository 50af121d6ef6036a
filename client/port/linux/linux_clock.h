#pragma once

#include "client/port.h"

namespace client {

// Linux has no mark for "never set": its clock starts in 1970 or at the time of the image, and the time floor
// sorts that out.
class LinuxClock final : public Clock {
 public:
  std::optional<uint64_t> wall_seconds() override;
  uint64_t monotonic_ms() override;
  bool sleep_ms(uint64_t milliseconds) override;
};

}  // namespace client
