#include "virtual-board/chip/tim.h"

#include <algorithm>

namespace virtual_board {
namespace {

constexpr uint32_t kCr1 = 0x00, kDier = 0x0C, kSr = 0x10, kEgr = 0x14, kCnt = 0x24, kPsc = 0x28, kArr = 0x2C,
                   kCcr1 = 0x34, kCcr4 = 0x40;

constexpr uint32_t kEnabled = 1U << 0, kUpdateDisabled = 1U << 1, kOnlyOverflow = 1U << 2, kOnePulse = 1U << 3,
                   kPreload = 1U << 7;
constexpr uint32_t kUpdate = 1U << 0;

__extension__ typedef unsigned __int128 Wide;

}  // namespace

Tim::Tim(Chip& chip, Wiring wiring) : RegisterModel(BusKind::kApb), chip_(chip), wiring_(std::move(wiring)) {
  Tim::reset();
}

void Tim::reset() {
  control_ = interrupts_ = flags_ = counter_ = prescaler_ = prescaler_now_ = 0;
  reload_ = reload_now_ = top();
  compare_ = {};
  storage_ = {};
  start_over();
  update_irq();
}

// With 0 in ARR the counter stands still.
bool Tim::is_counting() const { return (control_ & kEnabled) != 0 && reload_now_ != 0; }

void Tim::start_over() {
  start_ = chip_.now();
  counted_ = 0;
  clock_hz_ = wiring_.clock_hz();
}

uint64_t Tim::ticks_since_start() const {
  return static_cast<uint64_t>(Wide{chip_.now() - start_} * clock_hz_ / kSecond / (uint64_t{prescaler_now_} + 1));
}

Time Tim::time_of(uint64_t ticks) const {
  const Wide cycles = Wide{ticks} * (uint64_t{prescaler_now_} + 1);
  const Wide since = (cycles * kSecond + clock_hz_ - 1) / clock_hz_;
  const Wide at = since + start_;
  return at < kNever ? static_cast<Time>(at) : kNever;
}

uint64_t Tim::ticks_until_match(uint32_t value) const {
  if (value > reload_now_) return ~uint64_t{0};
  return value > counter_ ? value - counter_ : ticks_until_update() + value;
}

// Flags are also raised where no interrupt is asked for, but nobody needs to be woken for that.
Time Tim::next_event() const {
  if (!is_counting()) return kNever;
  uint64_t ticks = ~uint64_t{0};
  const bool new_values = prescaler_ != prescaler_now_ || reload_ != reload_now_ || (control_ & kOnePulse) != 0;
  if ((interrupts_ & kUpdate) != 0 || new_values) ticks = ticks_until_update();
  for (unsigned i = 0; i < wiring_.channels; ++i) {
    if ((interrupts_ >> (i + 1) & 1U) != 0) ticks = std::min(ticks, ticks_until_match(compare_[i]));
  }
  return ticks == ~uint64_t{0} ? kNever : time_of(counted_ + ticks);
}

void Tim::advance() {
  while (is_counting()) {
    const uint64_t elapsed = ticks_since_start() - counted_;
    const uint64_t until_update = ticks_until_update();
    if (elapsed < until_update) {
      count(elapsed);
      counted_ += elapsed;
      break;
    }
    count(until_update - 1);
    counted_ += until_update;
    const Time at = time_of(counted_);
    counter_ = 0;
    for (unsigned i = 0; i < wiring_.channels; ++i) {
      if (compare_[i] == 0) flags_ |= 2U << i;
    }
    const bool same = prescaler_ == prescaler_now_ && reload_ == reload_now_;
    update_event();
    if ((control_ & kOnePulse) != 0) control_ &= ~kEnabled;
    if (!same) {
      start_ = at;
      counted_ = 0;
    } else if ((control_ & kEnabled) != 0) {
      // Whole periods that nobody looked at leave the same flags as one.
      const uint64_t periods = (ticks_since_start() - counted_) / period();
      if (periods != 0) {
        for (unsigned i = 0; i < wiring_.channels; ++i) {
          if (compare_[i] <= reload_now_) flags_ |= 2U << i;
        }
        counted_ += periods * period();
      }
    }
  }
  // The clock may be another from here on; a fraction of a tick is lost only then.
  if (clock_hz_ != wiring_.clock_hz() || !is_counting()) start_over();
  update_irq();
}

// `ticks` without an overflow of ARR; a counter above ARR first runs to its own end.
void Tim::count(uint64_t ticks) {
  const uint64_t from = counter_;
  for (unsigned i = 0; i < wiring_.channels; ++i) {
    const uint64_t match = ticks_until_match(compare_[i]);
    if (match != 0 && match <= ticks) flags_ |= 2U << i;
  }
  counter_ = static_cast<uint32_t>((from + ticks) % limit());
}

void Tim::update_event() {
  if ((control_ & kUpdateDisabled) != 0) return;
  prescaler_now_ = prescaler_;
  reload_now_ = reload_;
  flags_ |= kUpdate;
}

uint32_t Tim::read_word(uint32_t offset) {
  advance();
  switch (offset) {
    case kCr1:
      return control_;
    case kDier:
      return interrupts_;
    case kSr:
      return flags_;
    case kCnt:
      return counter_;
    case kPsc:
      return prescaler_;
    case kArr:
      return reload_;
    default:
      break;
  }
  if (offset >= kCcr1 && offset <= kCcr4) return compare_[(offset - kCcr1) / 4];
  return offset / 4 < storage_.size() && offset != kEgr ? storage_[offset / 4] : 0;
}

void Tim::write_word(uint32_t offset, uint32_t value, uint32_t) {
  advance();
  switch (offset) {
    case kCr1:
      control_ = value & 0x3FFU;
      break;
    case kDier:
      interrupts_ = value & 0x5F5FU;
      break;
    case kSr:
      flags_ &= value;
      break;
    case kEgr:
      if ((value & kUpdate) != 0) {
        counter_ = 0;
        const uint32_t before = flags_;
        update_event();
        if ((control_ & kOnlyOverflow) != 0) flags_ = before;
      }
      flags_ |= value & 0x1EU & ((2U << wiring_.channels) - 1);
      break;
    case kCnt:
      counter_ = value & top();
      break;
    case kPsc:
      prescaler_ = value & 0xFFFFU;
      break;
    case kArr:
      reload_ = value & top();
      if ((control_ & kPreload) == 0) reload_now_ = reload_;
      break;
    default:
      if (offset >= kCcr1 && offset <= kCcr4) {
        compare_[(offset - kCcr1) / 4] = value & top();
      } else if (offset / 4 < storage_.size()) {
        storage_[offset / 4] = value;
      }
      return update_irq();
  }
  if (offset != kDier && offset != kSr && offset != kPsc) start_over();
  update_irq();
}

void Tim::update_irq() { chip_.set_irq(wiring_.irq, (flags_ & interrupts_ & 0x1FU) != 0); }

}  // namespace virtual_board
