// What most models share: registers of 32 bits, and what a narrower access makes of them.
#pragma once

#include "virtual-board/peripheral.h"

namespace virtual_board {

// How a byte or half-word reaches a register (RM0383 section 2.1.3 and 2.1.4).
enum class BusKind : uint8_t {
  kApb,  // the bridge repeats it until the word is full: the whole register is written
  kAhb,  // only its own bytes are written
};

// The bus on which one part reaches the registers of another: what DMA needs.
class RegisterBus {
 public:
  // False: nothing answers.
  virtual bool read_register(uint32_t address, uint32_t& value, unsigned size) = 0;
  virtual bool write_register(uint32_t address, uint32_t value, unsigned size) = 0;

 protected:
  ~RegisterBus() = default;
};

class RegisterModel : public Peripheral {
 public:
  explicit RegisterModel(BusKind kind) : kind_(kind) {}

  uint32_t read(uint32_t offset, unsigned size) final {
    const uint32_t word = read_word(offset & ~3U) >> shift_of(offset);
    return size == 4 ? word : word & mask_of(size);
  }

  void write(uint32_t offset, uint32_t value, unsigned size) final {
    const uint32_t mask = mask_of(size);
    value &= mask;
    if (size != 4 && kind_ == BusKind::kApb) {
      write_word(offset & ~3U, size == 1 ? value * 0x0101'0101U : value * 0x0001'0001U, ~0U);
    } else {
      write_word(offset & ~3U, value << shift_of(offset), mask << shift_of(offset));
    }
  }

 protected:
  virtual uint32_t read_word(uint32_t offset) = 0;
  // `mask`: the bits that the access writes; those outside it are 0 in `value`.
  virtual void write_word(uint32_t offset, uint32_t value, uint32_t mask) = 0;

  static uint32_t merge(uint32_t old, uint32_t value, uint32_t mask) { return (old & ~mask) | (value & mask); }

 private:
  static unsigned shift_of(uint32_t offset) { return (offset & 3U) * 8; }
  static uint32_t mask_of(unsigned size) { return size == 4 ? ~0U : (1U << (size * 8)) - 1; }

  BusKind kind_;
};

}  // namespace virtual_board
