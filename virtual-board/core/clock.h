// Cycles of the core's clock (HCLK) and the virtual time that they make. Cycles are what is counted; time follows,
// exactly, by integer arithmetic, whatever the frequency and however often it changes.
#pragma once

#include "virtual-board/time.h"

namespace virtual_board {

struct Clock {
  uint64_t cycles = 0;        // since the board was made, asleep or stalled too
  uint64_t attention_at = 0;  // the core stops before the first instruction that begins at this cycle or later

  [[nodiscard]] Time now() const { return time_of(cycles); }
  [[nodiscard]] uint32_t frequency() const { return hz_; }

  [[nodiscard]] Time time_of(uint64_t cycle) const {
    return base_time_ + static_cast<Time>(Wide{cycle - base_cycles_} * kSecond / hz_);
  }
  // The first cycle at which now() is `time` or later; never one that is past.
  [[nodiscard]] uint64_t cycle_of(Time time) const {
    if (time <= base_time_ || time == kNever) {
      return time == kNever ? kNever : cycles;
    }
    const Wide wanted = (Wide{time - base_time_} * hz_ + kSecond - 1) / kSecond + base_cycles_;
    if (wanted > kNever) {
      return kNever;
    }
    return static_cast<uint64_t>(wanted) < cycles ? cycles : static_cast<uint64_t>(wanted);
  }
  void set_frequency(uint32_t hz) {
    base_time_ = now();
    base_cycles_ = cycles;
    hz_ = hz;
  }
  // The core, or all of the chip, is off: time without cycles.
  void skip_to(Time time) {
    if (time > now()) {
      base_time_ = time;
      base_cycles_ = cycles;
    }
  }

 private:
  __extension__ using Wide = unsigned __int128;
  Time base_time_ = 0;
  uint64_t base_cycles_ = 0;
  uint32_t hz_ = 16'000'000;
};

}  // namespace virtual_board
