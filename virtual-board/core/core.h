// The exception model of a Cortex-M4 around Cpu: entry and return, faults and their escalation, lock-up, sleep. ARMv7-M
// Architecture Reference Manual, B1.5.
//
// Not modelled: lazy stacking of floating-point registers (they are stacked at once), the debug monitor, UNALIGN_TRP.
#pragma once

#include <string>

#include "virtual-board/core/cpu.h"
#include "virtual-board/core/exceptions.h"
#include "virtual-board/core/system_state.h"

namespace virtual_board {

// Memory as vector fetches and stacking see it. False: bus fault.
class CoreMemory {
 public:
  virtual bool load_word(uint32_t address, uint32_t& value) = 0;
  virtual bool store_word(uint32_t address, uint32_t value) = 0;
  // Whether it was the MPU that forbids what has failed.
  virtual bool is_forbidden(uint32_t address, bool write) = 0;

 protected:
  ~CoreMemory() = default;
};

class Core {
 public:
  enum class State : uint8_t { kRunning, kAsleep, kLockedUp };

  Core(Clock& clock, Cpu& cpu, Exceptions& exceptions, SystemState& system, CoreMemory& memory);

  // Stack pointer and program counter from the vector table.
  void reset();
  // Executes until the core has to wait, something needs attention, or an instruction did what is not the Cpu's.
  void step();
  // Takes the most urgent pending exception if it may preempt, or wakes the core for it. True: it did.
  bool poll();

  [[nodiscard]] State state() const { return state_; }
  // What led to kLockedUp.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // An interrupt became pending: SEVONPEND may turn it into an event.
  void interrupt_pended();

 private:
  struct Frame {
    uint32_t address;
    bool extended;
  };

  [[nodiscard]] Masks masks() const;
  void enter(unsigned number);
  void go_to_vector(unsigned number);
  // False: not all of it could be stored; `failed_at` is where.
  bool push_frame(Frame& frame, uint32_t& return_code, uint32_t& failed_at);
  void leave(uint32_t code);
  bool pop_frame(const Frame& frame, uint32_t& pc, uint32_t& xpsr, uint32_t& failed_at);
  // A synchronous exception of the present instruction: `number`, or HardFault where that one may not be taken.
  void raise(unsigned number);
  void fault(unsigned number, uint32_t status);
  void data_fault(uint32_t address, bool write);
  void sleep(bool for_event);
  void lock_up(const std::string& why);

  Clock& clock_;
  Cpu& cpu_;
  Exceptions& exceptions_;
  SystemState& system_;
  CoreMemory& memory_;
  State state_ = State::kRunning;
  bool wait_for_event_ = false;
  bool event_ = false;            // the event register of WFE
  uint64_t returned_at_ = ~0ULL;  // cycle of the last exception return, for tail-chaining
  std::string trouble_;
};

}  // namespace virtual_board
