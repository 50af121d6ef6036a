// The chip around a model under test: clocks and time as the test sets them, and a record of what the model asked for.
#pragma once

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "virtual-board/memory_map.h"
#include "virtual-board/peripheral.h"

namespace virtual_board::test {

class FakeChip final : public Chip {
 public:
  struct CodeChange {
    uint32_t address;
    size_t size;
  };

  explicit FakeChip(uint64_t seed = 1) : random_(seed), sram_(kSram.size) {}

  // ---- what the test sets ----
  Time time = 0;
  uint32_t hclk = 16'000'000;  // HSI, as after a reset
  uint32_t pclk1 = 16'000'000;
  uint32_t pclk2 = 16'000'000;

  // ---- what the model asked for ----
  std::array<bool, 96> irq{};            // the levels now
  std::array<unsigned, 96> irq_rises{};  // how often each line rose
  std::vector<ResetCause> resets;
  unsigned power_losses = 0;
  unsigned bus_errors = 0;
  unsigned reschedules = 0;
  std::vector<CodeChange> code_changes;

  // SRAM, which DMA reaches; nothing else answers it.
  [[nodiscard]] std::vector<uint8_t>& sram() { return sram_; }

  // Lets time pass until `until`, calling the model whenever it asked to be.
  void run(Peripheral& model, Time until) {
    while (model.next_event() <= until) {
      const Time due = model.next_event();
      if (due > time) time = due;
      model.advance();
      if (model.next_event() <= due) break;  // it would not move on
    }
    time = until;
  }

  Time now() const override { return time; }
  uint32_t hclk_hz() const override { return hclk; }
  uint32_t pclk1_hz() const override { return pclk1; }
  uint32_t pclk2_hz() const override { return pclk2; }
  void set_irq(unsigned number, bool level) override {
    if (level && !irq.at(number)) irq_rises.at(number)++;
    irq.at(number) = level;
  }
  void request_reset(ResetCause cause) override { resets.push_back(cause); }
  void power_lost() override { power_losses++; }
  void bus_error() override { bus_errors++; }
  void code_changed(uint32_t address, size_t size) override { code_changes.push_back({address, size}); }
  void reschedule() override { reschedules++; }
  bool dma_read(uint32_t address, void* out, size_t size) override {
    uint8_t* bytes = sram_at(address, size);
    if (bytes != nullptr) std::memcpy(out, bytes, size);
    return bytes != nullptr;
  }
  bool dma_write(uint32_t address, const void* in, size_t size) override {
    uint8_t* bytes = sram_at(address, size);
    if (bytes != nullptr) std::memcpy(bytes, in, size);
    return bytes != nullptr;
  }
  uint64_t random() override { return random_(); }

 private:
  uint8_t* sram_at(uint32_t address, size_t size) {
    if (address < kSram.base || size > kSram.size || address - kSram.base > kSram.size - size) return nullptr;
    return sram_.data() + (address - kSram.base);
  }

  std::mt19937_64 random_;
  std::vector<uint8_t> sram_;
};

}  // namespace virtual_board::test
