// The core's own registers at 0xE000E000: NVIC, System Control Block, SysTick, MPU, floating point (ARMv7-M B3).
#pragma once

#include <functional>

#include "virtual-board/chip/register_model.h"
#include "virtual-board/core/exceptions.h"
#include "virtual-board/core/mpu.h"
#include "virtual-board/core/system_state.h"
#include "virtual-board/core/systick.h"

namespace virtual_board {

class SystemControl final : public RegisterModel {
 public:
  static constexpr uint32_t kBase = 0xE000'E000;

  // `float_allowed` is told when CPACR is written.
  SystemControl(Chip& chip, Clock& clock, Exceptions& exceptions, SystemState& system, Mpu& mpu,
                std::function<void(bool)> float_allowed)
      : RegisterModel(BusKind::kAhb),
        chip_(chip),
        exceptions_(exceptions),
        system_(system),
        mpu_(mpu),
        systick_(clock, exceptions),
        float_allowed_(std::move(float_allowed)) {}

  void reset() override { systick_.reset(); }
  Time next_event() const override { return systick_.next_event(); }
  void advance() override { systick_.advance(); }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  // A bit for each interrupt, in words from `offset`; false: outside the interrupts.
  template <typename Visit>
  void for_each_irq(uint32_t word, uint32_t bits, Visit visit);
  [[nodiscard]] uint32_t irq_bits(uint32_t word, bool (Exceptions::*property)(unsigned) const) const;
  [[nodiscard]] uint32_t read_icsr() const;
  void write_icsr(uint32_t value);
  [[nodiscard]] uint32_t read_shcsr() const;
  void write_shcsr(uint32_t value);
  void write_aircr(uint32_t value);
  [[nodiscard]] uint32_t read_priorities(unsigned first) const;
  void write_priorities(unsigned first, uint32_t value, uint32_t mask);

  Chip& chip_;
  Exceptions& exceptions_;
  SystemState& system_;
  Mpu& mpu_;
  SysTickTimer systick_;
  std::function<void(bool)> float_allowed_;
};

}  // namespace virtual_board
