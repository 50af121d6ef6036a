#include "virtual-board/chip/adc.h"

#include <algorithm>

namespace virtual_board {
namespace {

constexpr uint32_t kSr = 0x00, kCr1 = 0x04, kCr2 = 0x08, kSmpr1 = 0x0C, kSmpr2 = 0x10, kSqr1 = 0x2C, kSqr3 = 0x34,
                   kDr = 0x4C;
constexpr uint32_t kCcr = 0x304;

constexpr uint32_t kDone = 1U << 1, kStarted = 1U << 4, kOverrun = 1U << 5;
constexpr uint32_t kDoneIrq = 1U << 5, kScan = 1U << 8, kOverrunIrq = 1U << 26;
constexpr uint32_t kPowerOn = 1U << 0, kContinuous = 1U << 1, kDma = 1U << 8, kDoneEach = 1U << 10, kLeft = 1U << 11,
                   kStart = 1U << 30;
constexpr uint32_t kSensorsOn = 1U << 23, kBatteryOn = 1U << 22;
constexpr unsigned kTemperatureOrBattery = 18, kReference = 17;

}  // namespace

Adc::Adc(Chip& chip, std::function<uint32_t()> clock_hz)
    : RegisterModel(BusKind::kApb), chip_(chip), clock_hz_(std::move(clock_hz)) {}

void Adc::reset() {
  status_ = 0;
  words_ = {};
  common_ = 0;
  data_ = 0;
  dma_request_ = false;
  position_ = 0;
  done_at_ = kNever;
  update_irq();
}

unsigned Adc::sequence_length() const {
  return (words_[kCr1 / 4] & kScan) != 0 ? (words_[kSqr1 / 4] >> 20 & 0xFU) + 1 : 1;
}

// SQR3 holds the first six, SQR1 the last four.
unsigned Adc::channel_at(unsigned position) const {
  return words_[kSqr3 / 4 - position / 6] >> (position % 6 * 5) & 0x1FU;
}

Time Adc::conversion_time(unsigned channel) const {
  constexpr uint32_t kSampleCycles[] = {3, 15, 28, 56, 84, 112, 144, 480};
  constexpr uint32_t kDividers[] = {2, 4, 6, 8};
  const uint32_t sampling =
      channel < 10 ? words_[kSmpr2 / 4] >> (channel * 3) : words_[kSmpr1 / 4] >> ((channel - 10) * 3);
  const uint32_t bits = 12 - 2 * (words_[kCr1 / 4] >> 24 & 3U);
  const uint64_t cycles = kSampleCycles[sampling & 7U] + bits;
  return cycles * kDividers[common_ >> 16 & 3U] * kSecond / clock_hz_();
}

void Adc::start(Time at, unsigned position) {
  position_ = position;
  done_at_ = at + conversion_time(channel_at(position));
}

uint32_t Adc::sample(unsigned channel) {
  const uint64_t random = chip_.random();
  uint32_t value = 1'700;  // a floating pin: anywhere, slowly
  uint32_t noise = 512;
  if (channel == kReference && (common_ & kSensorsOn) != 0) {
    value = 1'499;  // 1.21 V of 3.3 V, near the factory's calibration value
    noise = 8;
  } else if (channel == kTemperatureOrBattery && (common_ & kBatteryOn) != 0) {
    value = 1'022;  // a quarter of 3.3 V
    noise = 8;
  } else if (channel == kTemperatureOrBattery && (common_ & kSensorsOn) != 0) {
    value = 952;  // 0.76 V at 25 degrees and 2.5 mV for each more
    noise = 8;
  }
  value += static_cast<uint32_t>(random % noise) - noise / 2;
  const uint32_t resolution = words_[kCr1 / 4] >> 24 & 3U;
  value >>= 2 * resolution;
  return (words_[kCr2 / 4] & kLeft) != 0 ? value << (resolution == 3 ? 2 : 4 + 2 * resolution) & 0xFFFFU : value;
}

void Adc::advance() {
  while (done_at_ <= chip_.now()) {
    finish(done_at_);
    if (dma_ != nullptr) dma_->serve(*this);
    update_irq();
  }
}

void Adc::finish(Time at) {
  const uint32_t control2 = words_[kCr2 / 4];
  const bool last = position_ + 1 >= sequence_length();
  const bool by_dma = (control2 & kDma) != 0;
  done_at_ = kNever;
  const bool unread = by_dma ? dma_request_ : (status_ & kDone) != 0;
  if (unread && (by_dma || (control2 & kDoneEach) != 0)) status_ |= kOverrun;
  data_ = sample(channel_at(position_));
  if (last || (control2 & kDoneEach) != 0) status_ |= kDone;
  if (by_dma && (status_ & kOverrun) == 0) dma_request_ = true;
  if (!last) return start(at, position_ + 1);
  if ((control2 & kContinuous) != 0) start(at, 0);
}

bool Adc::requests_dma(unsigned) const { return dma_request_; }

uint32_t Adc::read_word(uint32_t offset) {
  if (offset == kSr) return status_;
  if (offset == kCcr) return common_;
  if (offset == kDr) {
    status_ &= ~kDone;
    dma_request_ = false;
    update_irq();
    return data_;
  }
  return offset / 4 < words_.size() ? words_[offset / 4] : 0;
}

void Adc::write_word(uint32_t offset, uint32_t value, uint32_t) {
  switch (offset) {
    case kSr:
      status_ &= value;
      return update_irq();
    case kCcr:
      common_ = value & 0x00C3'0000U;
      return;
    case kDr:
      return;
    case kCr2: {
      const bool was_on = (words_[kCr2 / 4] & kPowerOn) != 0;
      words_[kCr2 / 4] = value & 0x3F7F'0F03U;  // the start bits read 0 again
      if ((value & kPowerOn) == 0) {
        done_at_ = kNever;
        dma_request_ = false;
      } else if (was_on && (value & kStart) != 0) {
        status_ = (status_ | kStarted) & ~kDone;
        start(chip_.now(), 0);
      }
      return update_irq();
    }
    default:
      if (offset / 4 < words_.size()) words_[offset / 4] = value;
      return update_irq();
  }
}

void Adc::update_irq() {
  const uint32_t control1 = words_[kCr1 / 4];
  const bool done = (status_ & kDone) != 0 && (control1 & kDoneIrq) != 0;
  const bool overrun = (status_ & kOverrun) != 0 && (control1 & kOverrunIrq) != 0;
  chip_.set_irq(kIrq, done || overrun);
}

}  // namespace virtual_board
