#include "virtual-board/core/debug_registers.h"

namespace virtual_board {

template <typename Change>
void DebugRegisters::change(Change change) {
  const uint32_t value = count();
  change();
  stopped_at_ = value;
  zero_ = awake_cycles() - value;
}

uint32_t DebugRegisters::read_word(uint32_t offset) {
  switch (offset) {
    case kDwt:
      return 0x4000'0000U | control_;  // four comparators, which do nothing
    case kDwt + 4:
      return count();
    case kDemcr:
      return demcr_;
    default:
      return 0;
  }
}

void DebugRegisters::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  switch (offset) {
    case kDwt:
      return change([&] { control_ = merge(control_, value, mask) & 1; });
    case kDwt + 4:
      stopped_at_ = value;
      zero_ = awake_cycles() - value;
      return;
    case kDemcr:
      return change([&] { demcr_ = merge(demcr_, value, mask) & 0x0100'0000; });
    default:
      return;
  }
}

}  // namespace virtual_board
