// The analog-to-digital converter: regular conversions started by software, one or a scanned sequence, once or on and
// on, read by the program or by DMA. Temperature sensor, reference and battery give what a board on a desk gives, with
// noise in the low bits; the pins float. No injected channels, triggers or analog watchdog. RM0383 section 11.
#pragma once

#include <array>
#include <functional>

#include "virtual-board/chip/dma.h"
#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class Adc final : public RegisterModel, public DmaSource {
 public:
  static constexpr unsigned kIrq = 18;

  // `clock_hz`: PCLK2.
  Adc(Chip& chip, std::function<uint32_t()> clock_hz);
  void use_dma(Dma& dma) { dma_ = &dma; }

  void reset() override;
  Time next_event() const override { return done_at_; }
  void advance() override;
  [[nodiscard]] bool requests_dma(unsigned line) const override;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void start(Time at, unsigned position);
  void finish(Time at);
  void update_irq();
  [[nodiscard]] unsigned channel_at(unsigned position) const;
  [[nodiscard]] unsigned sequence_length() const;
  [[nodiscard]] Time conversion_time(unsigned channel) const;
  uint32_t sample(unsigned channel);

  Chip& chip_;
  std::function<uint32_t()> clock_hz_;
  Dma* dma_ = nullptr;
  uint32_t status_ = 0;
  std::array<uint32_t, 0x50 / 4> words_{};  // plain storage
  uint32_t common_ = 0;                     // ADC_CCR
  uint32_t data_ = 0;
  bool dma_request_ = false;
  unsigned position_ = 0;
  Time done_at_ = kNever;
};

}  // namespace virtual_board
