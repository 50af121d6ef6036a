// What time it is, on a device whose clock may be unset, wrong or set by an attacker.
//
// The floor is the latest moment that an authenticated party vouched for: the time injected in the factory
// (mbed.CurrentTime) or the time in a service's reply. A clock before the floor is not believed; then the floor
// itself is the time. Certificate validity is always judged against what now() says.
#pragma once

#include <optional>

#include "rot/rot.h"

namespace client {

struct TimeReading {
  uint64_t seconds = 0;  // since 1970: the clock, or the floor where the clock cannot be believed
  bool from_clock = false;
  bool clock_behind = false;  // the clock was before the floor
};

class TimeFloor {
 public:
  explicit TimeFloor(rot::Rot& rot) : rot_(rot) {}

  // The later of the injected time and the stored floor; 0 where there is neither.
  // kMalformed: the injected item has not 8 bytes; and what the store reports.
  [[nodiscard]] base::Result<uint64_t> seconds();
  [[nodiscard]] base::Result<TimeReading> now(std::optional<uint64_t> clock);
  // Moves the floor up; never down. Only for a time from an authenticated source.
  [[nodiscard]] base::Status raise(uint64_t authenticated_seconds);

 private:
  rot::Rot& rot_;
};

}  // namespace client
