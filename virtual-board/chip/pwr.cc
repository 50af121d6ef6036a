#include "virtual-board/chip/pwr.h"

namespace virtual_board {
namespace {

constexpr uint32_t kCr = 0x00, kCsr = 0x04;
constexpr uint32_t kScale = 3U << 14;
constexpr uint32_t kControlBits = 0x0030'FFF3;  // CWUF and CSBF read 0
constexpr uint32_t kStatusBits = 1U << 8 | 1U << 9;
constexpr uint32_t kBackupReady = 1U << 3, kBackupOn = 1U << 9, kScaleReady = 1U << 14;

}  // namespace

void Pwr::reset() {
  control_ = 0x8000;
  status_ = 0;
  ready_at_ = chip_.now();
}

uint32_t Pwr::read_word(uint32_t offset) {
  if (offset == kCr) return control_;
  if (offset != kCsr) return 0;
  const bool backup_on = (status_ & kBackupOn) != 0;
  return status_ | (backup_on ? kBackupReady : 0) | (chip_.now() >= ready_at_ ? kScaleReady : 0);
}

void Pwr::write_word(uint32_t offset, uint32_t value, uint32_t) {
  if (offset == kCsr) status_ = value & kStatusBits;
  if (offset != kCr) return;
  value &= kControlBits;
  if (pll_is_on_()) value = (value & ~kScale) | (control_ & kScale);
  if (((value ^ control_) & kScale) != 0) ready_at_ = chip_.now() + kSettle;
  control_ = value;
}

}  // namespace virtual_board
