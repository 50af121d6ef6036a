// One port of general purpose pins: modes, levels, alternate functions, lock. RM0383 section 8.
#pragma once

#include <array>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class Gpio final : public RegisterModel {
 public:
  struct ResetValues {
    uint32_t mode = 0;
    uint32_t speed = 0;
    uint32_t pull = 0;
  };

  // `driven_high`: pins that the board around the chip holds high (the user button, an idle serial line).
  explicit Gpio(const ResetValues& values, uint16_t driven_high = 0);

  void reset() override;

  // The pin is given to alternate function `function`, 0 to 15.
  [[nodiscard]] bool has_function(unsigned pin, unsigned function) const;
  // The levels that IDR shows.
  [[nodiscard]] uint16_t levels() const;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void write_lock(uint32_t value);
  [[nodiscard]] unsigned mode(unsigned pin) const { return mode_ >> (2 * pin) & 3U; }

  ResetValues values_;
  uint16_t driven_high_;
  uint32_t mode_ = 0;
  uint32_t type_ = 0;
  uint32_t speed_ = 0;
  uint32_t pull_ = 0;
  uint32_t output_ = 0;
  std::array<uint32_t, 2> function_{};
  uint32_t lock_ = 0;
  unsigned lock_step_ = 0;  // how much of the key sequence was seen
};

}  // namespace virtual_board
