// Reset and clock control: oscillators, PLL, prescalers, clock gates, reset flags. RM0383 section 6.
#pragma once

#include <array>
#include <functional>

#include "virtual-board/chip/register_model.h"

namespace virtual_board {

// A bit in an enable register; the same bit of the reset register 0x20 below resets the part.
struct ClockGate {
  uint32_t enable_register;  // offset; 0: the part is always clocked
  unsigned bit;
};

// When an oscillator that was switched on is ready. Typical values of the data sheet.
struct ClockTiming {
  Time hsi = 2 * kMicrosecond;
  Time hse = 2 * kMillisecond;
  Time pll = 100 * kMicrosecond;
  Time lsi = 17 * kMicrosecond;
  Time lse = 2 * kSecond;
};

class Rcc final : public RegisterModel {
 public:
  static constexpr uint32_t kAhb1Enable = 0x30, kAhb2Enable = 0x34, kApb1Enable = 0x40, kApb2Enable = 0x44;
  static constexpr unsigned kIrq = 5;

  struct Hooks {
    std::function<bool()> backup_writable;                // PWR_CR.DBP
    std::function<void()> clocks_changed;                 // just now
    std::function<void(uint32_t, uint32_t)> reset_parts;  // enable register and bits of the parts that are reset
  };

  // `hse`: the 8 MHz of the ST-LINK are there.
  Rcc(Chip& chip, bool hse, Hooks hooks, const ClockTiming& timing = {});

  // After a reset of the chip: CSR shows why. The backup domain is reset at power-on only.
  void reset_for(ResetCause cause);
  void reset() override { reset_for(ResetCause::kPowerOn); }
  Time next_event() const override;
  void advance() override;

  [[nodiscard]] uint32_t sysclk_hz() const;
  [[nodiscard]] uint32_t hclk_hz() const;
  [[nodiscard]] uint32_t pclk1_hz() const;
  [[nodiscard]] uint32_t pclk2_hz() const;
  // The clock of the timers on APB1 (RM0383 section 6.2, TIMPRE included).
  [[nodiscard]] uint32_t timer1_hz() const;
  [[nodiscard]] uint32_t timer2_hz() const;
  [[nodiscard]] bool is_clocked(const ClockGate& gate) const;
  [[nodiscard]] bool pll_is_on() const;
  [[nodiscard]] bool runs_on_pll() const { return source_ == kPll; }
  // In and out of the PLL's oscillator, in Hz; 0: off or without input.
  [[nodiscard]] uint64_t vco_input_hz() const;
  [[nodiscard]] uint64_t vco_hz() const;

 private:
  enum Source : uint8_t { kHsi = 0, kHse = 1, kPll = 2 };
  // In the order of the ready flags in CIR.
  enum Clock : uint8_t { kClockLsi, kClockLse, kClockHsi, kClockHse, kClockPll, kClockPllI2s, kClocks };
  struct State {
    bool on = false;
    bool ready = false;
    Time ready_at = kNever;
  };

  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value, uint32_t mask) override;
  void write_control(uint32_t value);
  void write_backup(uint32_t value);
  void switch_clock(Clock clock, bool on, Time delay);
  // Takes the clock that SW asks for once it is ready.
  void select_source();
  void update_irq();
  [[nodiscard]] uint32_t pll_hz() const;
  [[nodiscard]] uint32_t apb_divider(unsigned shift) const;
  [[nodiscard]] uint32_t timer_hz(unsigned shift) const;

  Chip& chip_;
  bool has_hse_;
  Hooks hooks_;
  ClockTiming timing_;
  std::array<uint32_t, 0x90 / 4> words_{};  // what is plain storage
  std::array<State, kClocks> clocks_{};
  Source source_ = kHsi;
  uint32_t cir_flags_ = 0;
  uint32_t reset_flags_ = 0;
};

}  // namespace virtual_board
