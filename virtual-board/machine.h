// The inside of a Board: the chip's parts around the core, one bus, one clock.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>

#include "virtual-board/board.h"
#include "virtual-board/chip/flash_interface.h"
#include "virtual-board/chip/peripherals.h"
#include "virtual-board/core/clock.h"
#include "virtual-board/core/core.h"
#include "virtual-board/core/cpu.h"
#include "virtual-board/core/debug_registers.h"
#include "virtual-board/core/exceptions.h"
#include "virtual-board/core/mpu.h"
#include "virtual-board/core/system_control.h"
#include "virtual-board/core/system_state.h"

namespace virtual_board {

// Memory that Unicorn maps: whole pages.
class PagedMemory {
 public:
  explicit PagedMemory(size_t size)
      : bytes_(static_cast<uint8_t*>(std::aligned_alloc(kPage, size)), &std::free), size_(bytes_ ? size : 0) {}
  [[nodiscard]] std::span<uint8_t> bytes() const { return {bytes_.get(), size_}; }

 private:
  static constexpr size_t kPage = 4096;
  std::unique_ptr<uint8_t, void (*)(void*)> bytes_;
  size_t size_;
};

class Board::Machine final : public Chip, public CpuBus, public CoreMemory {
 public:
  Machine(Image& image, const BoardOptions& options);

  void power_on();
  void power_off() { powered_ = false; }
  void reset(ResetCause cause);
  StopReason run(Time limit, bool stop_on_output);
  base::Outcome<void> flash_elf(const std::string& path);

  void put_in(const ImageContent& content);
  void reseed(uint64_t seed) { random_.seed(seed); }

  // A bus access, by whomever. False: bus fault.
  bool access(uint32_t address, uint32_t& value, unsigned size, bool write);
  // What was written behind the core's back reaches it.
  void settle();

  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] BoardCounters counters() const;
  [[nodiscard]] Usart& line() { return peripherals_.usart2(); }
  [[nodiscard]] FlashInterface& flash() { return flash_; }
  [[nodiscard]] std::span<uint8_t> sram() { return sram_.bytes(); }
  void sram_changed(uint32_t address, size_t size);

  // ---- Chip ----
  Time now() const override { return clock_.now(); }
  uint32_t hclk_hz() const override { return peripherals_.hclk_hz(); }
  uint32_t pclk1_hz() const override { return peripherals_.pclk1_hz(); }
  uint32_t pclk2_hz() const override { return peripherals_.pclk2_hz(); }
  void set_irq(unsigned number, bool level) override;
  void request_reset(ResetCause cause) override;
  void power_lost() override;
  void bus_error() override { bus_error_ = true; }
  void code_changed(uint32_t address, size_t size) override;
  void reschedule() override { clock_.attention_at = 0; }
  bool dma_read(uint32_t address, void* out, size_t size) override;
  bool dma_write(uint32_t address, const void* bytes, size_t size) override;
  uint64_t random() override { return random_(); }

  // ---- CpuBus ----
  uint32_t cpu_read(uint32_t address, unsigned size) override;
  void cpu_write(uint32_t address, uint32_t value, unsigned size) override;
  bool cpu_may_execute(uint32_t address) override { return mpu_.allows(address, MemoryUse::kExecute, privileged_); }

  // ---- CoreMemory ----
  bool load_word(uint32_t address, uint32_t& value) override {
    return !is_forbidden(address, false) && access(address, value, 4, false);
  }
  bool store_word(uint32_t address, uint32_t value) override {
    return !is_forbidden(address, true) && access(address, value, 4, true);
  }
  bool is_forbidden(uint32_t address, bool write) override;

 private:
  // A range of addresses, empty at first, that grows.
  struct Span {
    uint32_t begin = ~0U;
    uint32_t end = 0;
    void add(uint32_t address, size_t size);
  };

  bool access_core(uint32_t address, uint32_t& value, unsigned size, bool write);
  bool access_sram_bit(uint32_t address, uint32_t& value, bool write);
  [[nodiscard]] bool is_privileged() const;
  // HardFault, NMI or FAULTMASK.
  [[nodiscard]] bool is_below_zero() const;
  bool cpu_access(uint32_t address, uint32_t& value, unsigned size, bool write);
  [[nodiscard]] Time next_event() const;
  void advance();
  void follow_clocks();
  void pass_time(Time until, uint64_t& cycles_passed);
  [[nodiscard]] bool waits_for_flash() const;

  Image& image_;
  Clock clock_;
  PagedMemory sram_{kSram.size};
  PagedMemory flash_copy_{kFlash.size};  // what the core reads; the truth is in image_
  std::mt19937_64 random_;

  Cpu cpu_;
  Exceptions exceptions_;
  SystemState system_;
  Mpu mpu_;
  Core core_;
  FlashInterface flash_;
  Peripherals peripherals_;
  uint64_t asleep_ = 0;   // cycles
  uint64_t stalled_ = 0;  // cycles
  SystemControl system_control_;
  DebugRegisters debug_;

  bool powered_ = false;
  bool privileged_ = true;  // of what run() executes now
  bool bus_error_ = false;
  bool lockup_told_ = false;
  std::optional<ResetCause> reset_;
  Span stale_copy_;  // of main flash
  Span stale_code_;  // of main flash
  Span stale_sram_;  // code in SRAM
  Time time_asleep_ = 0;
  Time time_stalled_ = 0;
  uint64_t resets_ = 0;
  std::string clock_trouble_;
};

}  // namespace virtual_board
