// What programs use of the core's debug parts: the cycle counter of the DWT, and DEMCR, which switches it on.
#pragma once

#include "virtual-board/chip/register_model.h"
#include "virtual-board/core/clock.h"

namespace virtual_board {

class DebugRegisters final : public RegisterModel {
 public:
  static constexpr uint32_t kBase = 0xE000'0000;
  static constexpr uint32_t kDwt = 0x1000, kDemcr = 0xEDFC;

  // `asleep`: how many of the cycles the core slept through.
  DebugRegisters(Clock& clock, const uint64_t& asleep) : RegisterModel(BusKind::kAhb), clock_(clock), asleep_(asleep) {}

  void reset() override {
    demcr_ = control_ = 0;
    stopped_at_ = 0;
  }

 private:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  [[nodiscard]] bool is_counting() const { return (demcr_ & 1U << 24) != 0 && (control_ & 1) != 0; }
  [[nodiscard]] uint32_t awake_cycles() const { return static_cast<uint32_t>(clock_.cycles - asleep_); }
  [[nodiscard]] uint32_t count() const { return is_counting() ? awake_cycles() - zero_ : stopped_at_; }
  template <typename Change>
  void change(Change change);

  Clock& clock_;
  const uint64_t& asleep_;
  uint32_t demcr_ = 0;
  uint32_t control_ = 0;
  uint32_t zero_ = 0;        // awake_cycles() at which the counter was 0
  uint32_t stopped_at_ = 0;  // its value while it does not count
};

}  // namespace virtual_board
