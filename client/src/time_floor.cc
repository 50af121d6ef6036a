#include "client/src/time_floor.h"

#include "rot/well_known.h"

namespace client {

using base::ErrorCode;
using base::fail;

base::Result<uint64_t> TimeFloor::seconds() {
  uint64_t injected = 0;
  uint8_t raw[8];
  const auto size = rot_.get_item(rot::kCurrentTimeItem, raw);
  if (size) {
    if (*size != sizeof(raw)) return fail(ErrorCode::kMalformed);
    injected = base::load_be<uint64_t>(raw);
  } else if (size.error() == ErrorCode::kBufferTooSmall) {
    return fail(ErrorCode::kMalformed);
  } else if (size.error() != ErrorCode::kItemNotFound) {
    return fail(size.error());
  }
  BASE_ASSIGN(const uint64_t stored, rot_.get_state_u64(rot::StateId::kTimeFloor));
  return stored > injected ? stored : injected;
}

base::Result<TimeReading> TimeFloor::now(std::optional<uint64_t> clock) {
  BASE_ASSIGN(const uint64_t floor, seconds());
  if (!clock) return TimeReading{.seconds = floor};
  if (*clock < floor) return TimeReading{.seconds = floor, .clock_behind = true};
  return TimeReading{.seconds = *clock, .from_clock = true};
}

base::Status TimeFloor::raise(uint64_t authenticated_seconds) {
  BASE_ASSIGN(const uint64_t floor, seconds());
  if (authenticated_seconds <= floor) return {};
  return rot_.put_state_u64(rot::StateId::kTimeFloor, authenticated_seconds);
}

}  // namespace client
