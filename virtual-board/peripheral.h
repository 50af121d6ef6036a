// How the models of the chip's parts meet: each is a Peripheral behind a range of addresses, and asks what it needs of
// the chip around it through Chip. Models know registers and nothing of the firmware.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "virtual-board/time.h"

namespace virtual_board {

// Why the chip starts again; the flags that RCC_CSR shows afterwards.
enum class ResetCause : uint8_t { kPowerOn, kPin, kSoftware, kIndependentWatchdog, kWindowWatchdog, kLowPower };

// What a model may ask of the chip. Valid for the whole life of the model.
class Chip {
 public:
  virtual Time now() const = 0;

  // ---- clocks, in Hz, as RCC is set now ----
  virtual uint32_t hclk_hz() const = 0;   // core, flash, DMA, SysTick
  virtual uint32_t pclk1_hz() const = 0;  // APB1: USART2; its timers run at twice that where APB1 is divided
  virtual uint32_t pclk2_hz() const = 0;

  // The level of an interrupt line of the vector table (USART2: 38). The NVIC latches what is pending.
  virtual void set_irq(unsigned number, bool level) = 0;
  // After the present instruction. The models are reset, flash, OTP and option bytes stay.
  virtual void request_reset(ResetCause cause) = 0;
  // The supply is gone before the next instruction; what the present operation leaves behind is the model's business.
  virtual void power_lost() = 0;
  // The present bus access ends in a precise bus fault.
  virtual void bus_error() = 0;
  // Flash cells that may have been fetched as code were changed.
  virtual void code_changed(uint32_t address, size_t size) = 0;
  // next_event() of some model changed.
  virtual void reschedule() = 0;

  // ---- bus master, for DMA; false: nothing answers there ----
  virtual bool dma_read(uint32_t address, void* out, size_t size) = 0;
  virtual bool dma_write(uint32_t address, const void* bytes, size_t size) = 0;

  // Of the board's own seeded source: what is random on the real thing (SRAM, ADC noise, torn bits).
  virtual uint64_t random() = 0;

 protected:
  ~Chip() = default;
};

class Peripheral {
 public:
  virtual ~Peripheral() = default;
  // `offset` from the base of its range; `size` 1, 2 or 4 bytes, naturally aligned. What is not modelled reads 0.
  virtual uint32_t read(uint32_t offset, unsigned size) = 0;
  virtual void write(uint32_t offset, uint32_t value, unsigned size) = 0;
  // Registers as after a reset.
  virtual void reset() {}
  // When advance() wants to be called; kNever: not until a register is written.
  virtual Time next_event() const { return kNever; }
  // Called when now() has reached next_event(); may be called late, never early.
  virtual void advance() {}
};

}  // namespace virtual_board
