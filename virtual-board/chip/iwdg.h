// The independent watchdog, on the LSI of 32 kHz. RM0383 section 15.
#pragma once

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class Iwdg final : public RegisterModel {
 public:
  static constexpr Time kLsiCycle = kSecond / 32'000;

  explicit Iwdg(Chip& chip) : RegisterModel(BusKind::kApb), chip_(chip) {}

  // Off after a reset, unless the option bytes say that hardware starts it (WDG_SW is 0).
  void reset() override;
  void start();
  Time next_event() const override { return bites_at_; }
  void advance() override;

  [[nodiscard]] bool runs() const { return bites_at_ != kNever; }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void reload();

  Chip& chip_;
  bool writable_ = false;
  uint32_t prescaler_ = 0;
  uint32_t reload_ = 0xFFF;
  // New values reach the watchdog's own clock a few cycles later; until then SR says so.
  Time prescaler_settled_ = 0;
  Time reload_settled_ = 0;
  Time bites_at_ = kNever;
};

}  // namespace virtual_board
