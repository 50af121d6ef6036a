// Power controller: voltage scale of the regulator, access to the backup domain. RM0383 section 5.
#pragma once

#include <functional>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class Pwr final : public RegisterModel {
 public:
  // The regulator settles in this time.
  static constexpr Time kSettle = 40 * kMicrosecond;

  // `pll_is_on`: the scale may be changed only while the PLL is off.
  Pwr(Chip& chip, std::function<bool()> pll_is_on)
      : RegisterModel(BusKind::kApb), chip_(chip), pll_is_on_(std::move(pll_is_on)) {}

  void reset() override;

  [[nodiscard]] bool backup_writable() const { return (control_ & 1U << 8) != 0; }
  // VOS: 3 is scale 1 (to 100 MHz), 2 scale 2 (to 84 MHz), 1 scale 3 (to 64 MHz).
  [[nodiscard]] unsigned voltage_scale_bits() const { return control_ >> 14 & 3U; }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;

  Chip& chip_;
  std::function<bool()> pll_is_on_;
  uint32_t control_ = 0x8000;
  uint32_t status_ = 0;
  Time ready_at_ = 0;
};

}  // namespace virtual_board
