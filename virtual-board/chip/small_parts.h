// Parts that are a few registers each: CRC unit (RM0383 section 4), SYSCFG (section 7), EXTI as far as software can
// raise its lines (section 10), DBGMCU (section 23.16).
#pragma once

#include <array>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

class CrcUnit final : public RegisterModel {
 public:
  CrcUnit() : RegisterModel(BusKind::kAhb) {}
  void reset() override;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  uint32_t crc_ = ~0U;
  uint32_t independent_ = 0;
};

class Syscfg final : public RegisterModel {
 public:
  Syscfg() : RegisterModel(BusKind::kApb) {}
  void reset() override { words_ = {}; }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  std::array<uint32_t, 9> words_{};
};

class Exti final : public RegisterModel {
 public:
  explicit Exti(Chip& chip) : RegisterModel(BusKind::kApb), chip_(chip) {}
  void reset() override;

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void update_irqs();
  Chip& chip_;
  uint32_t interrupt_mask_ = 0, event_mask_ = 0, rising_ = 0, falling_ = 0, software_ = 0, pending_ = 0;
};

class DebugMcu final : public RegisterModel {
 public:
  DebugMcu() : RegisterModel(BusKind::kAhb) {}
  // Keeps its value over every reset but that at power-on.
  void power_on() { words_ = {}; }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  std::array<uint32_t, 4> words_{};
};

}  // namespace virtual_board
