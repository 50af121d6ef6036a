// A general purpose timer that counts up: prescaler, auto-reload, update and compare flags and interrupts. Nothing of
// it reaches a pin. RM0383 sections 13 and 14.
#pragma once

#include <array>
#include <functional>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class Tim final : public RegisterModel {
 public:
  struct Wiring {
    unsigned irq;
    unsigned bits;      // of the counter: 16 or 32
    unsigned channels;  // 1, 2 or 4
    std::function<uint32_t()> clock_hz;
  };

  Tim(Chip& chip, Wiring wiring);

  void reset() override;
  Time next_event() const override;
  // Takes what was counted so far; also to be called at the moment when the timer's clock has changed.
  void advance() override;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void count(uint64_t ticks);
  void update_event();
  void start_over();  // counts from now on, with the present clock
  void update_irq();
  [[nodiscard]] bool is_counting() const;
  [[nodiscard]] uint64_t period() const { return uint64_t{reload_now_} + 1; }
  [[nodiscard]] uint64_t ticks_until_update() const {
    return counter_ > reload_now_ ? limit() - counter_ + period() : period() - counter_;
  }
  [[nodiscard]] uint64_t ticks_until_match(uint32_t value) const;
  [[nodiscard]] uint64_t limit() const { return wiring_.bits == 32 ? uint64_t{1} << 32 : uint64_t{1} << 16; }
  [[nodiscard]] uint32_t top() const { return static_cast<uint32_t>(limit() - 1); }
  [[nodiscard]] uint64_t ticks_since_start() const;
  [[nodiscard]] Time time_of(uint64_t ticks) const;  // ticks from start_ on

  Chip& chip_;
  Wiring wiring_;
  uint32_t control_ = 0;
  uint32_t interrupts_ = 0;
  uint32_t flags_ = 0;
  uint32_t counter_ = 0;  // as of `counted_` ticks after `start_`
  uint32_t prescaler_ = 0, prescaler_now_ = 0;
  uint32_t reload_ = 0, reload_now_ = 0;
  std::array<uint32_t, 4> compare_{};
  std::array<uint32_t, 0x60 / 4> storage_{};
  Time start_ = 0;
  uint64_t counted_ = 0;
  uint32_t clock_hz_ = 1;  // since start_
};

}  // namespace virtual_board
