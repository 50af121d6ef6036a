#include "virtual-board/chip/small_parts.h"

namespace virtual_board {

// ---- CRC: Ethernet polynomial, most significant bit first, nothing reflected ----

void CrcUnit::reset() {
  crc_ = ~0U;
  independent_ = 0;
}

uint32_t CrcUnit::read_word(uint32_t offset) { return offset == 0 ? crc_ : offset == 4 ? independent_ : 0; }

void CrcUnit::write_word(uint32_t offset, uint32_t value, uint32_t) {
  if (offset == 4) independent_ = value & 0xFFU;
  if (offset == 8 && (value & 1U) != 0) crc_ = ~0U;
  if (offset != 0) return;
  crc_ ^= value;
  for (int bit = 0; bit < 32; ++bit) crc_ = (crc_ << 1) ^ ((crc_ >> 31) != 0 ? 0x04C1'1DB7U : 0);
}

// ---- SYSCFG ----

uint32_t Syscfg::read_word(uint32_t offset) {
  constexpr uint32_t kCompensation = 0x20, kCompensationReady = 1U << 8;
  const uint32_t word = offset / 4 < words_.size() ? words_[offset / 4] : 0;
  return offset == kCompensation && (word & 1U) != 0 ? word | kCompensationReady : word;
}

void Syscfg::write_word(uint32_t offset, uint32_t value, uint32_t) {
  constexpr std::array<uint32_t, 9> kWritable{3, 1U << 16, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0, 0, 1};
  if (offset / 4 < words_.size()) words_[offset / 4] = value & kWritable[offset / 4];
}

// ---- EXTI ----

void Exti::reset() {
  interrupt_mask_ = event_mask_ = rising_ = falling_ = software_ = pending_ = 0;
  update_irqs();
}

uint32_t Exti::read_word(uint32_t offset) {
  const std::array<uint32_t, 6> words{interrupt_mask_, event_mask_, rising_, falling_, software_, pending_};
  return offset / 4 < words.size() ? words[offset / 4] : 0;
}

void Exti::write_word(uint32_t offset, uint32_t value, uint32_t) {
  value &= 0x0067'FFFFU;
  switch (offset) {
    case 0x00:
      interrupt_mask_ = value;
      break;
    case 0x04:
      event_mask_ = value;
      break;
    case 0x08:
      rising_ = value;
      break;
    case 0x0C:
      falling_ = value;
      break;
    case 0x10:
      // A bit that rises makes its line pending.
      pending_ |= value & ~software_ & interrupt_mask_;
      software_ |= value;
      break;
    case 0x14:
      pending_ &= ~value;
      software_ &= ~value;
      break;
    default:
      return;
  }
  update_irqs();
}

void Exti::update_irqs() {
  const auto level = [this](uint32_t lines) { return (pending_ & interrupt_mask_ & lines) != 0; };
  for (unsigned line = 0; line < 5; ++line) chip_.set_irq(6 + line, level(1U << line));
  chip_.set_irq(23, level(0x03E0));
  chip_.set_irq(40, level(0xFC00));
  chip_.set_irq(1, level(1U << 16));
  chip_.set_irq(41, level(1U << 17));
  chip_.set_irq(42, level(1U << 18));
  chip_.set_irq(2, level(1U << 21));
  chip_.set_irq(3, level(1U << 22));
}

// ---- DBGMCU ----

uint32_t DebugMcu::read_word(uint32_t offset) {
  constexpr uint32_t kRevisionAndDevice = 0x1000'6431;
  if (offset == 0) return kRevisionAndDevice;
  return offset / 4 < words_.size() ? words_[offset / 4] : 0;
}

void DebugMcu::write_word(uint32_t offset, uint32_t value, uint32_t mask) {
  if (offset / 4 < words_.size()) words_[offset / 4] = merge(words_[offset / 4], value, mask);
}

}  // namespace virtual_board
