// Which operation the power fails in.
#include "virtual-board/chip/flash_interface.h"

namespace virtual_board {

void FlashInterface::cut_at(uint64_t after, Cut how) {
  cut_at_ = after;
  cut_ = how;
}

std::optional<Cut> FlashInterface::next_operation(FlashOperation::Kind kind, uint32_t address) {
  if (observer_) observer_({kind, address});
  counters_.operations++;
  if (!cut_at_) return std::nullopt;
  if ((*cut_at_)-- != 0) return std::nullopt;
  cut_at_.reset();
  return cut_;
}

void FlashInterface::lose_power() {
  // What the present instruction still writes finds no supply.
  power_lost_ = true;
  busy_until_.reset();
  chip_.reschedule();
  chip_.power_lost();
}

uint64_t FlashInterface::random_bits(uint64_t density) {
  const uint64_t bits = chip_.random();
  switch (density) {
    case 0:
      return bits & chip_.random() & chip_.random();
    case 1:
      return bits;
    default:
      return bits | chip_.random() | chip_.random();
  }
}

}  // namespace virtual_board
