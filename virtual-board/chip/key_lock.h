// The lock of FLASH_CR and of FLASH_OPTCR: two keys in order open it, anything else jams it until the next reset
// (RM0383 section 3.6.1, 3.7.2).
#pragma once

#include <cstdint>

namespace virtual_board {

class KeyLock {
 public:
  constexpr KeyLock(uint32_t first, uint32_t second) : first_(first), second_(second) {}

  // A write to the key register. False: a wrong one, which is answered by a bus error. A write while the lock is open
  // already is out of sequence, too.
  [[nodiscard]] bool write(uint32_t value) {
    if (state_ == State::kLocked && value == first_) {
      state_ = State::kHalf;
      return true;
    }
    if (state_ == State::kHalf && value == second_) {
      state_ = State::kOpen;
      return true;
    }
    state_ = State::kJammed;
    return false;
  }

  void lock() {
    if (state_ == State::kOpen) state_ = State::kLocked;
  }
  void reset() { state_ = State::kLocked; }
  [[nodiscard]] bool open() const { return state_ == State::kOpen; }

 private:
  enum class State : uint8_t { kLocked, kHalf, kOpen, kJammed };
  uint32_t first_;
  uint32_t second_;
  State state_ = State::kLocked;
};

}  // namespace virtual_board
