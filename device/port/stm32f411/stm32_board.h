// The NUCLEO-F411RE. Needs the watchdog started and the tick running; has no state that a reset would have to save.
#pragma once

#include "device/board.h"
#include "device/port/stm32f411/noise.h"
#include "rot/port/stm32f411/stm32_storage.h"

namespace device {

class Stm32Board final : public Board {
 public:
  static constexpr std::string_view kName = "nucleo-f411re";

  // Once a start: takes the reset cause. `image_block`: batch_section() in an agent, empty in a client.
  explicit Stm32Board(base::ByteView image_block);
  Stm32Board(const Stm32Board&) = delete;
  Stm32Board& operator=(const Stm32Board&) = delete;

  std::string_view name() const override { return kName; }
  // The 96 bits that ST gave the chip (RM0383 section 24.1).
  base::ByteView chip_id() const override;
  // As device/port/stm32f411/reset_cause.h has it.
  uint32_t reset_cause() const override { return reset_cause_; }
  rot::Otp& otp() override { return otp_; }
  rot::Flash& flash() override { return flash_; }
  const rot::Layout& layout() const override { return layout_; }
  entropy::Trng* trng() override { return nullptr; }
  entropy::NoiseSource* noise() override { return &noise_; }
  base::ByteView batch_block() const override { return image_block_; }
  // Programs zeros over all of the block but its magic, each word read back.
  base::Status wipe_batch_block() override;
  uint8_t max_read_protection() const override { return 2; }
  uint8_t read_protection() override;
  // Also what rot::Stm32OptionBytes reports.
  base::Status set_read_protection(uint8_t level) override;

 private:
  base::ByteView image_block_;
  uint32_t reset_cause_;
  rot::Layout layout_{0, {1, 2}};
  rot::Stm32Flash flash_;
  rot::Stm32Otp otp_;
  Stm32Noise noise_;
};

}  // namespace device
