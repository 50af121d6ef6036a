#include "virtual-board/core/exceptions.h"

#include <algorithm>

namespace virtual_board {

void Exceptions::reset() {
  pending_.reset();
  active_.reset();
  enabled_.reset();
  level_.reset();
  priority_.fill(0);
  grouping_ = running_ = 0;
  for (const unsigned always : {kNmi, kHardFault, kSvCall, kPendSv, kSysTick}) {
    enabled_[always] = true;
  }
}

bool Exceptions::set_level(unsigned irq, bool level) {
  const unsigned number = kFirstIrq + irq;
  if (irq >= kIrqs || level_[number] == level) {
    return false;
  }
  level_[number] = level;
  if (!level || active_[number] || pending_[number]) {
    // A line that rises while its handler runs pends again: the handler may have looked too early.
    if (level && active_[number]) {
      pending_[number] = true;
    }
    return false;
  }
  pending_[number] = true;
  return true;
}

int Exceptions::group_priority(unsigned number) const {
  if (number == kNmi) {
    return -2;
  }
  if (number == kHardFault) {
    return -1;
  }
  return priority_[number] & (0xFF << (grouping_ + 1)) & 0xFF;
}

int Exceptions::execution_priority(const Masks& masks) const {
  int priority = kThreadPriority;
  if (active_.any()) {
    for (unsigned number = kNmi; number < kExceptions; number++) {
      if (active_[number]) {
        priority = std::min(priority, group_priority(number));
      }
    }
  }
  if (masks.basepri != 0) {
    priority = std::min(priority, masks.basepri & (0xFF << (grouping_ + 1)) & 0xFF);
  }
  if (masks.primask) {
    priority = std::min(priority, 0);
  }
  if (masks.faultmask) {
    priority = std::min(priority, -1);
  }
  return priority;
}

unsigned Exceptions::next() const {
  const Set candidates = pending_ & enabled_;
  unsigned best = 0;
  int best_group = kThreadPriority;
  uint8_t best_byte = 0xFF;
  if (candidates.none()) {
    return 0;
  }
  for (unsigned number = kNmi; number < kExceptions; number++) {
    if (!candidates[number]) {
      continue;
    }
    // Group first, then the whole priority, then the smaller number, which comes first here.
    const int group = group_priority(number);
    if (best == 0 || group < best_group || (group == best_group && priority_[number] < best_byte)) {
      best = number;
      best_group = group;
      best_byte = priority_[number];
    }
  }
  return best;
}

void Exceptions::enter(unsigned number) {
  pending_[number] = false;
  active_[number] = true;
  running_ = number;
}

void Exceptions::leave(unsigned number) {
  active_[number] = false;
  if (level_[number]) {
    pending_[number] = true;
  }
}

}  // namespace virtual_board
