// SysTick, the core's own timer (ARMv7-M B3.3): counts HCLK, or an eighth of it.
#pragma once

#include "virtual-board/core/clock.h"
#include "virtual-board/core/exceptions.h"

namespace virtual_board {

class SysTickTimer {
 public:
  SysTickTimer(Clock& clock, Exceptions& exceptions) : clock_(clock), exceptions_(exceptions) {}

  void reset();
  uint32_t read(uint32_t offset);  // from 0xE000E010
  void write(uint32_t offset, uint32_t value);
  [[nodiscard]] Time next_event() const;
  void advance();

 private:
  [[nodiscard]] bool is_on() const { return (control_ & 1) != 0; }
  [[nodiscard]] uint64_t divider() const { return (control_ & 4) != 0 ? 1 : 8; }
  [[nodiscard]] uint32_t current() const;
  void start_from(uint32_t value);

  Clock& clock_;
  Exceptions& exceptions_;
  uint32_t control_ = 0;
  uint32_t reload_ = 0;
  uint32_t stopped_value_ = 0;  // while off
  uint64_t zero_at_ = kNever;   // cycle at which the counter reaches 0 next; kNever: it does not
  bool reached_zero_ = false;   // COUNTFLAG
};

}  // namespace virtual_board
