#include "virtual-board/chip/usart.h"

#include <algorithm>
#include <bit>

namespace virtual_board {
namespace {

constexpr uint32_t kSr = 0x00, kDr = 0x04, kBrr = 0x08, kCr1 = 0x0C, kCr2 = 0x10, kCr3 = 0x14, kGtpr = 0x18;

constexpr uint32_t kParityError = 1U << 0, kFramingError = 1U << 1, kNoise = 1U << 2, kOverrun = 1U << 3,
                   kIdle = 1U << 4;
constexpr uint32_t kReceived = 1U << 5, kComplete = 1U << 6, kEmpty = 1U << 7, kBreakSeen = 1U << 8,
                   kCtsChanged = 1U << 9;
constexpr uint32_t kClearedBySequence = kParityError | kFramingError | kNoise | kOverrun | kIdle;

constexpr uint32_t kReceiverOn = 1U << 2, kTransmitterOn = 1U << 3, kParityOn = 1U << 10, kOddParity = 1U << 9;
constexpr uint32_t kNineBits = 1U << 12, kUsartOn = 1U << 13, kOversample8 = 1U << 15, kSendBreak = 1U << 0;
constexpr uint32_t kReceiveByDma = 1U << 6, kTransmitByDma = 1U << 7, kErrorIrq = 1U << 0;

// Before the chip has ever set a rate: 115,200 baud, 8N1.
constexpr Time kUsualFrame = kSecond * 10 / 115'200;

}  // namespace

Usart::Usart(Chip& chip, Wiring wiring)
    : RegisterModel(BusKind::kApb), chip_(chip), wiring_(std::move(wiring)), last_frame_(kUsualFrame) {
  Usart::reset();
}

// What the other end has sent goes on its way: the line knows nothing of resets.
void Usart::reset() {
  flags_ = kComplete;
  seen_rx_ = 0;
  seen_complete_ = false;
  baud_register_ = control1_ = control2_ = control3_ = guard_ = 0;
  received_ = 0;
  idle_armed_ = holding_ = false;
  tx_end_ = idle_at_ = kNever;
  rx_heard_ = false;
  chip_.set_irq(wiring_.irq, false);
}

bool Usart::is_on() const { return (control1_ & kUsartOn) != 0 && divisor() != 0 && wiring_.is_clocked(); }
bool Usart::is_receiving() const { return is_on() && (control1_ & kReceiverOn) != 0 && wiring_.rx_pin_connected(); }

uint64_t Usart::divisor() const {
  const uint32_t whole = baud_register_ >> 4 & 0xFFFU;
  if (whole == 0) return 0;
  return (control1_ & kOversample8) != 0 ? whole * 8 + (baud_register_ & 7U) : baud_register_ & 0xFFFFU;
}

uint32_t Usart::baud() const {
  if (!is_on()) return 0;
  const uint64_t cycles = divisor();
  return static_cast<uint32_t>((wiring_.clock_hz() + cycles / 2) / cycles);
}

Time Usart::frame() const {
  constexpr uint64_t kStopHalfBits[] = {2, 1, 4, 3};
  const uint64_t half_bits = 2 + ((control1_ & kNineBits) != 0 ? 18 : 16) + kStopHalfBits[control2_ >> 12 & 3U];
  return half_bits * divisor() * (kSecond / 2) / wiring_.clock_hz();
}

// Bits of a byte on the line; with parity the topmost bit of the frame is not data.
uint32_t Usart::data_mask() const {
  const bool short_data = (control1_ & kParityOn) != 0 && (control1_ & kNineBits) == 0;
  return short_data ? 0x7FU : 0xFFU;
}

Time Usart::next_event() const { return std::min({tx_end_, rx_start_, rx_end_, idle_at_}); }

// Each event at its own time, however late this is called: several bytes may be due, and DMA takes each.
void Usart::advance() {
  if (advancing_) return;
  advancing_ = true;
  for (Time at = next_event(); at <= chip_.now(); at = next_event()) {
    step(at);
    if (dma_ != nullptr) dma_->serve(*this);
  }
  advancing_ = false;
  update();
}

void Usart::step(Time at) {
  if (at == tx_end_) return end_sending(at);
  if (at == rx_end_) return end_receiving(at);
  if (at == rx_start_) return begin_receiving(at);
  idle_at_ = kNever;
  if (idle_armed_ && is_receiving()) flags_ |= kIdle;
  idle_armed_ = false;
}

// ---- transmitter ----

void Usart::start_sending(Time at) {
  tx_shift_ = held_;
  holding_ = false;
  tx_is_data_ = true;
  tx_corrupt_ = false;
  last_frame_ = frame();
  tx_end_ = at + last_frame_;
}

void Usart::end_sending(Time at) {
  tx_end_ = kNever;
  if (tx_is_data_ && !tx_corrupt_) {
    if (wiring_.tx_pin_connected()) {
      sent_.push_back({at, static_cast<uint8_t>(tx_shift_ & data_mask())});
      ++counters_.bytes_out;
    } else {
      ++counters_.lost_out;
    }
  }
  if (holding_) return start_sending(at);
  if (tx_is_data_) flags_ |= kComplete;
}

void Usart::write_data(uint32_t value) {
  if (seen_complete_) flags_ &= ~kComplete;
  seen_complete_ = false;
  held_ = value & 0x1FFU;
  if (!is_on() || (control1_ & kTransmitterOn) == 0) return;
  holding_ = true;
  if (tx_end_ == kNever) start_sending(chip_.now());
}

// ---- receiver ----

void Usart::line_in(std::span<const uint8_t> bytes) {
  advance();
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  if (rx_start_ == kNever && rx_end_ == kNever) schedule_next_byte(std::max(chip_.now(), line_free_));
  advance();
  chip_.reschedule();
}

void Usart::schedule_next_byte(Time at) { rx_start_ = queue_.empty() ? kNever : at; }

void Usart::begin_receiving(Time at) {
  rx_start_ = kNever;
  idle_at_ = kNever;
  rx_shift_ = queue_.front();
  queue_.pop_front();
  rx_heard_ = is_receiving();
  if (rx_heard_) last_frame_ = frame();
  rx_end_ = at + last_frame_;
}

void Usart::end_receiving(Time at) {
  rx_end_ = kNever;
  line_free_ = at;
  schedule_next_byte(at);
  if (!rx_heard_ || !is_receiving()) {
    ++counters_.lost_in;
    return;
  }
  idle_at_ = at + last_frame_;
  idle_armed_ = true;
  if ((flags_ & kReceived) != 0) {
    // The new byte is lost, the old one stays.
    flags_ |= kOverrun;
    ++counters_.overruns;
    return;
  }
  received_ = rx_shift_ & data_mask();
  if ((control1_ & kParityOn) != 0) {
    const bool odd_ones = (std::popcount(received_) & 1) != 0;
    const bool parity = odd_ones != ((control1_ & kOddParity) != 0);
    if (parity) received_ |= data_mask() + 1;
  }
  flags_ |= kReceived;
  ++counters_.bytes_in;
}

uint32_t Usart::read_status() {
  seen_rx_ = flags_ & kClearedBySequence;
  seen_complete_ = (flags_ & kComplete) != 0;
  if ((flags_ & (kReceived | kOverrun)) == 0 && !line_busy()) ++counters_.vain_reads;
  return flags_ | (holding_ ? 0 : kEmpty);
}

uint32_t Usart::read_data() {
  flags_ &= ~(kReceived | seen_rx_);
  seen_rx_ = 0;
  return received_;
}

// ---- registers ----

uint32_t Usart::read_word(uint32_t offset) {
  advance();
  switch (offset) {
    case kSr:
      return read_status();
    case kDr: {
      const uint32_t value = read_data();
      update();
      return value;
    }
    case kBrr:
      return baud_register_;
    case kCr1:
      return control1_;
    case kCr2:
      return control2_;
    case kCr3:
      return control3_;
    case kGtpr:
      return guard_;
    default:
      return 0;
  }
}

void Usart::write_word(uint32_t offset, uint32_t value, uint32_t) {
  advance();
  switch (offset) {
    case kSr:
      flags_ &= value | ~(kReceived | kComplete | kBreakSeen | kCtsChanged);
      break;
    case kDr:
      write_data(value);
      break;
    case kBrr:
      baud_register_ = value & 0xFFFFU;
      break;
    case kCr1:
      write_control1(value & 0xBFFFU);
      break;
    case kCr2:
      control2_ = value & 0x7F6FU;
      break;
    case kCr3:
      control3_ = value & 0x0FFFU;
      break;
    case kGtpr:
      guard_ = value & 0xFFFFU;
      break;
    default:
      return;
  }
  if (dma_ != nullptr && !advancing_) dma_->serve(*this);
  update();
}

void Usart::write_control1(uint32_t value) {
  const bool was_sending = is_on() && (control1_ & kTransmitterOn) != 0;
  const uint32_t fallen = control1_ & ~value;
  control1_ = value & ~kSendBreak;  // a break is no byte: nothing of it reaches the other end
  const bool sends = is_on() && (control1_ & kTransmitterOn) != 0;
  if ((fallen & (kUsartOn | kTransmitterOn)) != 0) holding_ = false;
  // The frame under way ends as it should where the USART is switched off, and is spoilt where the transmitter is.
  if ((fallen & kTransmitterOn) != 0) tx_corrupt_ = true;
  if (sends && !was_sending && tx_end_ == kNever) {
    // An idle frame goes first.
    tx_is_data_ = false;
    last_frame_ = frame();
    tx_end_ = chip_.now() + last_frame_;
  }
}

bool Usart::requests_dma(unsigned line) const {
  if (!is_on()) return false;
  if (line == kRxLine) return (control3_ & kReceiveByDma) != 0 && (flags_ & kReceived) != 0;
  return (control3_ & kTransmitByDma) != 0 && (control1_ & kTransmitterOn) != 0 && !holding_;
}

void Usart::update() {
  // The enable bits of PE, IDLE, RXNE, TC and TXE in CR1 lie where the flags in SR do, but for PE.
  const uint32_t status = flags_ | (holding_ ? 0 : kEmpty);
  const uint32_t enabled = control1_ & (kIdle | kReceived | kComplete | kEmpty);
  bool level = (status & enabled) != 0;
  if ((control1_ & kReceived) != 0 && (status & kOverrun) != 0) level = true;
  if ((control1_ & 1U << 8) != 0 && (status & kParityError) != 0) level = true;
  if ((control3_ & (kErrorIrq | kReceiveByDma)) == (kErrorIrq | kReceiveByDma) &&
      (status & (kFramingError | kNoise | kOverrun)) != 0) {
    level = true;
  }
  chip_.set_irq(wiring_.irq, level && wiring_.is_clocked());
}

}  // namespace virtual_board
