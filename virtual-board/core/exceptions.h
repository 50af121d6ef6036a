// Which exceptions are pending, active and enabled, and which one comes next: the prioritisation of ARMv7-M
// (Architecture Reference Manual B1.5.4) with the four priority bits of STM32F4 and its 86 interrupts.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

namespace virtual_board {

inline constexpr unsigned kNmi = 2, kHardFault = 3, kMemManage = 4, kBusFault = 5, kUsageFault = 6, kSvCall = 11,
                          kDebugMonitor = 12, kPendSv = 14, kSysTick = 15, kFirstIrq = 16;
inline constexpr unsigned kIrqs = 86;
inline constexpr unsigned kExceptions = kFirstIrq + kIrqs;
inline constexpr int kThreadPriority = 256;  // below every exception's

// PRIMASK, BASEPRI and FAULTMASK, which are the core's registers.
struct Masks {
  bool primask = false;
  uint8_t basepri = 0;
  bool faultmask = false;
};

class Exceptions {
 public:
  void reset();

  [[nodiscard]] bool is_pending(unsigned number) const { return pending_[number]; }
  [[nodiscard]] bool is_active(unsigned number) const { return active_[number]; }
  [[nodiscard]] bool is_enabled(unsigned number) const { return enabled_[number]; }
  [[nodiscard]] unsigned active_count() const { return static_cast<unsigned>(active_.count()); }
  void set_enabled(unsigned number, bool enabled) { enabled_[number] = enabled; }
  void set_pending(unsigned number) { pending_[number] = true; }
  // Pends again at once where the interrupt's line is still high.
  void clear_pending(unsigned number) { pending_[number] = level_[number] && !active_[number]; }
  void set_active(unsigned number, bool active) { active_[number] = active; }
  // The line of a peripheral. True: the interrupt was not pending and is now.
  bool set_level(unsigned irq, bool level);

  [[nodiscard]] uint8_t priority_byte(unsigned number) const { return priority_[number]; }
  void set_priority_byte(unsigned number, uint8_t value) { priority_[number] = value & 0xF0; }
  [[nodiscard]] unsigned grouping() const { return grouping_; }
  void set_grouping(unsigned prigroup) { grouping_ = prigroup & 7; }

  // The priority that decides on preemption: smaller is more urgent; NMI -2, HardFault -1.
  [[nodiscard]] int group_priority(unsigned number) const;
  // Of what is executing: the most urgent active exception, raised by the masks.
  [[nodiscard]] int execution_priority(const Masks& masks) const;
  // The most urgent enabled pending exception, 0: none. Whether it may preempt is the caller's comparison.
  [[nodiscard]] unsigned next() const;
  [[nodiscard]] bool anything_pending() const { return (pending_ & enabled_).any(); }

  void enter(unsigned number);
  void leave(unsigned number);
  // IPSR: 0 in thread mode.
  [[nodiscard]] unsigned running() const { return running_; }
  void set_running(unsigned number) { running_ = number; }

 private:
  using Set = std::bitset<kExceptions>;
  Set pending_, active_, enabled_, level_;
  std::array<uint8_t, kExceptions> priority_{};
  unsigned grouping_ = 0;
  unsigned running_ = 0;
};

}  // namespace virtual_board
