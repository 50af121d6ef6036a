#include "virtual-board/chip/gpio.h"

namespace virtual_board {
namespace {

constexpr uint32_t kModer = 0x00, kOtyper = 0x04, kOspeedr = 0x08, kPupdr = 0x0C, kIdr = 0x10, kOdr = 0x14,
                   kBsrr = 0x18;
constexpr uint32_t kLckr = 0x1C, kAfrl = 0x20, kAfrh = 0x24;
constexpr uint32_t kLockKey = 1U << 16;
constexpr unsigned kPins = 16, kOutput = 1, kAlternate = 2, kAnalog = 3, kPullUp = 1;

// Each of the `pins` as a field of `width` bits.
uint32_t spread(uint32_t pins, unsigned width, unsigned first, unsigned count) {
  uint32_t mask = 0;
  for (unsigned i = 0; i < count; ++i) {
    if ((pins >> (first + i) & 1U) != 0) mask |= ((1U << width) - 1) << (i * width);
  }
  return mask;
}

}  // namespace

Gpio::Gpio(const ResetValues& values, uint16_t driven_high)
    : RegisterModel(BusKind::kAhb), values_(values), driven_high_(driven_high) {
  reset();
}

void Gpio::reset() {
  mode_ = values_.mode;
  type_ = 0;
  speed_ = values_.speed;
  pull_ = values_.pull;
  output_ = 0;
  function_ = {};
  lock_ = 0;
  lock_step_ = 0;
}

bool Gpio::has_function(unsigned pin, unsigned function) const {
  return mode(pin) == kAlternate && (function_[pin / 8] >> (pin % 8 * 4) & 0xFU) == function;
}

uint16_t Gpio::levels() const {
  uint32_t levels = 0;
  for (unsigned pin = 0; pin < kPins; ++pin) {
    const uint32_t bit = 1U << pin;
    const bool open_drain = (type_ & bit) != 0;
    bool high = (driven_high_ & bit) != 0 || (pull_ >> (2 * pin) & 3U) == kPullUp;
    if (mode(pin) == kAnalog) high = false;
    if (mode(pin) == kOutput && (!open_drain || (output_ & bit) == 0)) high = (output_ & bit) != 0;
    if (high) levels |= bit;
  }
  return static_cast<uint16_t>(levels);
}

uint32_t Gpio::read_word(uint32_t offset) {
  switch (offset) {
    case kModer:
      return mode_;
    case kOtyper:
      return type_;
    case kOspeedr:
      return speed_;
    case kPupdr:
      return pull_;
    case kIdr:
      return levels();
    case kOdr:
      return output_;
    case kLckr:
      // Step 4 of the sequence: the read after the third write.
      if (lock_step_ == 3) lock_ |= kLockKey;
      return lock_;
    case kAfrl:
    case kAfrh:
      return function_[(offset - kAfrl) / 4];
    default:
      return 0;
  }
}

void Gpio::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  const uint32_t locked = (lock_ & kLockKey) != 0 ? lock_ & 0xFFFFU : 0;
  if (offset != kLckr && lock_step_ < 3) lock_step_ = 0;
  const auto store = [&](uint32_t& word, unsigned width, unsigned first, unsigned count) {
    word = merge(word, value, mask & ~spread(locked, width, first, count));
  };
  switch (offset) {
    case kModer:
      return store(mode_, 2, 0, kPins);
    case kOtyper:
      store(type_, 1, 0, kPins);
      type_ &= 0xFFFFU;
      return;
    case kOspeedr:
      return store(speed_, 2, 0, kPins);
    case kPupdr:
      return store(pull_, 2, 0, kPins);
    case kOdr:
      output_ = merge(output_, value, mask) & 0xFFFFU;
      return;
    case kBsrr:  // set wins over reset
      output_ = (output_ & ~(value >> 16)) | (value & 0xFFFFU);
      return;
    case kLckr:
      return write_lock(value);
    case kAfrl:
      return store(function_[0], 4, 0, 8);
    case kAfrh:
      return store(function_[1], 4, 8, 8);
    default:
      return;
  }
}

// LCKK + pins, pins, LCKK + the same pins, then a read; anything else starts again.
void Gpio::write_lock(uint32_t value) {
  if ((lock_ & kLockKey) != 0) return;
  const bool key = (value & kLockKey) != 0;
  const uint32_t pins = value & 0xFFFFU;
  const bool same = lock_step_ == 0 || pins == (lock_ & 0xFFFFU);
  lock_step_ = same && key == (lock_step_ != 1) ? lock_step_ + 1 : 0;
  if (lock_step_ > 3) lock_step_ = 0;
  lock_ = pins;
}

}  // namespace virtual_board
