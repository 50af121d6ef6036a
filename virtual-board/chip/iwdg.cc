#include "virtual-board/chip/iwdg.h"

#include <algorithm>

namespace virtual_board {
namespace {

constexpr uint32_t kKr = 0x00, kPr = 0x04, kRlr = 0x08, kSr = 0x0C;
constexpr uint32_t kKeyReload = 0xAAAA, kKeyUnlock = 0x5555, kKeyStart = 0xCCCC;
constexpr Time kSettle = 5 * Iwdg::kLsiCycle;

}  // namespace

void Iwdg::reset() {
  writable_ = false;
  prescaler_ = 0;
  reload_ = 0xFFF;
  prescaler_settled_ = reload_settled_ = 0;
  bites_at_ = kNever;
}

void Iwdg::start() { reload(); }

void Iwdg::reload() {
  const Time tick = kLsiCycle * (4U << std::min(prescaler_, 6U));
  bites_at_ = chip_.now() + (reload_ + 1) * tick;
}

void Iwdg::advance() {
  if (chip_.now() < bites_at_) return;
  bites_at_ = kNever;
  chip_.request_reset(ResetCause::kIndependentWatchdog);
}

uint32_t Iwdg::read_word(uint32_t offset) {
  switch (offset) {
    case kPr:
      return prescaler_;
    case kRlr:
      return reload_;
    case kSr:
      return (chip_.now() < prescaler_settled_ ? 1U : 0U) | (chip_.now() < reload_settled_ ? 2U : 0U);
    default:
      return 0;
  }
}

void Iwdg::write_word(uint32_t offset, uint32_t value, uint32_t) {
  value &= 0xFFFFU;
  switch (offset) {
    case kKr:
      writable_ = value == kKeyUnlock;
      if (value == kKeyStart || (value == kKeyReload && runs())) reload();
      return;
    case kPr:
      if (!writable_ || chip_.now() < prescaler_settled_) return;
      prescaler_ = value & 7U;
      prescaler_settled_ = chip_.now() + kSettle;
      return;
    case kRlr:
      if (!writable_ || chip_.now() < reload_settled_) return;
      reload_ = value & 0xFFFU;
      reload_settled_ = chip_.now() + kSettle;
      return;
    default:
      return;
  }
}

}  // namespace virtual_board
