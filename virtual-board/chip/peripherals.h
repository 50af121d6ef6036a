// All parts of the chip around its core, at their addresses: what answers where, whose clock is off, who is to be
// called next. RM0383 table 1 (addresses), table 37 (interrupt numbers), tables 27 and 28 (DMA requests).
//
//   modelled      RCC PWR GPIOA-E,H USART1,2,6 DMA1,2 IWDG TIM2-5,9-11 ADC1 CRC SYSCFG EXTI DBGMCU
//   added by the owner    the flash interface, at 0x40023C00
//   answers 0     every other address of the buses
//
// The owner forwards the core's accesses in the range covers(), and DMA's accesses to memory come back through Chip.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "virtual-board/chip/adc.h"
#include "virtual-board/chip/dma.h"
#include "virtual-board/chip/gpio.h"
#include "virtual-board/chip/iwdg.h"
#include "virtual-board/chip/pwr.h"
#include "virtual-board/chip/rcc.h"
#include "virtual-board/chip/small_parts.h"
#include "virtual-board/chip/tim.h"
#include "virtual-board/chip/usart.h"

namespace virtual_board {

struct PeripheralOptions {
  bool hse = true;
  // Of the flash interface as it is set now; nothing: the limits of the flash are not watched.
  std::function<unsigned()> wait_states;
  // The clocks are set to what the chip cannot do: the real one would misbehave from here on. Called once each time.
  std::function<void(const std::string&)> on_trouble;
};

class Peripherals final : public RegisterBus {
 public:
  Peripherals(Chip& chip, PeripheralOptions options);
  Peripherals(const Peripherals&) = delete;
  Peripherals& operator=(const Peripherals&) = delete;

  // Another part's registers. `model` must outlive this.
  void add(uint32_t base, uint32_t size, Peripheral& model);

  // Peripheral space with its bit-band alias, and DBGMCU.
  static bool covers(uint32_t address);
  // A bus access of the core. False: nothing answers: bus fault. Calls Chip::reschedule() when next_event() has
  // changed.
  bool read(uint32_t address, uint32_t& value, unsigned size);
  bool write(uint32_t address, uint32_t value, unsigned size);

  // Every part as after a reset, those that were added too. `hardware_watchdog`: WDG_SW of the option bytes is 0.
  void reset(ResetCause cause, bool hardware_watchdog);
  [[nodiscard]] Time next_event() const;
  // Everything that is due, in order of time. False: nothing was.
  bool advance();

  [[nodiscard]] uint32_t hclk_hz() const { return rcc_.hclk_hz(); }
  [[nodiscard]] uint32_t pclk1_hz() const { return rcc_.pclk1_hz(); }
  [[nodiscard]] uint32_t pclk2_hz() const { return rcc_.pclk2_hz(); }
  // Looks whether flash and supply allow the present clock: done here after each write to RCC, PWR and what was added.
  void check_clocks();

  [[nodiscard]] Usart& usart2() { return usart2_; }
  [[nodiscard]] const Usart& usart2() const { return usart2_; }
  // How often a program looked for input in vain: it waits although it does not sleep.
  [[nodiscard]] uint64_t vain_reads() const { return usart2_.counters().vain_reads + dma1_.vain_reads(); }

  // ---- RegisterBus, for DMA ----
  bool read_register(uint32_t address, uint32_t& value, unsigned size) override;
  bool write_register(uint32_t address, uint32_t value, unsigned size) override;

 private:
  struct Place {
    uint32_t base;
    uint32_t size;
    Peripheral* model;
    ClockGate gate;
    bool has_own_reset = false;  // not by reset() of the chip: RCC, DBGMCU
    bool sets_clocks = false;    // or their limits
  };

  bool access(uint32_t address, uint32_t& value, unsigned size, bool is_write);
  void place_models();
  void connect_dma();
  [[nodiscard]] const Place* find(uint32_t address) const;
  void advance_timers();
  void reset_parts(uint32_t enable_register, uint32_t bits);
  Usart::Wiring usart_wiring(unsigned irq, bool on_apb2, ClockGate gate, unsigned tx_pin, unsigned rx_pin,
                             unsigned function);

  Chip& chip_;
  PeripheralOptions options_;
  std::string trouble_;
  bool advancing_ = false;

  Rcc rcc_;
  Pwr pwr_;
  std::vector<std::unique_ptr<Gpio>> gpios_;  // A to E, H
  std::vector<std::unique_ptr<Tim>> timers_;
  Dma dma1_;
  Dma dma2_;
  Usart usart1_;
  Usart usart2_;
  Usart usart6_;
  Iwdg iwdg_;
  Adc adc_;
  CrcUnit crc_;
  Syscfg syscfg_;
  Exti exti_;
  DebugMcu debug_;
  std::vector<Place> places_;
};

}  // namespace virtual_board
