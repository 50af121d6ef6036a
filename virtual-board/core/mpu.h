// The memory protection unit (ARMv7-M B3.5): eight regions.
//
// Held against every fetch, against stacking, and against every access to what is not plain memory. Reads and writes of
// SRAM and flash by instructions are not checked: they do not leave Unicorn's fast path.
#pragma once

#include <array>
#include <cstdint>

namespace virtual_board {

enum class MemoryUse : uint8_t { kRead, kWrite, kExecute };

class Mpu {
 public:
  static constexpr uint32_t kFirst = 0xD90, kEnd = 0xDBC;  // its registers, from 0xE000E000

  void reset() { *this = {}; }
  [[nodiscard]] uint32_t read(uint32_t offset) const;
  void write(uint32_t offset, uint32_t value);

  [[nodiscard]] bool is_enabled() const { return (control_ & 1) != 0; }
  // `below_zero`: HardFault, NMI or FAULTMASK, in which the unit is off unless HFNMIENA is set.
  [[nodiscard]] bool is_on(bool below_zero) const { return is_enabled() && (!below_zero || (control_ & 2) != 0); }
  // While it is on.
  [[nodiscard]] bool allows(uint32_t address, MemoryUse use, bool privileged) const;

 private:
  static constexpr uint32_t kRegions = 8;
  struct Region {
    uint32_t base = 0;
    uint32_t attributes = 0;  // as in RASR
  };
  [[nodiscard]] static bool holds(const Region& region, uint32_t address);
  [[nodiscard]] static bool permits(uint32_t attributes, MemoryUse use, bool privileged);

  uint32_t control_ = 0;
  uint32_t number_ = 0;
  std::array<Region, kRegions> regions_{};
};

}  // namespace virtual_board
