// All parts of the chip without its core: the test does what a program would do, access by access.
#pragma once

#include <string>

#include "virtual-board/chip/fake_chip_test_support.h"
#include "virtual-board/chip/peripherals.h"

namespace virtual_board::test {

// Addresses of RM0383 table 1 and offsets that several tests use.
inline constexpr uint32_t kTim2 = 0x4000'0000, kTim3 = 0x4000'0400, kIwdg = 0x4000'3000, kUsart2 = 0x4000'4400,
                          kPwr = 0x4000'7000;
inline constexpr uint32_t kAdc1 = 0x4001'2000, kSyscfg = 0x4001'3800, kExti = 0x4001'3C00, kGpioA = 0x4002'0000,
                          kGpioC = 0x4002'0800;
inline constexpr uint32_t kCrc = 0x4002'3000, kRcc = 0x4002'3800, kDma1 = 0x4002'6000, kDma2 = 0x4002'6400;
inline constexpr uint32_t kRccCr = kRcc, kRccPllCfgr = kRcc + 4, kRccCfgr = kRcc + 8, kRccCsr = kRcc + 0x74;
inline constexpr uint32_t kAhb1Enr = kRcc + 0x30, kApb1Enr = kRcc + 0x40, kApb2Enr = kRcc + 0x44;

class WiredChip final : public Chip {
 public:
  explicit WiredChip(bool hse = true)
      : parts(*this,
              {hse, [this] { return wait_states; }, [this](const std::string& text) { troubles.push_back(text); }}) {
    parts.reset(ResetCause::kPowerOn, false);
  }

  FakeChip record;  // time, interrupts, resets, SRAM
  unsigned wait_states = 0;
  std::vector<std::string> troubles;
  unsigned reschedules = 0;
  Peripherals parts;

  uint32_t get(uint32_t address, unsigned size = 4) {
    uint32_t value = 0;
    if (!parts.read(address, value, size)) ++record.bus_errors;
    return value;
  }
  void set(uint32_t address, uint32_t value, unsigned size = 4) {
    if (!parts.write(address, value, size)) ++record.bus_errors;
  }
  void or_in(uint32_t address, uint32_t bits) { set(address, get(address) | bits); }
  [[nodiscard]] bool irq(unsigned number) const { return record.irq.at(number); }

  // Lets time pass; every event at its time.
  void run_until(Time until) {
    while (parts.next_event() <= until) {
      record.time = std::max(record.time, parts.next_event());
      if (!parts.advance()) break;
    }
    record.time = until;
  }
  void run_for(Time duration) { run_until(record.time + duration); }
  // Lets time pass at once, as where the core is stalled: events are late.
  void jump_for(Time duration) {
    record.time += duration;
    parts.advance();
  }

  // What a program does before it can talk: clocks on, PA2 and PA3 to USART2, 115,200 baud of HSI.
  void set_up_usart2(uint32_t control1 = 0x200C) {
    or_in(kAhb1Enr, 1U << 0 | 1U << 21);
    or_in(kApb1Enr, 1U << 17);
    set(kGpioA, (get(kGpioA) & ~0xF0U) | 0xA0U);
    or_in(kGpioA + 0x20, 0x7700);
    set(kUsart2 + 0x08, 139);  // 16 MHz / 115,108
    set(kUsart2 + 0x0C, control1);
    run_for(2 * byte_time());  // the idle frame of the transmitter
  }
  static constexpr Time byte_time() { return kSecond / 16'000'000 * 139 * 10; }

  Time now() const override { return record.time; }
  uint32_t hclk_hz() const override { return parts.hclk_hz(); }
  uint32_t pclk1_hz() const override { return parts.pclk1_hz(); }
  uint32_t pclk2_hz() const override { return parts.pclk2_hz(); }
  void set_irq(unsigned number, bool level) override { record.set_irq(number, level); }
  void request_reset(ResetCause cause) override { record.request_reset(cause); }
  void power_lost() override { record.power_lost(); }
  void bus_error() override { record.bus_error(); }
  void code_changed(uint32_t address, size_t size) override { record.code_changed(address, size); }
  void reschedule() override { ++reschedules; }
  bool dma_read(uint32_t address, void* out, size_t size) override { return record.dma_read(address, out, size); }
  bool dma_write(uint32_t address, const void* in, size_t size) override { return record.dma_write(address, in, size); }
  uint64_t random() override { return record.random(); }
};

}  // namespace virtual_board::test
