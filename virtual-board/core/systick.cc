#include "virtual-board/core/systick.h"

namespace virtual_board {
namespace {

constexpr uint32_t kTickInterrupt = 1U << 1;
constexpr uint32_t kCountFlag = 1U << 16;
constexpr uint32_t kMask = 0x00FF'FFFF;

}  // namespace

void SysTickTimer::reset() {
  control_ = reload_ = stopped_value_ = 0;
  zero_at_ = kNever;
  reached_zero_ = false;
}

// Counting starts now; 0 is followed by the reload value.
void SysTickTimer::start_from(uint32_t value) {
  if (value == 0 && reload_ == 0) {
    zero_at_ = kNever;
    return;
  }
  zero_at_ = clock_.cycles + (value != 0 ? value : uint64_t{reload_} + 1) * divider();
}

uint32_t SysTickTimer::current() const {
  if (!is_on()) {
    return stopped_value_;
  }
  if (zero_at_ == kNever || zero_at_ <= clock_.cycles) {
    return 0;
  }
  const uint64_t left = (zero_at_ - clock_.cycles + divider() - 1) / divider();
  return left > reload_ && left == uint64_t{reload_} + 1 ? 0 : static_cast<uint32_t>(left) & kMask;
}

Time SysTickTimer::next_event() const {
  return is_on() && (control_ & kTickInterrupt) != 0 && zero_at_ != kNever ? clock_.time_of(zero_at_) : kNever;
}

void SysTickTimer::advance() {
  if (!is_on() || zero_at_ > clock_.cycles) {
    return;
  }
  reached_zero_ = true;
  if ((control_ & kTickInterrupt) != 0) {
    exceptions_.set_pending(kSysTick);
  }
  if (reload_ == 0) {
    zero_at_ = kNever;
    return;
  }
  const uint64_t period = (uint64_t{reload_} + 1) * divider();
  zero_at_ += ((clock_.cycles - zero_at_) / period + 1) * period;
}

uint32_t SysTickTimer::read(uint32_t offset) {
  advance();
  switch (offset) {
    case 0x0: {
      const uint32_t value = control_ | (reached_zero_ ? kCountFlag : 0);
      reached_zero_ = false;
      return value;
    }
    case 0x4:
      return reload_;
    case 0x8:
      return current();
    case 0xC:
      return 0x4000'0000U | 12'499;  // 1 ms at 100 MHz / 8, marked as not exact
    default:
      return 0;
  }
}

void SysTickTimer::write(uint32_t offset, uint32_t value) {
  advance();
  switch (offset) {
    case 0x0: {
      const uint32_t value_now = current();
      control_ = value & 7;
      if (is_on()) {
        start_from(value_now);
      } else {
        stopped_value_ = value_now;
        zero_at_ = kNever;
      }
      break;
    }
    case 0x4:
      reload_ = value & kMask;
      if (is_on() && zero_at_ == kNever) {
        start_from(0);
      }
      break;
    case 0x8:  // any value clears
      reached_zero_ = false;
      stopped_value_ = 0;
      if (is_on()) {
        start_from(0);
      }
      break;
    default:
      break;
  }
}

}  // namespace virtual_board
